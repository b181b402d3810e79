"""Writes a model as a file for another runtime: StableHLO, ONNX, LiteRT."""

from absl import flags

from experiments import app

_MODEL = flags.DEFINE_string("model", None, "Of the catalogue; + behind it: self-ensemble.")
_FORMAT = flags.DEFINE_string("format", "onnx", "stablehlo, onnx, litert.")
_OUTPUT = flags.DEFINE_string("output", None, "The file; or a folder, for a name by model.")
_SIZE = flags.DEFINE_string("size", None, "Of litert: HEIGHTxWIDTH of the one size it is for.")
_WEIGHTS = flags.DEFINE_string("weights", None, "Of onnx: stored as float32, float16, int8.")
flags.mark_flags_as_required(["model", "output"])


def main() -> None:
    """Prints what the file says of itself."""
    from pathlib import Path

    from srzoo_jax import export, files
    from srzoo_jax.export import metadata

    options = {"size": _size(), "weights": _WEIGHTS.value}
    options = {name: value for name, value in options.items() if value is not None}
    content = export.exported(_MODEL.value, _FORMAT.value, **options)
    path = Path(_OUTPUT.value)
    if path.is_dir():
        path /= _MODEL.value + export.FORMATS[_FORMAT.value].suffix
    files.write_atomically(path, content)
    for key, value in metadata.describe(_MODEL.value).items():
        print(f"{key}: {value}")
    print(f"written to {path} ({len(content) / 1e6:.1f} MB)")


def _size() -> tuple[int, int] | None:
    if _SIZE.value is None:
        return None
    try:
        height, width = map(int, _SIZE.value.split("x"))
    except ValueError:
        raise ValueError(f"--size={_SIZE.value}: expected HEIGHTxWIDTH, as 64x64") from None
    return height, width


if __name__ == "__main__":
    app.run(main)
