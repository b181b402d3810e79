"""Killed anywhere and started again, an evaluation ends as one that was not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_data import make_set

ROOT = Path(__file__).parents[1]
# Runs the app once for every line of stdin: a number of file operations, after which it is killed
# in the middle of the next one (0: never). Each run is a fork, so that imports are paid for once.
_RUNS = """
import os, runpy, signal, sys
import matplotlib, tqdm
from srzoo_jax import evaluation, execution, files, progress, records, report  # Fork without.

def run(left, log):
    out = next(flag.removeprefix("--out=") for flag in sys.argv if flag.startswith("--out="))
    known = records.read(f"{out}/results.jsonl")
    print("run", sum(record["status"] == "ok" for record in known), file=log, flush=True)
    write, executor = files.write_atomically, execution.Executor

    def dying(path, content):
        nonlocal left
        left -= 1
        if left == 0:
            content = content.encode() if isinstance(content, str) else content
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(f"{os.path.dirname(path)}/.half", "wb") as file:
                file.write(content[: len(content) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        write(path, content)

    def logging(*arguments, **options):
        restore = executor(*arguments, **options)
        run = restore.__call__
        class Logged(type(restore)):
            def __call__(self, *lr):
                print("image", file=log, flush=True)
                return run(*lr)
        restore.__class__ = Logged
        return restore

    files.write_atomically, execution.Executor = dying, logging
    runpy.run_module("experiments.evaluate", run_name="__main__")

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            run(int(line), open(sys.argv[0], "a"))
        except SystemExit as end:
            code = end.code
        os._exit(code or 0)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), file=sys.__stderr__, flush=True)
"""


@pytest.fixture
def sets(tmp_path):
    make_set(tmp_path / "Tiny", dict.fromkeys("abc", (32, 36)))
    (tmp_path / "Tiny" / "HR" / "broken.png").write_bytes(b"broken")
    return tmp_path


def runs(sets, out, kills):
    """Exit codes; for each run, how many images were finished before, and how many restored."""
    log = sets / f"{out}.log"
    flags = ["--models=bicubic_x2,bicubic_x2+", "--datasets=Tiny", f"--data_dir={sets}"]
    flags += [f"--out={sets / out}", "--time_repeats=0", "--scenes=3", "--metrics=psnr"]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.argv = [{str(log)!r}, *{flags}]\n{_RUNS}"],
        input="\n".join(map(str, kills)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=800,
        env=os.environ
        | {
            "JAX_COMPILATION_CACHE_DIR": str(sets / "cache"),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        },
    )
    codes = [int(line) for line in done.stderr.splitlines() if line.lstrip("-").isdecimal()]
    counts = [
        (int(run.split()[0]), run.count("image")) for run in log.read_text().split("run ")[1:]
    ]
    return codes, counts, done


def content(folder):
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_a_run_killed_many_times_ends_as_one_that_was_not(sets):
    codes, counts, done = runs(sets, "whole", [0])
    assert codes == [3], done.stderr  # Because of the one broken image.
    assert counts == [(0, 6)]  # Three good images, two models.
    records = [json.loads(line) for line in (sets / "whole/results.jsonl").open()]
    assert [record["status"] for record in records].count("error") == 2
    expected = content(sets / "whole")
    assert len(expected) > 20 and "report.html" in expected

    # Within the first file, a crop, another model's crop, the last records, the tables, the page.
    kills = [1, 5, 10, 4, 6, 12, 0, 0]
    codes, counts, done = runs(sets, "killed", kills)
    assert codes == [-9] * 6 + [3, 3], done.stderr
    assert content(sets / "killed") == expected
    assert counts[0][0] == 0 and counts[-1] == (6, 0), counts
    assert all(finished + restored <= 6 for finished, restored in counts), counts
