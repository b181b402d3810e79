"""Mutated checkpoints read in a process of their own: `python -m tests.robustness.fuzz`."""

import collections
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from srzoo_jax import params
from srzoo_jax.porting import checkpoints
from srzoo_jax.porting.pickles import UnsafeCheckpointError
from tests.robustness import guard, mutations
from tests.robustness.seeds import Seed, seeds


def read(path: Path):
    """Reads a file as the package does."""
    if path.suffix == ".safetensors":
        return params.load(path)
    return checkpoints.read(path)


def outcome(seed: Seed, number: int, splice: bytes, folder: Path) -> str:
    """Reads one mutated file: "read", "refused", or what went wrong."""
    names = list(seed.files)
    victim = names[number % len(names)]
    kind, data = mutations.mutated(number, seed.files[victim], splice)
    for name, content in seed.files.items():
        (folder / name).write_bytes(data if name == victim else content)
    size = sum((folder / name).stat().st_size for name in names)
    try:
        with guard.guarded(size):
            read(folder / names[0])
    except (UnsafeCheckpointError, FileNotFoundError):
        return "refused"
    except ValueError as error:
        typed = names[0].endswith(".safetensors") and type(error) is ValueError
        return "refused" if typed else f"{kind}: {error!r}"
    except (Exception, guard.Hang) as error:
        return f"{kind}: {error!r}"
    return "read"


def main(first: int, last: int) -> None:
    """Prints, as JSON, how often each container had each outcome; the number before each try."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        all_ = seeds(folder)
        for seed in all_:  # Whatever is imported late is imported now.
            for name, content in seed.files.items():
                (folder / name).write_bytes(content)
            read(folder / next(iter(seed.files)))
        guard.install()
        counts: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
        for number in range(first, last):
            seed, splice = all_[number % len(all_)], all_[number // 7 % len(all_)]
            print(number, file=sys.stderr, flush=True)
            found = outcome(seed, number // len(all_), next(iter(splice.files.values())), folder)
            counts[seed.name][found] += 1
        print(json.dumps(counts))


def run(files: int, first: int = 0, chunk: int = 10_000) -> dict[str, collections.Counter]:
    """Reads so many mutated files, in processes of `chunk`; a crash counts and does not stop it."""
    counts: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    ranges = [
        (start, min(start + chunk, first + files)) for start in range(first, first + files, chunk)
    ]
    while ranges:
        start, end = ranges.pop()
        command = [sys.executable, "-m", "tests.robustness.fuzz", str(start), str(end)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            for name, outcomes in json.loads(done.stdout).items():
                counts[name].update(outcomes)
            continue
        last = done.stderr.strip().splitlines()[-1]
        if not last.isdigit():
            raise RuntimeError(done.stderr)
        counts["crashed the process"][f"file {last}: exit {done.returncode}"] += 1
        ranges += [(a, b) for a, b in ((start, int(last)), (int(last) + 1, end)) if a < b]
    return counts


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
