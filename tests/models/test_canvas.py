import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import restorers, zoo
from srzoo_jax.catalogue import CATALOGUE
from srzoo_jax.models import canvas
from srzoo_jax.models.convolution import shortcuts
from srzoo_jax.models.ecbsr import ECBSR
from tests.export.restorers import SMALLER, image, random_params, small

REFUSING = {"imdn_as_x1", "imgcomp_a"}
"""Whose layers know of no canvas; of other families dbpn_res_*, too."""


def pair(row, sides, of, fast, wrap=lambda restore: restore):
    """The output for an image by itself, and the same part of that for a canvas with it."""
    params, restore = random_params(row.model, row.channels), wrap(zoo.restorer(row))
    alone = image((1, *sides, row.channels))
    whole = np.full((1, *of, row.channels), 9, np.float32)  # Nothing of this may be seen.
    whole[:, : sides[0], : sides[1]] = alone
    with shortcuts(fast):
        expected = np.asarray(jax.jit(restore)(params, alone))
        found = jax.jit(canvas.laid(restore))(params, whole, jnp.array(sides))
    return np.asarray(found)[:, : expected.shape[1], : expected.shape[2]], expected


@pytest.mark.parametrize("name", SMALLER)
def test_on_a_canvas_an_image_is_restored_as_by_itself(name):
    row = small(CATALOGUE[name])
    if name in REFUSING:
        with pytest.raises(canvas.CanvasError):
            pair(row, (24, 20), (32, 40), False)
        return
    found, expected = pair(row, (24, 20), (32, 40), False)
    # Means over images and interpolation matrices round otherwise.
    assert np.abs(found - expected).max() <= 1e-6 * (1 + np.abs(expected).max())


@pytest.mark.parametrize("sides", [(24, 20), (27, 36)])
def test_so_it_is_by_the_shortcuts_to_the_last_bit(sides):
    """Winograd's convolution, and a tail in one step with its ring."""
    found, expected = pair(small(CATALOGUE["edsr_baseline_x4"]), sides, (28, 36), True)
    assert (found == expected).all()


def test_so_it_is_in_self_ensemble():
    row = dataclasses.replace(CATALOGUE["srzoo_ecbsr_x2"], model=ECBSR(2, features=4, blocks=1))
    found, expected = pair(row, (24, 20), (30, 30), True, restorers.self_ensemble)
    # The eight are added up in one program, and in two.
    assert np.abs(found - expected).max() <= 1e-6
