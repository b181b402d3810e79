"""Restores a photograph, or every image of a folder."""

from absl import flags

from experiments import app

_MODEL = flags.DEFINE_string("model", None, "Of the catalogue; + behind it: self-ensemble.")
_INPUT = flags.DEFINE_string("input", None, "An image, or a folder of images.")
_OUTPUT = flags.DEFINE_string("output", None, "The restored image, or a folder of them.")
flags.mark_flags_as_required(["model", "input", "output"])


def main() -> int:
    """One bad image of a folder does not stop the others."""
    from pathlib import Path

    import tqdm

    from srzoo_jax import execution, files, restorers, zoo
    from srzoo_jax import image as images

    source, target = Path(_INPUT.value), Path(_OUTPUT.value)
    tasks = files.tasks(source, target)
    restore, params = zoo.load(_MODEL.value)
    run = execution.executor(restorers.quantized(restore), params)
    failures = 0
    for old, new in tqdm.tqdm(tasks, unit="image", disable=None):
        try:
            sr, seconds = run(files.read_image(old))
            files.write_image(new, images.to_bytes(sr[0]))
        except (ValueError, OSError, ArithmeticError, RuntimeError, MemoryError) as error:
            if len(tasks) == 1 and not source.is_dir():
                raise
            failures += 1
            tqdm.tqdm.write(f"{old}: error: {error}")
            continue
        height, width = sr.shape[1:3]
        tqdm.tqdm.write(f"{old} -> {new} ({width} x {height}, {seconds:.2f} s)")
    return app.INCOMPLETE if failures else 0


if __name__ == "__main__":
    app.run(main)
