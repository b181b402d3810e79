"""Restorers for other runtimes: files that need no code of the models.

>>> path.write_bytes(export.onnx_model("imdn_x4"))  # Run it with any ONNX runtime.
>>> path.write_bytes(export.exported("imdn_x4", "stablehlo"))
>>> restore, params = export.load(path)  # Of StableHLO, in a process without the models.
"""

import importlib

# Public name -> where it lives. Imported at first use: `load` needs none of the models.
_PUBLIC = {
    "FORMATS": "formats",
    "exported": "formats",
    "load": "stablehlo",
    "onnx_model": "formats",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str):
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
