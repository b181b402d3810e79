"""Gradients that attacks live on, against differences of finite size, in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import zoo
from srzoo_jax.perturb import attribution, objectives


@pytest.mark.parametrize("name", ["bicubic_x2", "carn_m_x2", "imdn_x2"])
def test_gradients_are_the_limits_of_differences(name):
    with jax.enable_x64(True):
        row = zoo.entry(name)
        restore = zoo.restorer(row)
        stream = np.random.default_rng(0)
        image = jnp.asarray(stream.random((1, 6, 5, 3)))
        params = jax.tree.map(
            lambda leaf: jnp.asarray(0.05 * stream.standard_normal(leaf.shape)),
            jax.eval_shape(row.model.init, jax.random.key(0), image).get("params", {}),
        )
        target = jnp.asarray(stream.random((1, 12, 10, 3)))
        way = jnp.asarray(stream.standard_normal(image.shape))
        details = {
            "distance": objectives.away_from(target),
            "edges": attribution.edges(3, 2, 5),
        }
        value = jax.jit(
            lambda x: jnp.stack([detail(restore(params, x))[0] for detail in details.values()])
        )
        step = 1e-6
        differences = (value(image + step * way) - value(image - step * way)) / (2 * step)
        _, tangents = jax.jvp(value, (image,), (way,))
        slopes = jax.jit(jax.jacrev(value))(image)
        along = (slopes * way).sum((1, 2, 3, 4))
        # Central differences of float64 err by about 1e-9 of the value.
        np.testing.assert_allclose(along, differences, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(tangents, along, rtol=1e-9)
