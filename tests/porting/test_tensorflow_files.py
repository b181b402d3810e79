"""Files of TensorFlow: what it wrote is read, what lies is refused."""

from pathlib import Path

import jax
import numpy as np
import pytest
from flax import traverse_util

from srzoo_jax.models import edsr, eusr
from srzoo_jax.porting import checkpoints
from srzoo_jax.porting.pickles import UnsafeCheckpointError
from srzoo_jax.porting.rename import rename
from tests.porting.tensorflow_writer import (
    ARRAY,
    HEADER,
    bundle_entry,
    field,
    node,
    shape_proto,
    tensor,
    varint,
    write,
)

GOLDEN = Path(__file__).parents[1] / "golden/tf_formats"
CHECKPOINT = GOLDEN / "eusr_small.ckpt-123456"


def named(path, prefix):
    with np.load(path) as file:
        return {key.removeprefix(prefix): file[key] for key in file if key.startswith(prefix)}


def eusr_arrays():
    with np.load(GOLDEN / "eusr_small.npz") as file:
        rows = zip(file["names"], file["shapes"], file["offsets"], strict=False)
        values, arrays = file["values"], {}
        for name, shape, offset in rows:
            shape = tuple(size for size in shape if size >= 0)
            arrays[str(name)] = values[offset : offset + int(np.prod(shape))].reshape(shape)
    return arrays


def assert_equal(found, expected):
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, name)


@pytest.mark.parametrize("suffix", ["", ".index", ".data-00000-of-00001", ".meta"])
def test_checkpoint_holds_what_tensorflow_holds(suffix):
    arrays = checkpoints.read(f"{CHECKPOINT}{suffix}")
    assert arrays.pop("global_step/global_step") == 123456
    assert_equal(arrays, eusr_arrays())


def test_frozen_graph_holds_the_variables_of_its_checkpoint():
    arrays = checkpoints.read(GOLDEN / "eusr_small_x4.pb")
    expected = {
        name: array for name, array in eusr_arrays().items() if name.endswith(("/kernel", "/bias"))
    }
    assert_equal(arrays, expected)


def restored(model, arrays, names, image):
    image = image[None] / np.float32(255)
    tree = jax.eval_shape(model.init, jax.random.key(0), image)["params"]
    wanted = {path: leaf.shape for path, leaf in traverse_util.flatten_dict(tree, sep="/").items()}
    params = traverse_util.unflatten_dict(rename(arrays, names(model), wanted), sep="/")
    return 255 * np.asarray(model.apply({"params": params}, image))[0]


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("file", ["eusr_small.ckpt-123456.index", "eusr_small_x4.pb"])
def test_training_checkpoint_and_frozen_graph_give_the_output_of_tensorflow(file, scale):
    with np.load(GOLDEN / "eusr_small.npz") as golden:
        image, expected = golden["input"], golden[f"output_x{scale}"]
    model = eusr.EUSR(scale, features=4, blocks=2)
    output = restored(model, checkpoints.read(GOLDEN / file), eusr.flat_names, image)
    np.testing.assert_allclose(output, expected, atol=1e-4 * expected.std())


def test_graph_that_srzoo_converted_from_pytorch_ports_by_the_names_of_pytorch():
    golden = named(GOLDEN / "edsr_small.npz", "io:")
    arrays = checkpoints.read(GOLDEN / "edsr_small_x2.pb")
    output = restored(edsr.EDSR(2, features=8, blocks=2), arrays, edsr.names, golden["input"])
    expected = golden["pb_output"]
    np.testing.assert_allclose(output, expected, atol=1e-4 * expected.std())


def test_an_honest_checkpoint_of_the_writer_is_read(tmp_path):
    path = write(tmp_path, [HEADER, (b"a", bundle_entry(ARRAY, 0))])
    assert_equal(checkpoints.read(path), {"a": ARRAY})


HUGE = 1 << 40
LIES = {
    "size": {"size": field(5, 20)},
    "shape": {"shape": field(2, shape_proto((2, 4)))},
    "huge shape": {"shape": field(2, shape_proto((HUGE, HUGE)))},
    "huge shape and size": {
        "shape": field(2, shape_proto((1 << 29,))),
        "size": field(5, 1 << 31),
    },
    "size zero and a huge side": {
        "shape": field(2, shape_proto((0, (1 << 63) - 1))),
        "size": field(5, 0),
    },
    "negative side": {"shape": field(2, shape_proto(((1 << 64) - 2, (1 << 64) - 3)))},
    "unknown rank": {"shape": field(2, field(3, 1))},
    "many dimensions": {"shape": field(2, shape_proto((1,) * 100))},
    "side of bytes": {"shape": field(2, field(2, field(1, b"x")))},
    "shape of a number": {"shape": field(2, 3)},
    "offset": {"offset": field(4, 4)},
    "huge offset": {"offset": field(4, (1 << 64) - 1)},
    "shard": {"shard": field(3, 1)},
    "type of strings": {"dtype": field(1, 7)},
    "unknown type": {"dtype": field(1, 1000)},
    "checksum": {"crc": field(6, (1,))},
    "no checksum": {"crc": b""},
    "slices": {"crc": field(7, b"")},
}


@pytest.mark.parametrize("lie", LIES)
def test_an_entry_that_lies_is_refused(tmp_path, lie):
    path = write(tmp_path, [HEADER, (b"a", bundle_entry(ARRAY, 0, **LIES[lie]))])
    with pytest.raises(UnsafeCheckpointError, match="a: "):
        checkpoints.read(path)


ENTRY = (b"a", bundle_entry(ARRAY, 0))
TABLES = {
    "no entries": ([], {}),
    "no arrays": ([HEADER], {}),
    "no header": ([ENTRY], {}),
    "no data files": ([(b"", b""), ENTRY], {}),
    "a billion data files": ([(b"", field(1, 10**9)), ENTRY], {}),
    "big endian": ([(b"", field(1, 1) + field(2, 1)), ENTRY], {}),
    "same name twice": ([HEADER, ENTRY, ENTRY], {}),
    "overlapping arrays": ([HEADER, ENTRY, (b"b", ENTRY[1])], {}),
    "long name": ([HEADER, (b"a" * 2000, ENTRY[1])], {}),
    "name that is no text": ([HEADER, (b"\xff", ENTRY[1])], {}),
    "cut-off entry": ([HEADER, (b"a", ENTRY[1][:-1])], {}),
    "endless number": ([HEADER, (b"a", b"\xff" * 20)], {}),
    "compressed": ([HEADER, ENTRY], {"compression": 1}),
    "wrong checksum": ([HEADER, ENTRY], {"crc": 7}),
    "block twice": ([HEADER, ENTRY], {"repeats": 2}),
}


@pytest.mark.parametrize("lie", TABLES)
def test_an_index_that_lies_is_refused(tmp_path, lie):
    pairs, lies = TABLES[lie]
    with pytest.raises(UnsafeCheckpointError):
        checkpoints.read(write(tmp_path, pairs, **lies))


def test_data_that_are_missing_short_or_altered_are_refused(tmp_path):
    path = write(tmp_path, [HEADER, ENTRY])
    data = tmp_path / "small.data-00000-of-00001"
    for content in (b"", ARRAY.tobytes()[:-1], b"\1" + ARRAY.tobytes()[1:]):
        data.write_bytes(content)
        with pytest.raises(UnsafeCheckpointError):
            checkpoints.read(path)
    data.unlink()
    with pytest.raises(FileNotFoundError, match=data.name):
        checkpoints.read(path)


@pytest.mark.parametrize("length", [0, 1, 47, 48, 49, 1000, 19000])
def test_a_cut_off_index_is_refused(tmp_path, length):
    content = CHECKPOINT.with_name(f"{CHECKPOINT.name}.index").read_bytes()
    for part in (content[:length], content[len(content) - length :]):
        (tmp_path / "cut.index").write_bytes(part)
        with pytest.raises(UnsafeCheckpointError):
            checkpoints.read(tmp_path / "cut.index")


def test_an_altered_byte_of_the_index_is_noticed_or_without_effect(tmp_path):
    path = write(tmp_path, [HEADER, ENTRY])
    content = path.read_bytes()
    for position in range(len(content)):
        for flip in (1, 128):
            altered = bytearray(content)
            altered[position] ^= flip
            path.write_bytes(altered)
            try:
                found = checkpoints.read(path)
            except UnsafeCheckpointError:
                continue
            assert_equal(found, {"a": ARRAY})


# Frozen graphs.


def read_graph(folder, content):
    (folder / "graph.pb").write_bytes(content)
    return checkpoints.read(folder / "graph.pb")


def test_of_a_graph_the_constants_count_that_are_read_as_variables(tmp_path):
    content = node("a", value=tensor()) + node("shape", value=tensor())
    assert read_graph(tmp_path, content).keys() == {"a", "shape"}
    content += node("a/read", "Identity", inputs=["a"])
    assert_equal(read_graph(tmp_path, content), {"a": ARRAY})


def test_listed_values_are_read(tmp_path):
    def values(kind, *fields):
        parts = {"dtype": field(1, kind), "content": b"".join(fields)}
        return read_graph(tmp_path, node("a", value=tensor(**parts)))["a"]

    ones = np.ones((2, 3), np.float32)
    as_bits = int.from_bytes(np.float32(1).tobytes(), "little")
    np.testing.assert_array_equal(values(1, field(5, ones.tobytes())), ones)
    np.testing.assert_array_equal(values(1, *[field(5, (as_bits,))] * 6), ones)
    np.testing.assert_array_equal(values(1, field(5, (as_bits,))), ones)
    np.testing.assert_array_equal(values(3, field(7, varint((1 << 64) - 2))), -2 * ones)
    np.testing.assert_array_equal(values(3, *[field(7, 5)] * 6), 5 * ones)


def test_one_value_that_fills_a_large_shape_takes_no_memory(tmp_path):
    lie = {"shape": field(2, shape_proto((1 << 15, 1 << 15))), "content": field(5, (0,))}
    array = read_graph(tmp_path, node("a", value=tensor(**lie)))["a"]
    assert array.strides == (0, 0)


GRAPHS = {
    "empty": b"",
    "no nodes": field(4, field(1, 1)),
    "no constants": node("a", "Placeholder"),
    "same name twice": 2 * node("a", value=tensor()),
    "no value": node("a"),
    "value of a number": node("a", value=3),
    "node of a number": field(1, 3),
    "unknown kind of field": b"\x0b",
    "field beyond the end": b"\x0a\x7f",
    "endless number": b"\xff" * 30,
    "name that is no text": field(1, field(1, b"\xff")),
    "shape": node("a", value=tensor(shape=field(2, shape_proto((2, 4))))),
    "huge shape": node("a", value=tensor(shape=field(2, shape_proto((HUGE, HUGE))))),
    "huge shape of one value": node(
        "a", value=tensor(shape=field(2, shape_proto((HUGE,))), content=field(5, (0,)))
    ),
    "too few values": node("a", value=tensor(content=field(5, bytes(8)))),
    "no values": node("a", value=tensor(content=b"")),
    "part of a value": node("a", value=tensor(content=field(5, bytes(7)))),
    "strings": node("a", value=tensor(dtype=field(1, 7))),
    "type of bytes": node("a", value=tensor(dtype=field(1, b"x"))),
}


@pytest.mark.parametrize("lie", GRAPHS)
def test_a_graph_that_lies_is_refused(tmp_path, lie):
    with pytest.raises(UnsafeCheckpointError):
        read_graph(tmp_path, GRAPHS[lie])


def test_of_an_altered_graph_nothing_but_arrays_or_the_typed_error_comes(tmp_path):
    content = (GOLDEN / "edsr_small_x2.pb").read_bytes()
    random = np.random.default_rng(0)
    for _ in range(100):
        altered = np.frombuffer(content[: random.integers(len(content))], np.uint8).copy()
        altered[random.integers(max(altered.size, 1), size=min(altered.size, 20))] ^= 85
        try:
            arrays = read_graph(tmp_path, altered.tobytes())
        except UnsafeCheckpointError:
            continue
        assert all(isinstance(array, np.ndarray) for array in arrays.values())
