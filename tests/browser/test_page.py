"""The page in a real browser: what it computes, and what it says of what it can't."""

import base64
import functools
import http.server
import itertools

import imageio.v3 as iio
import jax
import numpy as np
import pytest
from PIL import Image

from srzoo_jax import data, zoo
from srzoo_jax import image as images
from srzoo_jax.browser import page, server
from srzoo_jax.resize import imresize
from tests.browser.conftest import MODEL, NAME, serving


def photo(height, width):
    """Something photo-like: smooth, with noise and edges."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width]
    smooth = np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 11)], -1)
    edges = (x // 20 + y // 20)[..., None] % 2
    return images.to_bytes(
        0.5 + 0.3 * smooth + 0.1 * edges + rng.normal(0, 0.05, (height, width, 3))
    )


def put(tab, path, state="done"):
    """Gives the page a file and waits until its body is in a state."""
    tab.set_input_files("#file", path)
    tab.wait_for_selector(f"[data-state={state}]")


def canvas(tab, name):
    """The pixels of a canvas, uint8 [H, W, 3]."""
    url = tab.evaluate("name => document.getElementById(name).toDataURL()", name)
    return iio.imread(base64.b64decode(url.partition(",")[2]))[..., :3]


def notice(tab):
    tab.wait_for_selector("#notice:not([hidden])")
    return tab.inner_text("#notice p")


@pytest.fixture
def lr(tmp_path):
    """A photograph of several tiles, and its file."""
    image = data.read(data.pairs(data.PHOTOS, 2)[2], 2)[0][:90]
    iio.imwrite(tmp_path / "photo.png", image)
    return image, tmp_path / "photo.png"


@pytest.mark.parametrize("name", [NAME, *page.embedded()])
def test_canvas_equals_jax_and_is_what_is_downloaded(tab, lr, weights, name):
    image, path = lr
    tab.select_option("#model", name)
    put(tab, path)
    assert " tiles " in tab.inner_text("#status")
    row = MODEL if name == NAME else zoo.entry(name).model
    variables = {"params": weights if name == NAME else zoo.load(name)[1]}
    batch = images.from_bytes(image)[None]
    sr = np.asarray(jax.jit(row.apply)(variables, batch)[0])
    off = np.abs(canvas(tab, "sr").astype(int) - images.to_bytes(sr))
    assert off.max() <= 1
    assert (off > 0).mean() < 1e-3  # Sums in another order, rounded at the last.
    bicubic = images.to_bytes(imresize(batch[0], row.scale))
    off = np.abs(canvas(tab, "bicubic").astype(int) - bicubic)
    assert off.max() <= 1
    assert (off > 0).mean() < 1e-3
    with tab.expect_download() as download:
        tab.click(".for-done")
    assert download.value.suggested_filename == f"photo_{name}.png"
    saved = iio.imread(download.value.path())[..., :3]
    np.testing.assert_array_equal(saved, canvas(tab, "sr"))


def test_bad_files_are_named_and_the_page_goes_on(tab, lr, tmp_path):
    (tmp_path / "words.png").write_text("no image")
    tab.set_input_files("#file", tmp_path / "words.png")
    assert "“words.png” is not an image" in notice(tab)
    Image.new("1", (13_000, 13_000)).save(tmp_path / "huge.png")
    tab.set_input_files("#file", tmp_path / "huge.png")
    tab.wait_for_selector("text=/huge.png.* 169 megapixels/")
    put(tab, lr[1])
    assert not tab.is_visible("#notice")


def test_models_that_fail_are_named_and_the_page_goes_on(tab, lr):
    tab.select_option("#model", "lost_x4")
    put(tab, lr[1], "stopped")
    assert "models/lost_x4.onnx is missing (404)" in notice(tab)
    tab.select_option("#model", "broken_x4")
    tab.wait_for_selector("text=broken_x4 does not run in this browser")
    tab.select_option("#model", NAME)
    tab.wait_for_selector("[data-state=done]")


def test_page_without_models_says_how_to_build(tab):
    tab.route("**/models.json", lambda route: route.fulfill(status=404))
    tab.reload()
    assert "python -m experiments.serve" in notice(tab)


def test_of_a_large_photo_a_part_is_chosen_and_work_cancelled(tab, tmp_path):
    iio.imwrite(tmp_path / "large.jpg", np.full((2000, 3000, 3), 128, np.uint8))
    put(tab, tmp_path / "large.jpg", "choosing")
    assert "12000" in tab.inner_text("#status")
    tab.click("#preview", position={"x": 5, "y": 5}, force=True)
    assert tab.eval_on_selector("#frame", "frame => [frame.style.left, frame.style.top]") == [
        "0%",
        "0%",
    ]
    tab.click(".for-choosing")
    tab.wait_for_selector("[data-state=working]")
    tab.click(".for-working")
    tab.wait_for_selector("[data-state=stopped]")
    tab.click(".for-part >> visible=true")
    tab.wait_for_selector("[data-state=choosing]")


def test_photo_is_turned_as_its_exif_says_and_transparency_laid_on_white(tab, tmp_path):
    image = photo(40, 60)
    exif = Image.Exif()
    exif[0x0112] = 6  # Turned by a quarter.
    Image.fromarray(image).save(tmp_path / "turned.png", exif=exif)
    put(tab, tmp_path / "turned.png")
    turned = images.to_bytes(imresize(images.from_bytes(np.rot90(image, -1)), 4))
    assert np.abs(canvas(tab, "bicubic").astype(int) - turned).max() <= 1
    alpha = np.zeros((40, 60, 1), np.uint8)
    iio.imwrite(tmp_path / "clear.png", np.concatenate([image, alpha], -1))
    put(tab, tmp_path / "clear.png")
    assert "laid on white" in notice(tab)
    assert (canvas(tab, "bicubic") == 255).all()


def test_what_browsers_leave_out_is_said(tab, tmp_path):
    image = photo(40, 60)
    deep = image[..., 0].astype(np.uint16) << 8 | 0x5A
    iio.imwrite(tmp_path / "deep.png", deep)
    put(tab, tmp_path / "deep.png")
    assert "16 bits a channel; browsers read the upper 8" in notice(tab)
    expected = images.to_bytes(imresize(images.from_bytes(image[..., :1].repeat(3, -1)), 4))
    assert np.abs(canvas(tab, "bicubic").astype(int) - expected).max() <= 1
    frames = [np.full((20, 24, 3), level, np.uint8) for level in (60, 200)]
    iio.imwrite(tmp_path / "moving.gif", frames, duration=40)
    put(tab, tmp_path / "moving.gif")
    assert "Of a GIF, the first frame is taken" in notice(tab)
    assert (canvas(tab, "bicubic") == 60).all()


def test_too_small_a_photo_is_refused_and_another_model_takes_it(tab, tmp_path):
    iio.imwrite(tmp_path / "small.png", photo(20, 9))
    tab.select_option("#model", "large_x4")
    put(tab, tmp_path / "small.png", "empty")
    assert "large_x4 takes 15" in notice(tab)
    tab.select_option("#model", NAME)
    tab.wait_for_selector("[data-state=done]")


def test_any_static_server_will_do(browser, site, lr):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=site)
    with serving(http.server.ThreadingHTTPServer((server.HOST, 0), handler)) as address:
        context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
        tab = context.new_page()
        tab.goto(address)
        tab.wait_for_selector("#model:enabled")
        assert "1 thread, as the server sends no COOP and COEP headers" in tab.inner_text("#status")
        put(tab, lr[1])
        assert "WASM, 1 thread" in tab.inner_text("#status")
        context.close()


def test_divider_and_zoom(tab, lr):
    put(tab, lr[1])
    tab.focus("#split")
    tab.keyboard.press("ArrowRight")
    assert tab.get_attribute("#split", "aria-valuenow") == "52"
    tab.click("text=1:1")
    assert tab.inner_text("#zoom") == "100 %"
    box = tab.locator(".comparison").bounding_box()
    tab.mouse.move(box["x"] + 100, box["y"] + 100)
    tab.mouse.wheel(0, -400)
    assert tab.inner_text("#zoom") == "272 %"  # e, by one notch of 400.
    tab.click("text=Fit")
    tab.mouse.move(*(box["x"] + 0.52 * box["width"], box["y"] + 20))
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 20)
    tab.mouse.up()
    assert tab.get_attribute("#split", "aria-valuenow") == "25"


def test_without_a_halo_the_image_is_one_tile(tab):
    code = """async () => {
      const { tiles } = await import("./tiles.js");
      return tiles(900, 700, { halo: null, alignment: 1 }, 256);
    }"""
    (tile,) = tab.evaluate(code)
    assert tile["x"] == {"from": 0, "to": 900, "start": 0, "length": 900}
    assert tile["y"] == {"from": 0, "to": 700, "start": 0, "length": 700}


HALO = 8
LAW = """async ([size, tile, halo, alignment]) => {
  const { spans } = await import("./tiles.js");
  return spans(size, tile, halo, alignment);
}"""


def test_spans_cover_an_axis_and_its_halo(tab):
    for size, tile, alignment in itertools.product((1, 50, 97), (1, 16, 60), (1, 4)):
        spans = tab.evaluate(LAW, [size, tile, HALO, alignment])
        ends = [span["to"] for span in spans]
        assert [span["from"] for span in spans] == [0, *ends[:-1]] and ends[-1] == size
        for span in spans:
            start, length = span["start"], span["length"]
            assert 0 < span["to"] - span["from"] <= tile
            assert 0 <= start <= max(0, span["from"] - HALO)
            assert min(size, span["to"] + HALO) <= start + length <= size
            assert start % alignment == (size - length) % alignment == 0
            assert length == spans[0]["length"]
