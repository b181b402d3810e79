import json
from functools import cache, partial
from pathlib import Path

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import golden, port, zoo
from srzoo_jax.models import imgcomp
from srzoo_jax.models.autoencoder import importance

GOLDEN = Path(__file__).parents[1] / "golden"
MODELS = ("imgcomp_a", "imgcomp_b", "imgcomp_c")
encode, decode, costs, bits, bits_per_pixel = (
    jax.jit(function, static_argnums=0)
    for function in (
        imgcomp.encode,
        imgcomp.decode,
        imgcomp.costs,
        imgcomp.bits,
        imgcomp.bits_per_pixel,
    )
)
TINY = imgcomp.ImgComp(channels=5, features=8, groups=2, context_features=6)


@cache
def case(name):
    """The network, its parameters, the authors' arrays, what float32 may cost each of these."""
    folder = GOLDEN / name
    row = zoo.entry(name)
    manifest = json.loads((folder / "manifest.json").read_text())
    noise = manifest["golden"]["max_abs_float32_minus_float64"]
    params = jax.tree.map(jnp.asarray, port.from_arrays(row, golden.arrays(folder)))
    with np.load(folder / "golden.npz") as file:
        return row.model, params, dict(file), noise


def batch(image):
    return jnp.asarray(image / np.float32(255))[None]


def channels_first(x):
    return np.asarray(x[0]).transpose(2, 0, 1)


@cache
def tiny():
    """Parameters without meaning (variances positive), and two images."""
    stream = np.random.default_rng(0)
    image = jnp.asarray(stream.random((2, 17, 23, 3), np.float32))
    shapes = jax.eval_shape(TINY.init, jax.random.key(0), image)["params"]
    draw = lambda path, leaf: (  # noqa: E731
        1 + stream.random(leaf.shape, np.float32)
        if path[-1].key in ("scale", "variance")
        else 0.15 * stream.standard_normal(leaf.shape, np.float32)
    )
    return jax.tree_util.tree_map_with_path(draw, shapes), image


@pytest.mark.parametrize("name", MODELS)
def test_autoencoder_gives_what_the_authors_code_gives(name):
    model, params, arrays, noise = case(name)
    captured = lambda module, _: module.name in ("head1", "tail", "tail1")  # noqa: E731
    apply = jax.jit(partial(model.apply, capture_intermediates=captured))
    output, state = apply({"params": params}, batch(arrays["input"]))
    inner = {side: state["intermediates"][side] for side in ("encoder", "decoder")}
    tail = inner["encoder"]["tail"]["__call__"][0]
    heatmap = importance(tail[..., 0], model.channels)
    found = {
        "output": 255 * output[0],
        "heatmap": channels_first(heatmap),
        "bottleneck": channels_first(tail[..., 1:] * heatmap),
        "head": inner["encoder"]["head1"]["__call__"][0][0, ..., arrays["head_channels"]],
        "body": inner["decoder"]["tail1"]["__call__"][0][0, ..., arrays["body_channels"]],
    }
    found["head"], found["body"] = (jnp.moveaxis(found[k], 0, -1) for k in ("head", "body"))
    for key, value in found.items():
        np.testing.assert_allclose(value, arrays[key], rtol=0, atol=4 * noise[key], err_msg=key)
    near_integer = np.abs(arrays["output"] - arrays["output"].round()) < 4 * noise["output"]
    truncated = np.asarray(found["output"]).astype(np.uint8)
    assert np.all((truncated == arrays["output_uint8"]) | near_integer)


@pytest.mark.parametrize("name", MODELS)
def test_symbols_and_their_cost_are_the_authors(name):
    model, params, arrays, noise = case(name)
    symbols = encode(model, params, batch(arrays["input"]))
    assert symbols.dtype == jnp.int32
    np.testing.assert_array_equal(symbols[0], arrays["symbols"])
    centers = params["quantizer"]["centers"]
    np.testing.assert_array_equal(centers[symbols[0]], arrays["quantized"])
    logits = model.apply({"params": params}, symbols, method="logits")[0]
    np.testing.assert_allclose(logits, arrays["logits"], rtol=0, atol=4 * noise["logits"])
    cost = costs(model, params, symbols)[0]
    np.testing.assert_allclose(cost, arrays["bitcost"], rtol=0, atol=4 * noise["bitcost"])
    total = bits(model, params, symbols)[0]
    np.testing.assert_allclose(total, arrays["total_bits"], rtol=1e-5)
    rate = bits_per_pixel(model, params, symbols)[0]
    np.testing.assert_allclose(rate, arrays["bpp"], rtol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_odd_sizes_are_padded_as_the_authors_pad(name):
    model, params, arrays, noise = case(name)
    image = batch(arrays["odd_input"])
    np.testing.assert_array_equal(imgcomp.pad(image), batch(arrays["odd_padded"]))
    np.testing.assert_array_equal(imgcomp.crop(imgcomp.pad(image), *image.shape[1:3]), image)
    symbols = encode(model, params, image)
    np.testing.assert_array_equal(symbols[0], arrays["odd_symbols"])
    rate = bits_per_pixel(model, params, symbols)[0]
    np.testing.assert_allclose(rate, arrays["odd_bpp"], rtol=1e-5)
    output = decode(model, params, symbols)
    atol = 4 * noise["odd_output"]
    np.testing.assert_allclose(255 * output[0], arrays["odd_output"], rtol=0, atol=atol)
    restored = jax.jit(model.apply)({"params": params}, image)
    chex.assert_trees_all_close(restored, imgcomp.crop(output, *image.shape[1:3]), atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_odd_sizes_without_padding_agree_as_well(name):
    model, params, arrays, noise = case(name)
    variables = {"params": params}
    bottleneck = jax.jit(partial(model.apply, method="bottleneck"))
    x = bottleneck(variables, batch(arrays["odd_input"]))
    symbols = model.apply(variables, x, method=lambda m, x: m.quantizer.symbols(x))
    symbols = symbols.transpose(0, 3, 1, 2)
    np.testing.assert_array_equal(symbols[0], arrays["odd_raw_symbols"])
    output = decode(model, params, symbols)[0]
    atol = 4 * noise["odd_raw_output"]
    np.testing.assert_allclose(255 * output, arrays["odd_raw_output"], rtol=0, atol=atol)
    # They count the bits per pixel that were fed.
    total = bits(model, params, symbols)[0]
    pixels = arrays["odd_input"].shape[0] * arrays["odd_input"].shape[1]
    np.testing.assert_allclose(total / pixels, arrays["odd_raw_bpp"], rtol=1e-5)


def test_context_model_sees_the_past_alone():
    params, _ = tiny()
    symbols = jax.random.randint(jax.random.key(2), (1, 5, 6, 7), 0, 6)
    logits = jax.jit(lambda symbols: TINY.apply({"params": params}, symbols, method="logits"))
    before = logits(symbols)
    for place in ((0, 0, 0), (2, 3, 4), (4, 5, 6)):
        changed = symbols.at[(0, *place)].add(1) % 6
        differs = np.asarray(logits(changed) != before).any(-1).ravel()
        first = np.ravel_multi_index((0, *place), symbols.shape)
        assert not differs[: first + 1].any()
        assert differs.any() == (place != (4, 5, 6))


def test_batch_is_image_by_image():
    params, image = tiny()
    restore = jax.jit(lambda params, image: TINY.apply({"params": params}, image))
    singles = jnp.concatenate([restore(params, image[:1]), restore(params, image[1:])])
    chex.assert_trees_all_close(restore(params, image), singles, atol=1e-6)
    chex.assert_equal_shape([image, singles])


def test_gradients_pass_the_quantizer_finite():
    params, image = tiny()
    loss = lambda params, image: TINY.apply({"params": params}, image).var()  # noqa: E731
    by_params, by_image = jax.jit(jax.grad(loss, argnums=(0, 1)))(params, image)
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(by_params))
    assert jnp.isfinite(by_image).all() and jnp.abs(by_image).max() > 0


def test_what_training_keeps_is_ignored():
    arrays = golden.arrays(GOLDEN / "imgcomp_a")
    layer = "autoencoder/encoder/h1"
    more = {f"{layer}/{part}/Adam_AE": np.zeros(3) for part in ("weights", "BatchNorm/gamma")}
    more |= {"probclass3d/logits/conv3d_conv0_mask/biases/Adam_PC_1": np.zeros(3)}
    more |= {"autoencoder/encoder/centers/Adam_AE": np.zeros(3)}
    more |= {"global_step": np.zeros(()), "beta1_power": np.zeros(())}
    row = zoo.entry("imgcomp_a")
    chex.assert_trees_all_equal(port.from_arrays(row, arrays | more), port.from_arrays(row, arrays))
