"""Makes the LR image of a photograph, or of every image of a folder, by a named kernel."""

from absl import flags

from experiments import app

_KERNEL = flags.DEFINE_string(
    "kernel",
    "matlab_bicubic",
    "matlab_bicubic, matlab_bicubic_replicate, matlab_bicubic_aliased, pil_bicubic, cv2_cubic,"
    " tf_bicubic, tf_bicubic_corners or area.",
)
_SCALE = flags.DEFINE_integer("scale", None, "By how much.", lower_bound=2)
_INPUT = flags.DEFINE_string("input", None, "An image, or a folder of images.")
_OUTPUT = flags.DEFINE_string("output", None, "The LR image, or a folder of them.")
flags.mark_flags_as_required(["scale", "input", "output"])


def main() -> int:
    """Images are cropped to a multiple of the scale first. One bad image does not stop others."""
    from srzoo_jax import downscale, files, tasks

    kernel = downscale.named(_KERNEL.value)

    def step(old, new) -> str:
        lr = downscale.downscale(files.read_image(old), _SCALE.value, kernel)
        files.write_image(new, lr)
        return f"{lr.shape[1]} x {lr.shape[0]}"

    return app.each(tasks.tasks([_INPUT.value], _OUTPUT.value), step)


if __name__ == "__main__":
    app.run(main)
