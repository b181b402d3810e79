"""Images <-> bytes, by a compression model and a range coder driven by its probabilities.

A stream is a header (which model, with which weights, image size, a checksum of the symbols) and
what the range coder gives. Symbols come back without loss, or `decompress` raises.
"""

import struct
import zlib

import chex
import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax import zoo
from srzoo_jax.catalogue import CATALOGUE
from srzoo_jax.models import imgcomp, wavefront
from srzoo_jax.types import Image, Params

_MAGIC = b"SRZ1"
_HEADER = struct.Struct("<4s16sHHII")
_LARGEST = 2**16 - 1

_encode = jax.jit(imgcomp.encode, static_argnums=0)
_decode = jax.jit(imgcomp.decode, static_argnums=0)


def compress(model: str, params: Params, image: Image) -> bytes:
    """Writes an image as a bit stream.

    Args:
        model: A compression model of the catalogue.
        params: Its parameters.
        image: [1, H, W, 3] in [0, 1].

    Raises:
        ValueError: The model is none for compression; the image is no single one, or too large.
        ImportError: The range coder is not installed.
    """
    network, coder = _network(model), _coder()
    chex.assert_shape(image, (None, None, None, 3))
    count, height, width, _ = image.shape
    if count != 1 or not 0 < min(height, width) <= max(height, width) <= _LARGEST:
        raise ValueError(
            f"expected one image [1, H, W, 3] with sides up to {_LARGEST}, got {image.shape}"
        )
    symbols = np.asarray(_encode(network, params, jnp.asarray(image))[0])
    encoder, family = coder.queue.RangeEncoder(), coder.model.Categorical(perfect=False)

    def code(where, frequencies):
        encoder.encode(symbols[where], family, frequencies)
        return symbols[where]

    _walk(params, symbols.shape, code)
    name = model.encode()
    header = _HEADER.pack(_MAGIC, name, height, width, _fingerprint(params), _checksum(symbols))
    return header + encoder.get_compressed().astype("<u4").tobytes()


def decompress(model: str, params: Params, data: bytes) -> Image:
    """Returns the image [1, H, W, 3] in [0, 1] of a stream that `compress` gave.

    Raises:
        ValueError: These are no such bytes, another model or other parameters made them, or they
            are damaged.
        ImportError: The range coder is not installed.
    """
    network, coder = _network(model), _coder()
    maker, height, width, fingerprint, checksum = _parse(data)
    if maker != model:
        raise ValueError(f"this stream is of model {maker}, not {model}")
    if fingerprint != _fingerprint(params):
        raise ValueError(f"this stream was made with other parameters of {model} than these")
    words = np.frombuffer(data, "<u4", offset=_HEADER.size).astype(np.uint32)
    decoder, family = coder.queue.RangeDecoder(words), coder.model.Categorical(perfect=False)
    rows, columns = -(-height // imgcomp.FACTOR), -(-width // imgcomp.FACTOR)
    symbols = np.zeros((network.channels, rows, columns), np.int32)

    def code(where, frequencies):
        symbols[where] = decoder.decode(family, frequencies)
        return symbols[where]

    damaged = f"this stream of {model} is damaged: its symbols have another checksum"
    try:
        _walk(params, symbols.shape, code)
    except AssertionError as error:  # From the coder: no symbol has such bits.
        raise ValueError(damaged) from error
    if _checksum(symbols) != checksum:
        raise ValueError(damaged)
    image = _decode(network, params, jnp.asarray(symbols)[None])
    return imgcomp.crop(image, height, width)


def _network(model: str) -> imgcomp.ImgComp:
    network = zoo.entry(model).model
    if not isinstance(network, imgcomp.ImgComp):
        able = [row.name for row in CATALOGUE.values() if isinstance(row.model, imgcomp.ImgComp)]
        raise ValueError(f"{model} does not compress; these do: {', '.join(able)}")
    return network


def _coder():
    try:
        from constriction import stream
    except ImportError as error:
        raise ImportError(
            "bit streams need the package constriction: pip install 'srzoo_jax[compression]'"
        ) from error
    return stream


def _walk(params: Params, shape: tuple[int, int, int], code: wavefront.Code) -> None:
    wavefront.run(params["context"], params["quantizer"]["centers"], shape, code)


def _parse(data: bytes) -> tuple[str, int, int, int, int]:
    if len(data) < _HEADER.size or not data.startswith(_MAGIC):
        raise ValueError(f"these {len(data)} bytes are no stream of srzoo_jax")
    if (len(data) - _HEADER.size) % 4:
        raise ValueError(f"these {len(data)} bytes are a stream of srzoo_jax, but cut off")
    _, name, *numbers = _HEADER.unpack_from(data)
    return name.rstrip(b"\0").decode("ascii", "replace"), *numbers


def _fingerprint(params: Params) -> int:
    """CRC-32 of all parameters, float32."""
    total = 0
    for leaf in jax.tree.leaves(params):  # In the order of their sorted names.
        total = zlib.crc32(np.ascontiguousarray(leaf, np.float32), total)
    return total


def _checksum(symbols: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(symbols, "<i4"))
