import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import restorers, zoo


def lopsided(params, image):
    """A x2 restorer without any symmetry: for a law, any function will do."""
    up = image.repeat(2, axis=1).repeat(2, axis=2)
    return up * jnp.linspace(0, 1.5, up.shape[2])[:, None] + jnp.roll(up, 1, axis=1) - 0.3


@pytest.mark.parametrize("shape", [(2, 5, 7, 3), (1, 6, 6, 3)])
@pytest.mark.parametrize("turns", range(4))
def test_self_ensemble_commutes_with_rotation(turns, shape):
    image = jax.random.uniform(jax.random.key(0), shape)
    restore = restorers.self_ensemble(lopsided)
    turned = restore({}, jnp.rot90(image, turns, axes=(1, 2)))
    expected = jnp.rot90(restore({}, image), turns, axes=(1, 2))
    chex.assert_trees_all_close(turned, expected, atol=1e-6)


@pytest.mark.parametrize("shape", [(2, 5, 7, 3), (1, 6, 6, 3)])
def test_self_ensemble_is_eight_separate_runs(shape):
    image = np.asarray(jax.random.uniform(jax.random.key(0), shape))
    total = 0
    for turns in range(4):
        for flipped in (False, True):
            turned = np.rot90(image[:, ::-1] if flipped else image, turns, axes=(1, 2))
            out = np.rot90(np.asarray(lopsided({}, turned)), -turns, axes=(1, 2))
            total = total + (out[:, ::-1] if flipped else out)
    ensemble = jax.jit(restorers.self_ensemble(lopsided))({}, image)
    chex.assert_trees_all_close(ensemble, total / 8, atol=1e-6)


@pytest.mark.parametrize("shape", [(2, 5, 7, 3), (1, 6, 6, 3)])
def test_chunks_of_the_ensemble_change_nothing(shape):
    image = jax.random.uniform(jax.random.key(0), shape)
    ensembles = [jax.jit(restorers.self_ensemble(lopsided, chunk)) for chunk in (None, 1, 3, 8)]
    first, *others = (ensemble({}, image) for ensemble in ensembles)
    for other in others:
        chex.assert_trees_all_equal(first, other)


def test_order_of_clipping_and_ensemble_tells():
    image = jax.random.uniform(jax.random.key(0), (1, 4, 6, 3))
    inner = restorers.self_ensemble(restorers.clipped(lopsided))({}, image)
    outer = restorers.clipped(restorers.self_ensemble(lopsided))({}, image)
    assert jnp.abs(inner - outer).max() > 1e-3


def test_clipped_and_quantized():
    image = jax.random.uniform(jax.random.key(0), (1, 4, 6, 3))
    raw = lopsided({}, image)
    clipped = restorers.clipped(lopsided)({}, image)
    chex.assert_trees_all_close(clipped, jnp.clip(raw, 0, 1))
    quantized = restorers.quantized(lopsided)({}, image) * 255
    chex.assert_trees_all_close(quantized, jnp.round(quantized), atol=1e-4)
    assert jnp.abs(quantized / 255 - clipped).max() <= 0.5 / 255 + 1e-6


def test_plus_is_srzoos_ensemble_of_a_real_network(checkpoints, params_dir):
    from srzoo_jax import params, port

    row = zoo.entry("imdn_x4")
    params.save(params_dir / "imdn_x4.safetensors", *port.port(row, checkpoints / row.file))
    image = np.asarray(jax.random.uniform(jax.random.key(0), (1, 24, 32, 3)))
    restore, tree = zoo.load("imdn_x4")
    restore = jax.jit(restorers.clipped(restore))
    total = 0
    for turns in range(4):
        for flipped in (False, True):
            turned = np.rot90(image[:, ::-1] if flipped else image, turns, axes=(1, 2))
            out = np.rot90(np.asarray(restore(tree, turned)), -turns, axes=(1, 2))
            total = total + (out[:, ::-1] if flipped else out)
    ensemble, tree = zoo.load("imdn_x4+")
    # On the 0..255 scale; float32 rounding of a 30-layer network is about 1e-4 there.
    difference = 255 * np.abs(np.asarray(jax.jit(ensemble)(tree, image)) - total / 8)
    assert difference.max() < 1e-3
