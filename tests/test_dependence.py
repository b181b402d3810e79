import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from srzoo_jax import dependence
from srzoo_jax.models.carn import CARN
from srzoo_jax.models.convolution import shortcuts
from srzoo_jax.models.dbpn import DBPN
from srzoo_jax.models.edsr import EDSR
from srzoo_jax.models.eusr import EUSR
from srzoo_jax.models.imdn import IMDN
from srzoo_jax.models.rrdb import RRDB
from srzoo_jax.models.swinir import SwinIR
from srzoo_jax.models.vdsr import VDSR
from srzoo_jax.resize import imresize

SMALL = [
    EDSR(3, features=4, blocks=2),
    CARN(2, features=8, groups=4, mobile=True),
    DBPN(2, stages=2, features=4),
    EUSR(2, features=4, blocks=1),
    IMDN(2, features=16, blocks=1),
    RRDB(features=4, growth=2, blocks=1),
    SwinIR(2, features=6, groups=1, blocks=1, heads=2),
    VDSR(2, features=4, depth=4),
]


def marked(function, params, shape, places):
    image = np.zeros(shape, bool)
    image[places] = True
    return dependence.marks(function, params, image)


@pytest.mark.parametrize("model", SMALL, ids=lambda model: type(model).__name__)
def test_marks_are_where_a_nan_spreads(model):
    """NaN passes through every operation on whose operands it stands: a peer, at full price."""
    shape, places = (2, 24, 17, 3), ([0, 1], [11, 2], [8, 16], [0, 2])
    image = np.ones(shape, np.float32)
    shapes = jax.eval_shape(model.init, jax.random.key(0), image)
    image[places] = np.nan
    variables = jax.tree.map(lambda x: np.zeros(x.shape, x.dtype), shapes)
    with shortcuts(False):
        spread = np.isnan(jax.jit(model.apply)(variables, image))
    found = marked(model.apply, shapes, shape, places)
    assert (found == spread).all()
    assert found.any()


def test_zeros_of_a_constant_matrix_carry_nothing():
    band = np.eye(6, dtype=np.float32) + np.eye(6, k=1, dtype=np.float32)
    found = marked(
        lambda _, x: jnp.einsum("hi,bijc->bhjc", band, x), {}, (1, 6, 2, 1), (0, 3, 0, 0)
    )
    assert np.flatnonzero(found[0, :, 0, 0]).tolist() == [2, 3]
    assert not found[0, :, 1].any()


def test_an_enlargement_by_rows_of_a_table_is_as_wide_as_its_kernel():
    found = marked(lambda _, x: imresize(x, 2), {}, (1, 16, 16, 3), (0, 8, 8, 0))
    rows, columns, channels = np.nonzero(found[0])
    assert (rows.min(), rows.max()) == (columns.min(), columns.max()) == (13, 20)
    assert set(channels) == {0}


def test_entries_of_an_axis_are_told_apart():
    def turned(_, x):
        return jnp.stack(lax.unstack(x, 3)[::-1], 3)

    found = marked(turned, {}, (1, 2, 3, 3), (0, 1, 2, 0))
    assert np.argwhere(found).tolist() == [[0, 1, 2, 2]]


def test_a_resize_by_a_broken_factor_is_refused():
    matrix = np.ones((9, 6), np.float32)
    with pytest.raises(dependence.IrregularError, match="from 6 to 9"):
        marked(lambda _, x: jnp.einsum("hi,bijc->bhjc", matrix, x), {}, (1, 6, 2, 1), 0)


def test_an_operation_without_a_rule_is_named():
    with pytest.raises(NotImplementedError, match="cumsum"):
        marked(lambda _, x: jnp.cumsum(x, axis=1), {}, (1, 6, 2, 1), 0)
