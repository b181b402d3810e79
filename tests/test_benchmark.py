import csv
import json

import jax
import jax.numpy as jnp
import pytest

from srzoo_jax import benchmark, costs, zoo
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


def test_every_model_has_a_row_of_what_it_costs(tiny):
    ticks = []
    _, (rows, errors) = benchmark.measure(list(TINY), 8, 12, repeats=2, tick=ticks.append)
    assert not errors and ticks == ["narrow", "wide"] * 3
    for row, entry in zip(rows, TINY.values(), strict=True):
        assert row["model"] == entry.name and row["runs"] == 2
        assert row["parameters"] == sum(map(jnp.size, jax.tree.leaves(params_of(entry))))
        times = [value for name, value in row.items() if name.endswith("_seconds")]
        assert len(times) == 6 and min(times) > 0 and row["ratio"] > 0
    assert rows[0]["forward_temp_bytes"] < rows[1]["forward_temp_bytes"]


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
    ((rows, errors),) = benchmark.measure(list(TINY), 8, 8, repeats=1)
    assert [row["model"] for row in rows] == ["wide"]
    assert list(errors) == ["narrow"] and "not finite" in errors["narrow"]


def test_spread_disregards_one_hiccup():
    assert benchmark.spread([1, 2, 3, 4, 5]) == 2
    assert benchmark.spread([1, 1, 1, 1, 9]) == 0


def test_sizes_are_read_or_refused():
    assert benchmark.parse_size("48x64") == (48, 64)
    for text in ("48", "48x", "0x8", "-1x8", "8x8x3", "axb"):
        with pytest.raises(ValueError, match="48x48"):
            benchmark.parse_size(text)


def test_default_models_take_colour_and_have_parameters():
    names = benchmark.default_models()
    assert "rcan_x4" in names
    assert not {"bicubic_x4", "vdsr_x1"} & set(names)


def test_names_are_those_of_bare_models():
    assert benchmark.check_names(["imdn_x4", "imdn_x4"]) == ["imdn_x4"]
    with pytest.raises(ValueError, match="bare"):
        benchmark.check_names(["imdn_x4+"])
    with pytest.raises(ValueError, match="imdn_x4"):
        benchmark.check_names(["imdm_x4"])


def test_app_writes_a_table_and_tells_what_failed(tmp_path):
    # SwinIR mirrors its input and cannot do so with images this small.
    models = "--models=bicubic_x2,swinir_lightweight_x4"
    result = run_app("benchmark", models, "--size=4x4", "--repeats=1", f"--out={tmp_path}")
    assert result.returncode == 3, result.stderr
    assert "swinir_lightweight_x4: error: ValueError: SwinIR needs sides" in result.stdout
    content = json.loads((tmp_path / "benchmark.json").read_text())
    assert list(content["errors"]) == ["swinir_lightweight_x4"] and content["conditions"]["jax"]
    (row,) = csv.DictReader((tmp_path / "benchmark.csv").open())
    assert row["model"] == "bicubic_x2" and float(row["forward_seconds"]) > 0
    assert "bicubic_x2" in (tmp_path / "benchmark.md").read_text()
