"""Other frameworks give what JAX gives."""

import jax
import numpy as np
import pytest

from srzoo_jax import costs, peers, zoo
from srzoo_jax.catalogue import Entry, carn, dbpn, edsr, imdn, rrdb
from srzoo_jax.models.carn import CARN
from srzoo_jax.models.dbpn import DBPN
from srzoo_jax.models.edsr import EDSR
from srzoo_jax.models.rrdb import RRDB

ROWS = {
    "edsr": Entry("edsr", EDSR(4, features=8, blocks=2), edsr.ENTRIES[0].source),
    "carn": Entry("carn", CARN(2, features=8, groups=4, mobile=True), carn.ENTRIES[0].source),
    "dbpn": Entry("dbpn", DBPN(2, stages=2, features=8), dbpn.ENTRIES[0].source),
    "rrdb": Entry("rrdb", RRDB(features=8, growth=4, blocks=1), rrdb.ENTRIES[0].source),
    "imdn": imdn.ENTRIES[0],
}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("peer", ["onnxruntime", "torch", "torch-bfloat16"])
def test_the_same_network(peer, name):
    pytest.importorskip("onnx")
    pytest.importorskip(peers.PEERS[peer].module)
    row = ROWS[name]
    params = costs.random_params(row)
    images = np.random.default_rng(0).random((2, 9, 12, 3), np.float32)
    expected = np.asarray(jax.jit(zoo.restorer(row))(params, images))
    network = peers.prepare(peer, row, params, images)
    found = network.fetch(network.run())
    # bfloat16 has 8 bits; a dozen layers of float32 differ by their rounding.
    tolerance = 0.02 if peers.PEERS[peer].precision == "bfloat16" else 1e-6
    assert np.abs(found - expected).max() < tolerance * np.abs(expected).max()


def test_an_unknown_peer_is_refused():
    with pytest.raises(ValueError, match="torch-compiled"):
        peers.prepare("caffe", ROWS["edsr"], {}, np.zeros((1, 8, 8, 3), np.float32))
