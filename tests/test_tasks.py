import pytest

from srzoo_jax import tasks


@pytest.fixture
def folder(tmp_path):
    for name in ("a.png", "b.jpg", "notes.txt", "inner/c.png"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "in"


def test_a_folder_goes_into_a_folder(folder, tmp_path):
    out = tmp_path / "out"
    assert tasks.tasks([folder], out) == [
        (folder / "a.png", out / "a.png"),
        (folder / "b.jpg", out / "b.png"),
    ]
    assert tasks.tasks([folder], out, recursive=True)[2] == (
        folder / "inner/c.png",
        out / "inner/c.png",
    )


def test_a_file_goes_to_a_file_or_into_a_folder(folder, tmp_path):
    source = folder / "a.png"
    assert tasks.tasks([source], tmp_path / "x.webp") == [(source, tmp_path / "x.webp")]
    assert tasks.tasks([source], tmp_path) == [(source, tmp_path / "a.png")]


def test_without_target_results_lie_beside_their_sources(folder):
    found = tasks.tasks([folder / "b.jpg", folder / "inner"], ending="_x4")
    assert [new for _, new in found] == [folder / "b_x4.png", folder / "inner/c_x4.png"]


def test_patterns(folder, tmp_path):
    assert tasks.tasks([f"{folder}/*.jpg"], tmp_path) == [(folder / "b.jpg", tmp_path / "b.png")]
    assert len(tasks.tasks([f"{folder}/**/*"], tmp_path)) == 3
    with pytest.raises(FileNotFoundError, match=r"no image in .*\*.bmp"):
        tasks.tasks([f"{folder}/*.bmp"], tmp_path)


def test_names_alike_keep_their_suffixes(folder, tmp_path):
    (folder / "b.png").touch()
    out = tmp_path / "out"
    assert [new.name for _, new in tasks.tasks([folder], out)] == [
        "a.png",
        "b.jpg.png",
        "b.png.png",
    ]


def test_nothing_is_written_over_sources_or_twice(folder, tmp_path):
    with pytest.raises(ValueError, match="over its own input"):
        tasks.tasks([folder], folder)
    with pytest.raises(ValueError, match=r"would both be written to .*a.png"):
        tasks.tasks([folder / "a.png", folder / "a.png"], tmp_path)
    with pytest.raises(FileNotFoundError, match="no file or folder"):
        tasks.tasks([folder / "none.png"])
