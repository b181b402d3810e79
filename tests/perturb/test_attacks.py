import functools

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from srzoo_jax import image as images
from srzoo_jax import zoo
from srzoo_jax.perturb import attacks, defences, objectives, projections, universal


@pytest.fixture(scope="module")
def photograph():
    """8-bit LR [2, 12, 10, 3], some values black and white."""
    levels = np.random.default_rng(0).integers(-40, 296, (2, 12, 10, 3)).clip(0, 255)
    return jnp.asarray(images.from_bytes(levels.astype(np.uint8)))


def bent(params, image):
    """A x2 restorer that is not linear; for a law, any function will do."""
    up = image.repeat(2, axis=1).repeat(2, axis=2)
    return jnp.sin(3 * up) + jnp.roll(up, 1, axis=1) * jnp.roll(up, 1, axis=2)


def enlarge(params, image):
    """The linear restorer of the laws in closed form."""
    return zoo.load("bicubic_x4")[0](params, image)


def away_from_hr(image, seed=1):
    shape = (len(image), 2 * image.shape[1], 2 * image.shape[2], 3)
    return objectives.away_from(jax.random.uniform(jax.random.key(seed), shape))


NAMED = {
    "fgsm": attacks.fgsm,
    "ifgsm": functools.partial(attacks.ifgsm, steps=7),
    "momentum": functools.partial(attacks.momentum, steps=7),
    "pgd": functools.partial(attacks.pgd, steps=7, restarts=2, key=jax.random.key(0)),
    "adam": functools.partial(attacks.attack, rule=optax.adam(0.01), steps=7),
}


@pytest.mark.parametrize("name", NAMED)
def test_attacks_stay_in_ball_and_box_and_beat_random_signs(name, photograph):
    objective = away_from_hr(photograph)
    attack = jax.jit(lambda r: NAMED[name](bent, {}, photograph, objective, radius=r))
    for levels in (1, 8):
        found = attack(levels / 255)
        assert found.min() >= 0 and found.max() <= 1
        rounded = images.to_bytes(np.asarray(found)).astype(int)
        assert np.abs(rounded - images.to_bytes(np.asarray(photograph))).max() <= levels
        noise = attacks.random_signs(jax.random.key(3), photograph, levels / 255)
        assert (objective(bent({}, found)) > objective(bent({}, noise))).all()
        assert (objective(bent({}, noise)) != objective(bent({}, photograph))).all()
    chex.assert_trees_all_equal(attack(0.0), photograph)


def test_strengths_and_images_can_be_mapped_over(photograph):
    target = jax.random.uniform(jax.random.key(1), (2, 24, 20, 3))

    @jax.jit
    def attack(image, target, radius):
        objective = objectives.away_from(target)
        return attacks.ifgsm(bent, {}, image, objective, radius=radius, steps=5)

    radii = jnp.array([1, 4, 16]) / 255
    together = jax.vmap(attack, (None, None, 0))(photograph, target, radii)
    per_image = attack(photograph, target, radii[:2, None, None, None])
    for i in range(2):
        alone = [attack(photograph[i : i + 1], target[i : i + 1], r)[0] for r in radii]
        # A gradient of rounding error may turn a sign, of few values.
        close = jnp.isclose(together[:, i], jnp.stack(alone), atol=1e-6)
        assert close.mean() > 0.999
        assert jnp.isclose(per_image[i], alone[i], atol=1e-6).mean() > 0.999


def test_of_a_linear_gain_every_rule_finds_the_best_step(photograph):
    # sum(w . A(x + d)) is largest at d = radius sign(A^T w), cut off by the box; in the l2 ball at
    # radius A^T w / |A^T w|.
    weight = jax.random.normal(jax.random.key(2), (2, 48, 40, 3))
    _, transposed = jax.vjp(lambda x: enlarge({}, x), photograph)
    (slope,) = transposed(weight)
    gain = lambda sr: (weight * sr).sum((1, 2, 3))  # noqa: E731
    inside = 0.25 + photograph / 2
    for image in (photograph, inside):
        best = (image + 8 / 255 * jnp.sign(slope)).clip(0, 1)
        for name, attack in NAMED.items():
            if name != "adam":  # Its steps add up to less than the radius here.
                found = attack(enlarge, {}, image, gain, radius=8 / 255)
                chex.assert_trees_all_close(found, best, atol=1e-6)
    norm = jnp.sqrt((slope**2).sum((1, 2, 3), keepdims=True))
    found = attacks.attack(
        enlarge, {}, inside, gain, radius=0.5, rule=optax.sgd(10.0), steps=3, ball=projections.l2
    )
    chex.assert_trees_all_close(found - inside, 0.5 * slope / norm, atol=1e-6)


def test_l0_attack_of_a_linear_gain_takes_the_steepest_pixels(photograph):
    weight = jax.random.normal(jax.random.key(2), (2, 48, 40, 3))
    _, transposed = jax.vjp(lambda x: enlarge({}, x), photograph)
    (slope,) = transposed(weight)
    at_border = jnp.where(slope > 0, 1 - photograph, -photograph)
    gains = (slope * at_border).sum(-1).reshape(2, -1)
    gain = lambda sr: (weight * sr).sum((1, 2, 3))  # noqa: E731
    found = attacks.attack(
        enlarge, {}, photograph, gain, radius=5, rule=optax.sgd(1e4), ball=projections.l0, steps=3
    )
    changed = (found != photograph).any(-1).sum((1, 2))
    assert (changed <= 5).all()
    reached = (slope * (found - photograph)).sum((1, 2, 3))
    best = jnp.sort(gains, axis=1)[:, -5:].sum(1)
    assert (reached > 0.6 * best).all() and (reached <= best * (1 + 1e-5)).all()


def test_a_clean_target_has_no_gradient_until_started_elsewhere(photograph):
    objective = objectives.away_from(bent({}, photograph))
    slope = jax.grad(lambda image: objective(bent({}, image)).sum())
    elsewhere = jnp.abs(slope(photograph + 0.01)).max()
    assert jnp.abs(slope(photograph)).max() < 1e-4 * elsewhere
    start = attacks.random_start(jax.random.key(0), photograph, 1e-4)
    freed = attacks.ifgsm(bent, {}, photograph, objective, radius=8 / 255, steps=5, start=start)
    assert (objective(bent({}, freed)) > 1e-4).all()


def test_targeted_attack_comes_nearer(photograph):
    target = bent({}, jnp.flip(photograph, 1))
    objective = objectives.towards(target)
    found = attacks.ifgsm(bent, {}, photograph, objective, radius=16 / 255, steps=20)
    assert (objective(bent({}, found)) > objective(bent({}, photograph))).all()


def test_partial_attack_changes_the_mask_alone_and_counts_outside_it(photograph):
    mask = jnp.zeros((12, 10, 1)).at[3:7, 2:6].set(1)
    outside = 1 - mask.repeat(4, 0).repeat(4, 1)
    objective = objectives.away_from(enlarge({}, photograph) + 0.1, weight=outside)
    start = jnp.full_like(photograph, 1e-3)
    found = attacks.ifgsm(
        enlarge, {}, photograph, objective, radius=8 / 255, steps=5, mask=mask, start=start
    )
    changed = found != photograph
    assert changed.any() and not (changed & (mask == 0)).any()
    # Bicubic spreads a pixel over four: the innermost of the mask are not felt outside it.
    assert (objective(enlarge({}, found)) > objective(enlarge({}, photograph))).all()
    before, after = enlarge({}, photograph), enlarge({}, found)
    assert ((before != after) & (outside == 1)).any()


def test_pgd_keeps_the_best_of_its_restarts(photograph):
    objective = away_from_hr(photograph)
    keys = jax.random.split(jax.random.key(5), 3)
    best = jax.jit(
        lambda n: attacks.pgd(
            bent, {}, photograph, objective, radius=0.1, key=jax.random.key(5), steps=3, restarts=n
        ),
        static_argnums=0,
    )
    many = objective(bent({}, best(3)))
    singles = []
    for key in keys:
        start = attacks.random_start(key, photograph, 0.1)
        rule = optax.sign_sgd(2.5 * 0.1 / 3)
        found = attacks.attack(
            bent, {}, photograph, objective, radius=0.1, rule=rule, steps=3, start=start
        )
        singles.append(objective(bent({}, found)))
    chex.assert_trees_all_close(many, jnp.stack(singles).max(0), rtol=1e-4)


def test_universal_is_the_mean_gradients_and_chunks_do_not_matter(photograph):
    image = jnp.concatenate([photograph, photograph[::-1, ::-1]])
    target = jax.random.uniform(jax.random.key(1), (4, 24, 20, 3))
    found = [
        universal.universal(bent, {}, image, target, radius=0.05, steps=4, at_once=n)
        for n in (1, 3, 4)
    ]
    assert found[0].shape == (1, 12, 10, 3) and jnp.abs(found[0]).max() <= 0.05
    for other in found[1:]:
        assert jnp.isclose(found[0], other, atol=1e-6).mean() > 0.99
    objective = objectives.away_from(target)
    attacked = objective(bent({}, universal.apply(image, found[0]))).mean()
    noise = attacks.random_signs(jax.random.key(0), image, 0.05)
    assert attacked > objective(bent({}, noise)).mean()


def test_adaptive_attack_beats_the_defence_that_plain_attack_does_not(photograph):
    objective = objectives.away_from(0.9 * bent({}, photograph))
    defended = defences.resized(bent, -2)
    how = {"radius": 8 / 255, "steps": 10}
    plain = attacks.ifgsm(bent, {}, photograph, objective, **how)
    adaptive = attacks.ifgsm(defended, {}, photograph, objective, **how)
    through = lambda image: objective(defended({}, image))  # noqa: E731
    assert (through(adaptive) > through(plain)).all()


def test_random_defence_is_climbed_in_expectation(photograph):
    objective = objectives.away_from(0.9 * bent({}, photograph))
    pixels = (-2, 1)
    defended = defences.randomly_resized(bent, pixels)
    key = jax.random.key(0)
    attack = jax.jit(
        lambda image: attacks.ifgsm(
            defended, {}, image, objective, radius=8 / 255, steps=6, draw_key=key, draws=3
        )
    )
    members = [jax.jit(defences.resized(bent, by)) for by in pixels]
    mean = lambda image: sum(objective(member({}, image)) for member in members)  # noqa: E731
    found = attack(photograph)
    noise = attacks.random_signs(key, photograph, 8 / 255)
    assert (mean(found) > mean(photograph)).all() and (mean(found) > mean(noise)).all()
    draw = jax.jit(defended)
    expected = [member({}, photograph) for member in members]
    drawn = [draw({}, photograph, key) for key in jax.random.split(jax.random.key(1), 8)]
    nearest = [min((0, 1), key=lambda i: jnp.abs(sr - expected[i]).max()) for sr in drawn]
    assert set(nearest) == {0, 1}
