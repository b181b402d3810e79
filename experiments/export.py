"""Writes a model as a file for another runtime: StableHLO, ONNX."""

from absl import flags

from experiments import app

_MODEL = flags.DEFINE_string("model", None, "Of the catalogue; + behind it: self-ensemble.")
_FORMAT = flags.DEFINE_string("format", "onnx", "stablehlo, onnx.")
_OUTPUT = flags.DEFINE_string("output", None, "The file; or a folder, for a name by model.")
flags.mark_flags_as_required(["model", "output"])


def main() -> None:
    """Prints what the file says of itself."""
    from pathlib import Path

    from srzoo_jax import export, files
    from srzoo_jax.export import metadata

    content = export.exported(_MODEL.value, _FORMAT.value)
    path = Path(_OUTPUT.value)
    if path.is_dir():
        path /= _MODEL.value + export.FORMATS[_FORMAT.value].suffix
    files.write_atomically(path, content)
    for key, value in metadata.describe(_MODEL.value).items():
        print(f"{key}: {value}")
    print(f"written to {path} ({len(content) / 1e6:.1f} MB)")


if __name__ == "__main__":
    app.run(main)
