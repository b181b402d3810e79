import os
import subprocess
import sys

import pytest

from srzoo_jax import memory

SHOW = "import os, sys; from srzoo_jax import memory; memory.ask_for_large_pages();"
SHOW += "print(os.environ.get('GLIBC_TUNABLES'), sys.argv[1:])"


def shown(**environment):
    """What a process has that asks."""
    command = [sys.executable, "-c", SHOW, "--flag=a b"]
    environment = {k: v for k, v in os.environ.items() if k != "GLIBC_TUNABLES"} | environment
    return subprocess.run(command, env=environment, capture_output=True, text=True).stdout.strip()


@pytest.mark.skipif(
    not memory._SETTING.exists() or "[madvise]" not in memory._SETTING.read_text(),
    reason="needs Linux that gives large pages on demand",
)
def test_a_process_starts_again_with_large_pages_unless_told_otherwise():
    assert shown() == "glibc.malloc.hugetlb=1 ['--flag=a b']"
    assert shown(GLIBC_TUNABLES="glibc.malloc.check=0").startswith(
        "glibc.malloc.check=0:glibc.malloc.hugetlb=1 "
    )
    assert shown(GLIBC_TUNABLES="glibc.malloc.hugetlb=0").startswith("glibc.malloc.hugetlb=0 ")


@pytest.mark.parametrize("setting", ["[always] madvise never", "always madvise [never]", None])
def test_elsewhere_nothing_starts_again(monkeypatch, tmp_path, setting):
    file = tmp_path / "enabled"
    if setting:
        file.write_text(setting)
    monkeypatch.setattr(memory, "_SETTING", file)
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    monkeypatch.setattr(os, "execv", lambda *_: pytest.fail("started again"))
    memory.ask_for_large_pages()
    assert "GLIBC_TUNABLES" not in os.environ
