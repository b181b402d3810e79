import jax
import jax.numpy as jnp
import pytest

from srzoo_jax.studies import named


def bent(params, image):
    up = image.repeat(2, axis=1).repeat(2, axis=2)
    return jnp.sin(3 * up) + jnp.roll(up, 1, axis=1) * jnp.roll(up, 1, axis=2)


@pytest.mark.parametrize("against", ["hr", "clean"])
@pytest.mark.parametrize("attack", named.ATTACKS)
def test_every_row_keeps_to_its_ball_and_hurts(attack, against):
    lr = 0.2 + 0.6 * jax.random.uniform(jax.random.key(0), (2, 6, 5, 3))
    hr = 0.9 * bent({}, lr)
    alpha = 6.0
    found = named.perturbed(
        bent,
        {},
        lr,
        hr,
        named.radius_of(alpha),
        jax.random.key(1),
        attack=attack,
        steps=4,
        against=against,
    )
    delta = found - lr
    if attack == "adam_l0":
        assert (delta != 0).any(-1).sum((1, 2)).max() <= alpha
    elif attack == "adam_l2":
        assert jnp.sqrt((delta**2).mean((1, 2, 3))).max() <= alpha / 255 * (1 + 1e-5)
    else:
        assert jnp.abs(delta).max() <= alpha / 255 * (1 + 1e-5)
    assert found.min() >= 0 and found.max() <= 1
    if attack == "random_signs":
        return
    target = hr if against == "hr" else bent({}, lr)
    change = ((bent({}, found) - target) ** 2 - (bent({}, lr) - target) ** 2).mean((1, 2, 3))
    assert (change > 0).all()


def test_a_wrapped_restorer_is_the_same_function_again():
    assert named.defended(bent, "resize") is named.defended(bent, "resize")
    assert named.drawn(bent, 1) is named.drawn(bent, 1) is not named.drawn(bent, 2)
