"""Crops, recipes, losses and starts."""

import dataclasses

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import files, zoo
from srzoo_jax.catalogue import CATALOGUE
from srzoo_jax.models.ecbsr import ECBSR
from srzoo_jax.models.layers import Conv
from srzoo_jax.training import crops, recipes, steps
from srzoo_jax.training.recipes import Recipe


def marked(height, width, scale=3):
    """LR and HR whose values tell where a pixel is; HR is LR's nearest-neighbour enlargement."""
    rows, columns = np.mgrid[:height, :width]
    lr = np.stack([rows, columns, rows + columns], -1).astype(np.uint8)
    return lr, lr.repeat(scale, 0).repeat(scale, 1)


def test_crops_of_lr_and_hr_belong_together():
    batches = crops.Crops([marked(9, 14), marked(8, 8)], patch=5, batch=64, seed=0)
    lr, hr = batches(0)
    assert lr.shape == (64, 5, 5, 3) and hr.shape == (64, 15, 15, 3)
    np.testing.assert_array_equal(hr, lr.repeat(3, 1).repeat(3, 2))


def test_all_places_and_all_eight_symmetries_occur():
    lr, _ = crops.Crops([marked(7, 8)], patch=5, batch=800, seed=0)(0)
    seen = {crop.tobytes() for crop in lr}
    assert len(seen) == 3 * 4 * 8  # Of some 800 draws, none of 96 is missed but by 1 in 50.


def test_batches_depend_on_seed_and_number_alone():
    def batch(seed, number):
        return crops.Crops([marked(20, 30)], patch=5, batch=2, seed=seed)(number)[0]

    np.testing.assert_array_equal(batch(1, 5), batch(1, 5))
    assert (batch(1, 5) != batch(1, 6)).any() and (batch(1, 5) != batch(2, 5)).any()


def test_images_too_small_are_left_out():
    batches = crops.Crops([marked(4, 30), marked(5, 5)], patch=5, batch=1, seed=0)
    assert len(batches) == 1
    with pytest.raises(ValueError, match="no training image has an LR crop of 31 x 31"):
        crops.Crops([marked(4, 30)], patch=31, batch=1, seed=0)


def test_images_are_found_in_folders_of_folders(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("b/2.png", "1.png", "b/c/3.png"):
        files.write_image(tmp_path / name, rng.integers(0, 256, (12, 13, 3), np.uint8))
    found = crops.find([tmp_path])
    assert [path.name for path in found] == ["1.png", "2.png", "3.png"]
    scenes, refused = crops.read([*found, tmp_path / "none.png"], 4, "matlab_bicubic")
    assert [(lr.shape, hr.shape) for lr, hr in scenes] == [((3, 3, 3), (12, 12, 3))] * 3
    assert len(refused) == 1 and "none.png" in refused[0]
    training, held_out = crops.split(scenes, 1)
    assert len(training) == 2 and held_out[0] is scenes[0]
    assert crops.digest(scenes) != crops.digest(scenes[::-1])
    (tmp_path / "empty").mkdir()
    for folder, message in (("empty", "no image in"), ("none", "there is no folder")):
        with pytest.raises(FileNotFoundError, match=message):
            crops.find([tmp_path / folder])


def rate(step, **choices):
    return float(recipes.schedule(Recipe("test", **choices))(step))


def test_schedules():
    assert rate(199_999, steps=300_000) == pytest.approx(1e-4)
    assert rate(200_000, steps=300_000) == pytest.approx(5e-5)
    stable = {"steps": 100, "schedule": "stable", "period": 20, "learning_rate": 1.0}
    assert [rate(step, **stable) for step in (0, 80, 90, 100)] == pytest.approx([1, 1, 0.5, 0])
    assert rate(4, warm_up=10, **stable) == pytest.approx(0.5)
    assert rate(50, steps=100, schedule="cosine") == pytest.approx(5e-5)


@pytest.mark.parametrize("wrong", [{"loss": "l3"}, {"steps": 0}, {"ema": 1.0}, {"warm_up": -1}])
def test_recipes_are_checked(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Recipe("test", **{"steps": 10, **wrong})


def test_families_have_the_recipe_of_their_authors():
    edsr = recipes.of(CATALOGUE["edsr_baseline_x4"].model)
    assert (edsr.batch, edsr.patch, edsr.learning_rate, edsr.steps) == (16, 48, 1e-4, 300_000)
    assert "for want of one of RRDB" in recipes.of(CATALOGUE["rrdb_x4"].model).source
    families = {type(row.model).__name__ for row in CATALOGUE.values()}
    assert recipes.RECIPES.keys() <= families


@pytest.mark.parametrize("name", ["bicubic_x4", "imdn_as_x1", "vdsr_x1"])
def test_what_cannot_be_trained_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} is no network that enlarges RGB images"):
        steps.trainable(zoo.entry(name))


def test_losses():
    recipe = Recipe("test", steps=1)
    sr, hr = np.random.default_rng(0).random((2, 1, 6, 8, 3), np.float32)
    assert float(steps.loss(recipe, sr, hr)) == pytest.approx(np.abs(sr - hr).mean(), rel=1e-6)
    squared = dataclasses.replace(recipe, loss="l2")
    expected = ((sr - hr) ** 2).mean()
    assert float(steps.loss(squared, sr, hr)) == pytest.approx(expected, rel=1e-6)
    fourier = dataclasses.replace(recipe, frequency=0.5)
    spectrum = np.fft.rfft2(sr - hr, axes=(1, 2), norm="ortho")
    expected = np.abs(sr - hr).mean() + 0.5 * np.abs(spectrum).mean()
    assert float(steps.loss(fourier, sr, hr)) == pytest.approx(expected, rel=1e-5)
    gradient = jax.grad(lambda sr: steps.loss(fourier, sr, hr))(hr)
    assert jnp.isfinite(gradient).all()


def test_parameters_of_another_scale_are_taken_as_far_as_they_fit():
    recipe = Recipe("test", steps=1, start="identity")
    other = steps.start(ECBSR(4, 8, 2), recipe, seed=1, given={}).params
    mine = steps.start(ECBSR(2, 8, 2), recipe, seed=2, given=other).params
    assert (mine["conv1"]["kernel"] == other["conv1"]["kernel"]).all()
    assert mine["tail"]["kernel"].shape[-1] == 12


def test_a_start_near_the_identity_is_the_network_with_residuals():
    class Residual(nn.Module):
        """x + conv(x)."""

        inner: nn.Module

        @nn.compact
        def __call__(self, x):
            return x + self.inner(x)

    model = ECBSR(2, 8, 1)
    own, near = (
        steps.start(model, Recipe("test", steps=1, start=start), seed=0, given={}).params
        for start in ("own", "identity")
    )
    image = jax.random.uniform(jax.random.key(1), (1, 6, 7, 8))
    kernel, other = own["conv0"], near["conv0"]
    plain = Conv(8).apply({"params": other}, image)
    residual = Residual(Conv(8)).apply({"params": {"inner": kernel}}, image)
    np.testing.assert_allclose(plain, residual, atol=1e-6)  # One float32 sum in another order.


def test_bfloat16_convolutions_compute_in_it():
    recipe = Recipe("test", steps=1, precision="bfloat16")
    model = CATALOGUE["edsr_baseline_x2"].model.clone(features=8, blocks=1)
    state = steps.start(model, recipe, seed=0, given={})
    step = steps.step_of(model, recipe)
    lr, hr = np.zeros((1, 8, 8, 3), np.uint8), np.zeros((1, 16, 16, 3), np.uint8)
    program = str(jax.make_jaxpr(step.__wrapped__)(state, lr, hr))
    convolutions = [line for line in program.splitlines() if "= conv2d[" in line]
    assert convolutions and all("bf16[" in line.split("=")[0] for line in convolutions)
    new, loss = step(state, lr, hr)
    assert loss.dtype == jnp.float32 and jnp.isfinite(loss)
    assert {leaf.dtype for leaf in jax.tree.leaves(new.params)} == {jnp.dtype("float32")}
