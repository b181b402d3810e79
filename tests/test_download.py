import hashlib
import os

import pytest

from srzoo_jax import download
from tests.robustness import downloads

SHA256 = hashlib.sha256(downloads.CONTENT).hexdigest()


@pytest.fixture(scope="module")
def address():
    server, address = downloads.serve()
    yield address
    server.shutdown()


@pytest.mark.parametrize("sha256", ["", SHA256[:8], SHA256])
def test_what_arrives_whole_is_kept(address, tmp_path, sha256):
    path = tmp_path / "cache" / "file"
    assert download.fetch(f"{address}/good", path, sha256=sha256, size=1 << 20) == path
    assert path.read_bytes() == downloads.CONTENT
    assert os.listdir(path.parent) == ["file"]


@pytest.mark.parametrize("fault", downloads.FAULTS)
def test_of_what_arrives_otherwise_nothing_is_kept(address, tmp_path, fault):
    message = downloads.refused(address, tmp_path, fault)
    assert fault.replace(" ", "-") in message


def test_another_size_is_refused_before_it_arrives(address, tmp_path, monkeypatch):
    def arrived(*_):
        raise AssertionError("arrived")

    monkeypatch.setattr(download, "_check", arrived)
    with pytest.raises(ValueError, match="expected 5 bytes, it announces 1048576"):
        download.fetch(f"{address}/good", tmp_path / "file", size=5)
    assert not os.listdir(tmp_path)


def test_another_size_that_is_not_announced_is_refused(address, tmp_path):
    with pytest.raises(ValueError, match="expected 5 bytes, sha256 unknown; got 524288 bytes"):
        download.fetch(f"{address}/silent-end", tmp_path / "file", size=5)
    assert not os.listdir(tmp_path)


def test_what_is_there_is_not_fetched_again(tmp_path):
    (tmp_path / "file").write_text("here")
    assert download.fetch("https://nowhere.invalid/", tmp_path / "file").read_text() == "here"


def test_plain_http_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no address of https"):
        download.fetch("http://example.org/file", tmp_path / "file")


def test_killed_downloads_leave_all_or_nothing(address, tmp_path):
    assert downloads.killed(address, tmp_path, 3) > 0
