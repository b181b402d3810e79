import io
import tarfile

import pytest

from srzoo_jax.browser import runtime

CONTENT = {name: name.encode() for name in runtime.FILES}


def pack(path, content=CONTENT):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The user's cache folder, empty, of a machine without npm."""
    monkeypatch.setattr(runtime.platformdirs, "user_cache_path", lambda *_, **__: tmp_path)
    monkeypatch.setattr(runtime.shutil, "which", lambda _: None)
    return tmp_path


def test_a_tarball_and_a_folder_give_the_same(tmp_path):
    pack(tmp_path / "package.tgz")
    assert runtime.read(tmp_path / "package.tgz") == CONTENT
    for folder in (tmp_path / "dist", tmp_path / "unpacked" / "package" / "dist"):
        folder.mkdir(parents=True)
        for name, data in CONTENT.items():
            (folder / name).write_bytes(data)
    for folder in (tmp_path, tmp_path / "dist", tmp_path / "unpacked"):
        assert runtime.read(folder) == CONTENT


def test_what_is_not_the_package_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="npm pack onnxruntime-web@"):
        runtime.read(tmp_path / "nowhere.tgz")
    (tmp_path / "words.tgz").write_text("no tarball")
    with pytest.raises(ValueError, match="neither a folder nor a tarball"):
        runtime.read(tmp_path / "words.tgz")
    pack(tmp_path / "half.tgz", {runtime.FILES[0]: b""})
    with pytest.raises(ValueError, match="has no " + runtime.FILES[1]):
        runtime.read(tmp_path / "half.tgz")


def test_without_npm_it_is_said_what_to_do(cache):
    with pytest.raises(FileNotFoundError, match=r"there is no npm.*--runtime="):
        runtime.read()


def test_a_damaged_cache_is_refused(cache):
    pack(cache / f"{runtime.PACKAGE}-{runtime.VERSION}.tgz")
    with pytest.raises(ValueError, match="another content: expected sha256"):
        runtime.read()
