"""A server that misbehaves, and downloads from it that are killed."""

import hashlib
import http.server
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

from srzoo_jax import download

CONTENT = random.Random(0).randbytes(1 << 20)
FAULTS = ("cut", "altered", "longer", "error", "silent end")


class _Handler(http.server.BaseHTTPRequestHandler):
    """Serves `CONTENT` at any path; a path that is a fault's name has that fault."""

    def do_GET(self):
        fault = self.path.strip("/").replace("-", " ")
        content = CONTENT
        if fault == "error":
            self.send_error(503)
            return
        if fault == "altered":
            content = content[:-1] + bytes([content[-1] ^ 1])
        if fault == "longer":
            content += b"more"
        self.send_response(200)
        if fault != "silent end":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        content = content[: len(content) // 2] if fault in ("cut", "silent end") else content
        for start in range(0, len(content), 1 << 16):
            try:
                self.wfile.write(content[start : start + (1 << 16)])
            except OSError:
                return
            time.sleep(0.005 * (fault == "slow"))

    def log_message(self, *args):
        pass


def serve() -> tuple[http.server.ThreadingHTTPServer, str]:
    """Starts the server on this machine alone; returns it and its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


def refused(address: str, folder: Path, fault: str) -> str:
    """Downloads what is not as it should be; returns the message.

    Raises:
        AssertionError: It was taken, or something was left.
    """
    folder.mkdir(exist_ok=True)
    try:
        download.fetch(
            f"{address}/{fault.replace(' ', '-')}",
            folder / "file",
            sha256=hashlib.sha256(CONTENT).hexdigest(),
        )
    except (ValueError, FileNotFoundError) as error:
        assert not list(folder.iterdir()), f"{fault}: something was left"
        return f"{type(error).__name__}: {error}".replace(address, "http://...")
    raise AssertionError(f"{fault}: taken")


def killed(address: str, folder: Path, kills: int) -> int:
    """Kills (-9) a download at random moments; returns how often it was really under way.

    Raises:
        AssertionError: What lay in the cache was not the whole file.
    """
    digest = hashlib.sha256(CONTENT).hexdigest()
    code = (
        "import sys\nfrom srzoo_jax import download\nprint('ready', flush=True)\n"
        "download.fetch(sys.argv[1], sys.argv[2], sha256=sys.argv[3])\n"
    )
    struck, rng = 0, random.Random(0)
    for number in range(kills):
        target = folder / str(number) / "file"
        command = [sys.executable, "-c", code, f"{address}/slow", str(target), digest]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        process.stdout.readline()
        try:
            process.wait(rng.uniform(0, 0.15))
        except subprocess.TimeoutExpired:
            struck += 1
        process.kill()
        process.wait()
        visible = [path for path in target.parent.glob("*") if not path.name.startswith(".")]
        assert visible in ([], [target])
        assert not visible or target.read_bytes() == CONTENT
    return struck
