import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import costs, zoo
from srzoo_jax.catalogue import Entry
from srzoo_jax.models import canvas, cells
from srzoo_jax.models.convolution import conv2d, shortcuts
from srzoo_jax.models.dbpn import DBPN
from srzoo_jax.models.strided import strided, transposed

GRID = cells.Grid(stride=4, padding=2)
RNG = np.random.default_rng(0)
LOW = RNG.standard_normal((2, 5, 7, 3)).astype(np.float32)
HIGH = RNG.standard_normal((2, 20, 28, 3)).astype(np.float32)
KERNEL = RNG.standard_normal((8, 8, 3, 4)).astype(np.float32)


def in_cells(image):
    """The inverse of `to_image`, zeros outside."""
    x = np.pad(image, ((0, 0), (2, 2), (2, 2), (0, 0)))
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height // 4, 4, width // 4, 4, channels).swapaxes(2, 3)
    return x.reshape(batch, height // 4, -1, channels)


def close(found, expected):
    # Sums of 200 products of numbers about 1, in another order.
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.std(expected), rtol=1e-5)


def test_cells_hold_an_image():
    assert (cells.to_image(in_cells(HIGH), GRID) == HIGH).all()


def test_layers_in_cells_are_the_layers():
    expected = transposed(LOW, KERNEL, 4, 2)
    found = cells.expand(LOW, KERNEL, GRID)
    close(cells.to_image(found, GRID), expected)
    close(cells.blank(found, LOW, GRID), in_cells(np.asarray(expected)))
    close(cells.reduce(in_cells(HIGH), KERNEL, GRID), strided(HIGH, KERNEL, 4, 2))
    kernel = KERNEL[:3, :3]
    found = cells.convolve([in_cells(HIGH[..., :1]), in_cells(HIGH[..., 1:])], kernel, GRID)
    close(found, conv2d(HIGH, kernel, (1, 1)))


@pytest.mark.parametrize("model", [DBPN(4, 3, features=4), DBPN(4, 2, rounds=2, features=4)])
def test_dbpn_is_the_same_in_cells_and_out_of_them(model):
    row = Entry("outside the catalogue", model)
    # Slopes of 1 make it linear: kinks would spread rounding over the gradient.
    params = jax.tree_util.tree_map_with_path(
        lambda path, leaf: jnp.ones_like(leaf) if path[-1].key == "slope" else 10 * leaf,
        costs.random_params(row),
    )
    image = RNG.random((2, 9, 12, 3)).astype(np.float32)

    def loss(image):
        return (zoo.restorer(row)(params, image) ** 2).mean()

    with shortcuts(False):
        expected, slope = jax.jit(jax.value_and_grad(loss))(image)
    found, gradient = jax.jit(jax.value_and_grad(loss))(image)
    close(found, expected)
    close(gradient, slope)


def test_cells_are_taken_where_they_win():
    assert cells.grid(LOW, 8, 4, 2) == GRID
    assert cells.grid(LOW, 6, 2, 2) is None and cells.grid(LOW, 12, 8, 2) is None
    with shortcuts(False):
        assert cells.grid(LOW, 8, 4, 2) is None


def test_cells_on_a_canvas():
    row = Entry("outside the catalogue", DBPN(4, 3, features=4))
    params, image = costs.random_params(row), RNG.random((1, 9, 12, 3)).astype(np.float32)
    whole = np.pad(image, ((0, 0), (0, 3), (0, 4), (0, 0)), constant_values=9)
    expected = jax.jit(zoo.restorer(row))(params, image)
    found = jax.jit(canvas.laid(zoo.restorer(row)))(params, whole, jnp.array((9, 12)))
    close(found[:, :36, :48], expected)
