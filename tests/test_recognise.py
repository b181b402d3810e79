import json
import tarfile
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import traverse_util

from srzoo_jax import params, port, recognise, zoo
from srzoo_jax.catalogue import CATALOGUE, Entry, written
from srzoo_jax.models import carn, edsr, eusr, msrn, rcan, rfdn, rlfn, rrdb, swinir, vdsr
from srzoo_jax.models.layers import DIV2K_MEAN
from srzoo_jax.porting import checkpoints
from srzoo_jax.porting.names import KINDS, Constant, Layer, mean_shift
from srzoo_jax.porting.rename import PortError
from tests.porting.tensorflow_writer import write_arrays
from tests.test_golden import FOLDERS, ROWS

# Rows that share arrays.
ALIKE = [
    *({f"{name}_x{scale}" for scale in (2, 3, 4)} for name in ("carn", "carn_m")),
    {f"vdsr_x{scale}" for scale in (1, 2, 3, 4)},
    {"rrdb_x4", "rrdb_oldarch_x4", "esrgan_x4"},
    {"frsr_x4", "natsr_x4"},
    {"imgcomp_a", "imgcomp_b"},
    {"pan_x2", "pan_x3"},
]


def blank(folder):
    """The arrays of a golden folder, but for constants all zero, without memory of their own."""
    rows = json.loads((folder / "manifest.json").read_text())["parameters"]
    constants = folder / "constants.npz"
    constants = np.load(constants) if constants.is_file() else {}

    def array(row):
        if "value" in row:
            return np.asarray(row["value"], np.float32).reshape(row["shape"])
        if "constant" in row:
            return constants[row["constant"]]
        return np.broadcast_to(np.float32(0), row["shape"])

    return {row["name"]: array(row) for row in rows}


def as_theirs(model, names):
    """Parameters of our model under the authors' names, and the parameters: `rename`, inverted."""
    random = np.random.default_rng(0)
    shapes = zoo.shapes(Entry("", model))
    tree = {path: random.standard_normal(shape, np.float32) for path, shape in shapes.items()}
    arrays = {}
    for theirs, ours in names.items():
        if isinstance(ours, Constant):
            kept = ("weight", "bias")
            arrays |= {f"{theirs}.{name}": ours.values[name] for name in kept}
            continue
        if ours is None:
            continue
        ours = Layer(ours) if isinstance(ours, str) else ours
        done = set()
        for suffix, leaf in KINDS[ours.kind].items():
            whole = tree.get(f"{ours.path}/{leaf.name}")
            if whole is None or leaf.name in done:
                continue
            done.add(leaf.name)
            stars = theirs.count("*")
            for numbers in product(*map(range, whole.shape[len(ours.index) :][:stars])):
                layer = theirs.replace("*", "{}").format(*numbers)
                arrays |= {f"{layer}.{name}": array for name, array in ours.constants.items()}
                part = whole[(*ours.index, *numbers)]
                sizes = (2, 3, 5, 7)[: part.ndim]
                axes = [sizes.index(size) for size in leaf.transform(np.empty(sizes)).shape]
                arrays[f"{layer}.{suffix}"] = part.transpose(np.argsort(axes))
    return arrays, traverse_util.unflatten_dict(tree, sep="/")


SMALL_EDSR = edsr.EDSR(3, features=24, blocks=5, res_scale=0.1)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_golden_folders_are_recognised(row):
    match = recognise.match_of(blank(FOLDERS / row.name))
    expected = next((names for names in ALIKE if row.name in names), {row.name})
    assert {found.name for found in match.rows} == expected
    assert all(
        getattr(match.model, field) == value
        for field, value in written.fields(row.model).items()
        if field not in match.open
    )


@pytest.mark.parametrize(
    "model, names, unknown",
    [
        (SMALL_EDSR, edsr.names, {"res_scale"}),
        (edsr.EDSR(8, features=6, blocks=1), edsr.names, {"res_scale"}),
        (edsr.EDSR(1, features=6, blocks=1), edsr.names, {"res_scale"}),
        *(
            (rrdb.RRDB(features=6, growth=4, blocks=3), lambda m, i=i: rrdb.names(m)[i], set())
            for i in range(3)
        ),
        (rcan.RCAN(3, features=8, groups=2, blocks=3, reduction=4), rcan.names, set()),
        (vdsr.VDSR(2, features=5, depth=8), vdsr.names, {"scale"}),
        (msrn.MSRN(8, features=4, blocks=3), msrn.names, set()),
        (carn.CARN(4, features=8, groups=2, mobile=True), carn.names, set()),
        (rfdn.RFDN(3, features=12, blocks=3), rfdn.names, set()),
        (rlfn.RLFN(3, features=12, blocks=2, inner=16), rlfn.names, set()),
        (swinir.SwinIR(2, 12, groups=2, blocks=3, heads=3, size=6), swinir.names, set()),
        (swinir.SwinIR(3, 12, groups=1, blocks=2, heads=2, direct=True), swinir.names, set()),
        (eusr.EUSR(4, features=4, blocks=3), eusr.flat_names, {"mean"}),
        (eusr.EUSR(8, features=4, blocks=3, specific=False), eusr.scoped_names, {"mean"}),
        (eusr.EUSR(2, features=4, blocks=3), eusr.generator_names, {"mean"}),
    ],
    ids=lambda value: written.write(value) if hasattr(value, "apply") else "",
)
def test_models_outside_the_catalogue_are_recognised(model, names, unknown):
    table = {theirs: ours for theirs, ours in names(model).items() if "**" not in theirs}
    arrays, tree = as_theirs(model, table)
    match = recognise.match_of({f"module.{name}": array for name, array in arrays.items()})
    assert match.open.keys() == unknown and match.rows == []
    given = {field: getattr(model, field) for field in unknown}
    assert recognise.with_given(match, given).model == model
    found = port.from_arrays(Entry("", model, match.source), arrays)
    jax.tree.map(np.testing.assert_array_equal, found, tree)


def recognised(monkeypatch, arrays, tmp_path, **options):
    path = tmp_path / "file.pth"
    path.write_bytes(b"content")
    monkeypatch.setattr(checkpoints, "read", lambda path: arrays)
    return recognise.recognise(path, **options)


def test_what_arrays_do_not_tell_is_asked_for(monkeypatch, tmp_path):
    arrays, _ = as_theirs(SMALL_EDSR, edsr.names(SMALL_EDSR))
    text = r"EDSR\(scale=3, features=24, blocks=5, res_scale=\?\)"
    for options in ({}, {"name": "mine"}):
        with pytest.raises(ValueError, match=rf"(?s)file.pth: holds {text}.*res_scale.*--set="):
            recognised(monkeypatch, arrays, tmp_path, **options)
    given = {"res_scale": 0.1}
    with pytest.raises(ValueError, match=r"not in the catalogue\. Pass --name=NAME$"):
        recognised(monkeypatch, arrays, tmp_path, given=given)
    found = recognised(monkeypatch, arrays, tmp_path, given=given, name="mine")
    assert [(row.name, row.model, row.file) for row in found.rows] == [
        ("mine", SMALL_EDSR, "file.pth")
    ]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"given": {"features": 32}}, "features is not open in .*: the arrays tell 64"),
        ({"given": {"width": 32}}, "width is not open in .*: no such field"),
        ({"given": {"scale": 8}}, "scale=8 does not fit; what fits: 2 or 3 or 4"),
        ({"given": {"scale": "2"}}, "scale='2' does not fit"),
        ({"name": "imdn_x2"}, "is in the catalogue"),
        ({"name": "../x"}, "is no plain name"),
        ({"name": "mine"}, r"(?s)holds CARN\(scale=\?.*--set=scale=2"),
        ({}, r"(?s)may be any of carn_m_x2 \(carn_m.pth\), .*--models=NAME.*--set=scale=2"),
    ],
)
def test_flags_that_do_not_suffice_are_answered(options, message, monkeypatch, tmp_path):
    with pytest.raises(ValueError, match=message):
        recognised(monkeypatch, blank(FOLDERS / "carn_m_x2"), tmp_path, **options)


def test_a_row_decides_if_it_is_the_only_one(monkeypatch, tmp_path):
    arrays = blank(FOLDERS / "edsr_x4")
    found = recognised(monkeypatch, arrays, tmp_path)
    assert found.rows == [CATALOGUE["edsr_x4"]] and "only model" in found.why
    found = recognised(monkeypatch, arrays, tmp_path, name="mine")
    assert found.rows[0].model == CATALOGUE["edsr_x4"].model
    assert "res_scale=0.1 as in edsr_x4" in found.why
    carn_m = blank(FOLDERS / "carn_m_x3")
    found = recognised(monkeypatch, carn_m, tmp_path, given={"scale": 3})
    assert found.rows == [CATALOGUE["carn_m_x3"]]


def test_a_hash_decides_between_rows_and_may_mean_several(checkpoints):
    for file, expected in {"carn_m.pth": ALIKE[1], "model_epoch_50.pth": ALIKE[2]}.items():
        found = recognise.recognise(checkpoints / file)
        assert {row.name for row in found.rows} == expected and "hash" in found.why


def test_a_model_outside_the_catalogue_is_loaded_by_its_name(params_dir, tmp_path):
    model = eusr.EUSR(2, features=4, blocks=1, specific=False, mean=(1.0, 2.0, 3.0))
    table = {k: v for k, v in eusr.scoped_names(model).items() if "**" not in k}
    arrays, tree = as_theirs(model, table)
    arrays = {
        name.replace(".weight", "/kernel").replace(".bias", "/bias"): np.ascontiguousarray(
            array.transpose(2, 3, 1, 0) if array.ndim == 4 else array
        )
        for name, array in arrays.items()
    }
    path = write_arrays(tmp_path, arrays)
    found = recognise.recognise(path, name="mine", given={"mean": (1, 2, 3)})
    ported, provenance = port.port(found.rows[0], path)
    params.save(params_dir / "mine.safetensors", ported, provenance)
    assert provenance["file_verified"] == "no: a model outside the catalogue"

    assert zoo.entry("mine+").model == model and zoo.digest("mine")
    restore, loaded = zoo.load("mine")
    jax.tree.map(np.testing.assert_array_equal, loaded, tree)
    image = jax.random.uniform(jax.random.key(0), (1, 6, 7, 3))
    np.testing.assert_array_equal(restore(loaded, image), model.apply({"params": tree}, image))
    with pytest.raises(ValueError, match="no model is called 'mine'"):
        zoo.load("mine", tmp_path)


@pytest.mark.parametrize(
    "text", ["", "open('x')", "Conv(features=3)", "EDSR(parent=3)", "EDSR(scale=x)", "EDSR(3)"]
)
def test_headers_build_nothing_but_models(text, params_dir):
    provenance = {"hyper_parameters": text, "source": "", "licence": ""}
    params.save(params_dir / "odd.safetensors", {"x": np.zeros(1, np.float32)}, provenance)
    with pytest.raises(ValueError, match="does not say what model it holds"):
        zoo.load("odd")


def test_modules_are_written_and_read_back():
    for row in CATALOGUE.values():
        family, fields = written.read(row.hyper_parameters)
        assert family == type(row.model).__name__ and type(row.model)(**fields) == row.model


def test_unknown_arrays_are_compared_with_the_nearest_family():
    arrays = dict(blank(FOLDERS / "imdn_x3"))
    arrays["IMDB1.c1.weight"] = np.zeros((64, 64, 5, 5), np.float32)
    arrays["extra.weight"] = np.zeros(3, np.float32)
    with pytest.raises(PortError) as error:
        recognise.match_of(arrays)
    message = str(error.value)
    assert "Nearest: IMDN(scale=3, features=64, blocks=6, halvings=0) of Zheng222/IMDN" in message
    assert f"knows {len(arrays) - 1} of {len(arrays)} names. 2 disagreements" in message
    assert "unknown array extra.weight" in message and "(64, 64, 5, 5)" in message


def test_very_different_arrays_are_told_in_few_lines():
    arrays = {f"body.{i}.body.{j}.weight": np.zeros(9) for i in range(20) for j in range(20)}
    with pytest.raises(PortError, match=r"Nearest: EDSR\(.*400 names") as error:
        recognise.match_of(arrays)
    assert len(str(error.value).splitlines()) == 11 and str(error.value).endswith(" more")
    with pytest.raises(PortError, match=r"nor knows any of their names: a\.b"):
        recognise.match_of({"a.b": jnp.zeros(3)})


def test_archives_are_not_searched(tmp_path):
    path = tmp_path / "ckpts.tar.gz"
    tarfile.open(path, "w:gz").close()
    with pytest.raises(ValueError, match=r"an archive; .* imgcomp_a, imgcomp_b, imgcomp_c"):
        recognise.recognise(path)


def test_a_prefix_is_told():
    arrays = {f"net.{name}": array for name, array in blank(FOLDERS / "imdn_x2").items()}
    with pytest.raises(PortError, match=r"prefix 'net.'; behind it, .* of imdn_x2"):
        recognise.match_of(arrays)


def test_other_value_ranges_are_not_taken_for_the_authors():
    arrays = dict(blank(FOLDERS / "edsr_baseline_x2"))
    arrays["sub_mean.bias"] = mean_shift(-1, DIV2K_MEAN).values["bias"]
    with pytest.raises(PortError, match=r"Nearest: EDSR.*\n.*sub_mean.bias is a constant"):
        recognise.match_of(arrays)
