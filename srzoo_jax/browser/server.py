"""A static server for one machine, with the headers that threads of WebAssembly need."""

import functools
import http.server
import os

HOST = "127.0.0.1"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files, silently."""

    extensions_map = {  # noqa: RUF012 - as the base class has it
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",  # A browser runs no module of another type.
        ".js": "text/javascript",
        ".wasm": "application/wasm",
    }

    def end_headers(self):
        """Adds what makes a page `crossOriginIsolated`: it may share memory between threads."""
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.send_header("Cache-Control", "no-cache")  # A page built again is seen at once.
        super().end_headers()

    def log_message(self, *_):
        """Says nothing."""


def server(folder: str | os.PathLike, port: int = 0) -> http.server.ThreadingHTTPServer:
    """Returns a server of a folder on localhost; `serve_forever` runs it.

    Args:
        folder: What to serve.
        port: 0: any free one; which, `server_port` says.

    Raises:
        OSError: The port is taken.
    """
    handler = functools.partial(Handler, directory=os.fspath(folder))
    try:
        return http.server.ThreadingHTTPServer((HOST, port), handler)
    except OSError as error:
        raise OSError(f"cannot serve on {HOST}:{port} ({error.strerror}); try --port=0") from error
