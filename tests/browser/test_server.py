import urllib.request

import pytest

from srzoo_jax.browser import server
from tests.browser.conftest import serving


def test_headers_let_a_page_share_memory_and_run_modules(tmp_path):
    (tmp_path / "module.mjs").write_text("")
    with (
        serving(server.server(tmp_path)) as address,
        urllib.request.urlopen(f"{address}module.mjs") as answer,
    ):
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
        assert answer.headers["Content-Type"] == "text/javascript"


def test_a_taken_port_is_named(tmp_path):
    with (
        server.server(tmp_path) as running,
        pytest.raises(OSError, match=f"{running.server_port}.*--port=0"),
    ):
        server.server(tmp_path, running.server_port)
