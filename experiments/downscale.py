"""Makes the LR image of a photograph, or of every image of a folder, by a named kernel."""

from absl import flags

from experiments import app

_KERNEL = flags.DEFINE_string(
    "kernel",
    "matlab_bicubic",
    "matlab_bicubic, matlab_bicubic_aliased, pil_bicubic, cv2_cubic, tf_bicubic,"
    " tf_bicubic_corners or area.",
)
_SCALE = flags.DEFINE_integer("scale", None, "By how much.", lower_bound=2)
_INPUT = flags.DEFINE_string("input", None, "An image, or a folder of images.")
_OUTPUT = flags.DEFINE_string("output", None, "The LR image, or a folder of them.")
flags.mark_flags_as_required(["scale", "input", "output"])


def main() -> int:
    """Images are cropped to a multiple of the scale first. One bad image does not stop others."""
    from pathlib import Path

    import tqdm

    from srzoo_jax import downscale, files

    kernel = downscale.named(_KERNEL.value)
    source = Path(_INPUT.value)
    tasks = files.tasks(source, Path(_OUTPUT.value))
    failures = 0
    for old, new in tqdm.tqdm(tasks, unit="image", disable=None):
        try:
            lr = downscale.downscale(files.read_image(old), _SCALE.value, kernel)
            files.write_image(new, lr)
        except (ValueError, OSError, MemoryError) as error:
            if not source.is_dir():
                raise
            failures += 1
            tqdm.tqdm.write(f"{old}: error: {error}")
            continue
        tqdm.tqdm.write(f"{old} -> {new} ({lr.shape[1]} x {lr.shape[0]})")
    return app.INCOMPLETE if failures else 0


if __name__ == "__main__":
    app.run(main)
