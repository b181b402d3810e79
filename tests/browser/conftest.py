"""A built page, a server of it, and a real browser; tests skip where one of them is missing."""

import contextlib
import dataclasses
import shutil
import threading

import jax
import numpy as np
import pytest

from srzoo_jax import params
from srzoo_jax.browser import page, runtime, server
from srzoo_jax.catalogue import written
from srzoo_jax.models.edsr import EDSR

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
NAME = "tiny_x4"
MODEL = EDSR(4, features=8, blocks=2)


@contextlib.contextmanager
def serving(running):
    """Runs a server; gives its address."""
    with running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://{server.HOST}:{running.server_port}/"
        running.shutdown()


@pytest.fixture(scope="session")
def weights():
    """Random parameters of `MODEL`."""
    rng = np.random.default_rng(0)
    image = jax.ShapeDtypeStruct((1, 16, 16, 3), np.float32)
    tree = jax.eval_shape(MODEL.init, jax.random.key(0), image)["params"]
    return jax.tree.map(
        lambda leaf: (rng.normal(size=leaf.shape) / np.prod(leaf.shape[:-1]) ** 0.5).astype("f"),
        tree,
    )


@pytest.fixture(scope="session")
def site(tmp_path_factory, weights):
    """The folder of a page: `tiny_x4`, embedded ones, and some for complaints.

    One model's file is lost, one's is none, one takes photos of 15 pixels and more.
    """
    pytest.importorskip("onnx", reason="needs onnx, of the extra onnx")
    try:
        files = runtime.read()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("site")
    about = {"hyper_parameters": written.write(MODEL), "source": "random", "licence": "none"}
    params.save(folder / "ported" / f"{NAME}.safetensors", weights, about)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(params.ENVIRONMENT, str(folder / "ported"))
        tiny = page.model(NAME)
    lost = dataclasses.replace(tiny, name="lost_x4")
    broken = dataclasses.replace(tiny, name="broken_x4", onnx=b"not a model")
    large = dataclasses.replace(tiny, name="large_x4", min_side=15)
    page.build(folder, [tiny, *map(page.model, page.embedded()), lost, broken, large], files)
    (folder / "models" / "lost_x4.onnx").unlink()
    return folder


@pytest.fixture(scope="session")
def address(site):
    """Where `site` is served."""
    with serving(server.server(site)) as found:
        yield found


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium."""
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra test")
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.skip(f"needs a browser; none of {', '.join(CHROMIUM)} is installed")
    with api.sync_playwright() as driver:
        # As root, Chromium does not start with its sandbox.
        running = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def tab(browser, address):
    """A fresh tab with the page, ready. Whatever is done in it, nothing is asked of others."""
    with contextlib.closing(browser.new_context()) as context:
        tab, asked = context.new_page(), []
        context.on("request", lambda request: asked.append(request.url))
        tab.set_default_timeout(120_000)  # Other tests run beside this one.
        tab.goto(address)
        tab.wait_for_selector("#model:enabled")
        yield tab
        assert asked
        assert [url for url in asked if not url.startswith((address, "blob:", "data:"))] == []
