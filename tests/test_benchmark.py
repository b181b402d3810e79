import csv
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import arithmetic, benchmark, costs, peers, zoo
from srzoo_jax.catalogue import Entry, edsr
from srzoo_jax.models.edsr import EDSR
from tests.test_evaluation import run_app

TINY = {
    name: Entry(name, EDSR(2, features=features, blocks=2), edsr.ENTRIES[0].source)
    for name, features in (("narrow", 4), ("wide", 8))
}


@pytest.fixture
def tiny(monkeypatch):
    """A catalogue of two small networks."""
    monkeypatch.setattr(zoo, "CATALOGUE", TINY)


def cases(*names, height=8, width=12, batches=(1,)):
    return benchmark.cases(names, batches, [(height, width)], ["float32"])


def test_every_case_has_a_row_of_what_it_costs(tiny):
    ticks, found = [], cases(*TINY, batches=(1, 2))
    measured = benchmark.measure(found, 2, gradient=True, stream=3, tick=ticks.append)
    _, (rows, errors) = measured
    assert not errors and ticks == ["narrow", "narrow", "wide", "wide"] * 3
    for row, case in zip(rows, found, strict=True):
        assert (row["model"], row["batch"]) == case[:2] and row["runs"] == 2
        params = params_of(TINY[case.model])
        assert row["parameters"] == sum(map(jnp.size, jax.tree.leaves(params)))
        times = [value for name, value in row.items() if name.endswith("_seconds")]
        assert len(times) == 5 and min(times) > 0 and row["gradient_ratio"] > 0
        assert row["idle_share"] == max(0, 1 - row["stream_ratio"])
        assert row["images_per_second"] == row["batch"] / row["seconds"]
        pixels = row["batch"] * 16 * 24
        assert row["megapixels_per_second"] == pytest.approx(pixels / row["seconds"] / 1e6)
    assert rows[0]["megabytes"] < rows[2]["megabytes"]


def test_ensembles_cost_eight_times_the_arithmetic(tiny):
    found = benchmark.cases(["narrow"], [1], [(8, 8)], ["float32"], [False, True])
    assert [case.model for case in found] == ["narrow", "narrow+"]
    single, ensemble = (costs.prepare(case) for case in found)
    assert ensemble.flops == 8 * single.flops


def test_flops_are_those_of_the_layers():
    entry = TINY["narrow"]
    image = jnp.zeros((2, 8, 12, 3))
    # Head, four convolutions in a loop, body, one upsampler; the tail has four times the pixels.
    per_pixel = 9 * (3 * 4 + 4 * 4 * 4 + 4 * 4 + 4 * 16 + 4 * 4 * 3)
    expected = 2 * 2 * 8 * 12 * per_pixel
    assert arithmetic.flops(zoo.restorer(entry), params_of(entry), image) == expected


def test_peers_run_between_and_must_agree(tiny, monkeypatch):
    def run(name, row, params, images):
        output = np.asarray(zoo.restorer(row)(params, images))
        return peers.Network(lambda: output + (name == "torch"), np.asarray)

    monkeypatch.setattr(peers, "prepare", run)
    names = ["onnxruntime", "torch"]
    ((rows, errors),) = benchmark.measure(cases("narrow"), 1, peer_names=names)
    assert rows[0]["onnxruntime_ratio"] == rows[0]["seconds"] / rows[0]["onnxruntime_seconds"]
    assert "torch_seconds" not in rows[0]
    (error,) = errors.values()
    assert "something else" in error
    assert "JAX / onnxruntime" in benchmark.table(rows)


def params_of(entry):
    image = jnp.zeros((1, 8, 8, 3))
    return entry.model.init(jax.random.key(0), image)["params"]


def test_random_parameters_are_of_the_model(tiny):
    params = costs.random_params(TINY["narrow"])
    shapes = jax.tree.map(jnp.shape, params)
    assert shapes == jax.tree.map(jnp.shape, params_of(TINY["narrow"]))


def test_gradient_is_that_of_the_mean_square():
    image = jnp.linspace(0, 1, 4).reshape(1, 2, 2, 1)
    value, gradient = costs.input_gradient(lambda params, x: params * x)(3.0, image)
    assert jnp.isclose(value, 9 * (image**2).mean())
    assert jnp.allclose(gradient, 9 * image / 2)


def test_one_failing_model_does_not_stop_the_others(tiny, monkeypatch):
    restorer = zoo.restorer

    def broken(row):
        return restorer(row) if row.name == "wide" else lambda params, image: image / 0

    monkeypatch.setattr(zoo, "restorer", broken)
    ((rows, errors),) = benchmark.measure(cases(*TINY), 1)
    assert [row["model"] for row in rows] == ["wide"]
    ((title, error),) = errors.items()
    assert title.startswith("narrow 1 x 8x12") and "not finite" in error


def test_sizes_are_read_or_refused():
    assert benchmark.parse_size("48x64") == (48, 64)
    for text in ("48", "48x", "0x8", "-1x8", "8x8x3", "axb"):
        with pytest.raises(ValueError, match="48x48"):
            benchmark.parse_size(text)


def test_default_models_take_colour_and_have_parameters():
    names = benchmark.default_models()
    assert "rcan_x4" in names
    assert not {"bicubic_x4", "vdsr_x1"} & set(names)


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="imdn_x4"):
        benchmark.cases(["imdm_x4"], [1], [(8, 8)], ["float32"])
    with pytest.raises(ValueError, match="torch-compiled"):
        peers.check(["caffe"])


def test_app_writes_a_table_and_tells_what_failed(tmp_path):
    # SwinIR mirrors its input and cannot do so with images this small.
    models = "--models=bicubic_x2,swinir_lightweight_x4"
    result = run_app("benchmark", models, "--sizes=4x4", "--repeats=1", f"--out={tmp_path}")
    assert result.returncode == 3, result.stderr
    assert "swinir_lightweight_x4 1 x 4x4 float32: error: ValueError: SwinIR" in result.stdout
    content = json.loads((tmp_path / "benchmark.json").read_text())
    assert len(content["errors"]) == 1 and content["conditions"]["jax"]
    (row,) = csv.DictReader((tmp_path / "benchmark.csv").open())
    assert row["model"] == "bicubic_x2" and float(row["seconds"]) > 0
    assert "bicubic_x2" in (tmp_path / "benchmark.md").read_text()
    assert "bicubic_x2" in (tmp_path / "benchmark.svg").read_text()
