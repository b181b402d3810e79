import sys
from functools import cache
from pathlib import Path

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import bitstream, golden, port, zoo
from srzoo_jax.models import imgcomp, wavefront

GOLDEN = Path(__file__).parent / "golden"
MODELS = ("imgcomp_a", "imgcomp_b", "imgcomp_c")
encode, costs, bits = (
    jax.jit(function, static_argnums=0)
    for function in (imgcomp.encode, imgcomp.costs, imgcomp.bits)
)
HEADER = bitstream._HEADER.size


@cache
def case(name):
    """The network, its parameters, two images."""
    row = zoo.entry(name)
    params = port.from_arrays(row, golden.arrays(GOLDEN / name))
    with np.load(GOLDEN / name / "golden.npz") as file:
        images = [jnp.asarray(file[key] / np.float32(255))[None] for key in ("input", "odd_input")]
    return row.model, params, images


@cache
def stream(name):
    _, params, (image, _) = case(name)
    return bitstream.compress(name, params, image)


@pytest.mark.parametrize("name", MODELS)
def test_a_stream_gives_what_the_restorer_gives(name):
    model, params, images = case(name)
    for image in images:
        data = bitstream.compress(name, params, image)
        found = bitstream.decompress(name, params, data)
        expected = jax.jit(model.apply)({"params": params}, image)
        chex.assert_trees_all_close(found, expected, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_a_stream_is_as_long_as_the_cross_entropy(name):
    model, params, (image, _) = case(name)
    ideal = float(bits(model, params, encode(model, params, image))[0])
    coded = 8 * (len(stream(name)) - HEADER)
    assert 0.999 * ideal < coded < 1.01 * ideal
    assert HEADER <= 32


def test_fronts_predict_as_the_whole_volume_does():
    model, params, (image, _) = case("imgcomp_c")
    symbols = np.asarray(encode(model, params, image)[0])
    found = np.full(symbols.shape, np.nan)

    def code(where, frequencies):
        shares = frequencies / frequencies.sum(-1, keepdims=True)
        found[where] = -np.log2(shares[np.arange(len(shares)), symbols[where]])
        return symbols[where]

    wavefront.run(params["context"], params["quantizer"]["centers"], symbols.shape, code)
    expected = costs(model, params, jnp.asarray(symbols)[None])[0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.01)  # Of rounded logits.
    np.testing.assert_allclose(found.sum(), expected.sum(), rtol=1e-4)


def test_a_stream_knows_its_maker():
    _, params, _ = case("imgcomp_a")
    data = stream("imgcomp_a")
    with pytest.raises(ValueError, match="is of model imgcomp_a, not imgcomp_b"):
        bitstream.decompress("imgcomp_b", params, data)
    others = jax.tree.map(lambda leaf: leaf + 1, params)
    with pytest.raises(ValueError, match="other parameters"):
        bitstream.decompress("imgcomp_a", others, data)
    with pytest.raises(ValueError, match="edsr_x4 does not compress; these do: imgcomp_a"):
        bitstream.compress("edsr_x4", params, jnp.zeros((1, 8, 8, 3)))


@pytest.mark.parametrize("place", (HEADER, HEADER + 40, -1))
def test_a_flipped_bit_is_noticed(place):
    _, params, _ = case("imgcomp_c")
    data = bytearray(stream("imgcomp_c"))
    data[place] ^= 0x40
    with pytest.raises(ValueError, match="damaged"):
        bitstream.decompress("imgcomp_c", params, bytes(data))


@pytest.mark.parametrize(("cut", "message"), ((4, "damaged"), (5, "cut off"), (10**6, "no stream")))
def test_a_shortened_stream_is_noticed(cut, message):
    _, params, _ = case("imgcomp_c")
    with pytest.raises(ValueError, match=message):
        bitstream.decompress("imgcomp_c", params, stream("imgcomp_c")[: -min(cut, 10**3)])


def test_one_image_of_bounded_size_is_expected():
    _, params, _ = case("imgcomp_a")
    for shape in ((2, 8, 8, 3), (1, 8, 2**16, 3), (1, 0, 8, 3)):
        with pytest.raises(ValueError, match="expected one image"):
            bitstream.compress("imgcomp_a", params, np.zeros(shape, np.float32))


def test_the_missing_coder_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "constriction", None)
    with pytest.raises(ImportError, match=r"srzoo_jax\[compression\]"):
        bitstream.compress("imgcomp_a", {}, jnp.zeros((1, 8, 8, 3)))
