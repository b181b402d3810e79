"""Official super-resolution models of the literature as pure JAX functions.

>>> restore, params = srzoo_jax.load("imdn_x4")
>>> sr = restore(params, lr)  # float32 RGB [B, H, W, 3] in [0, 1] -> [B, 4H, 4W, 3]
"""

import importlib

__version__ = "0.1.0"

# Public name -> where it lives. Imported at first use: JAX takes over a second to import.
_PUBLIC = {
    "CATALOGUE": "catalogue",
    "METRICS": "metrics",
    "Metric": "metrics",
    "PROTOCOLS": "protocols",
    "Protocol": "protocols",
    "clipped": "restorers",
    "composed": "protocols",
    "features": "intermediates",
    "imresize": "resize",
    "load": "zoo",
    "psnr": "metrics",
    "quantized": "restorers",
    "read_image": "files",
    "score": "protocols",
    "self_ensemble": "restorers",
    "ssim": "metrics",
    "write_image": "files",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str):
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
