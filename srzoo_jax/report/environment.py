"""What figures depend on besides model and protocol."""

import os
import platform
from pathlib import Path

import jax

import srzoo_jax
from srzoo_jax import determinism


def environment() -> dict[str, str]:
    """Versions, device and precision."""
    import flax
    import numpy as np

    device = jax.devices()[0]
    return {
        "srzoo_jax": srzoo_jax.__version__,
        "jax": jax.__version__,
        "flax": flax.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": f"{os.cpu_count()} x {_processor()}",
        "device": f"{device.platform}: {device.device_kind}",
        "precision": "float32",
        "deterministic": _deterministic(device),
    }


def _deterministic(device: jax.Device) -> str:
    """Whether every run gives the same bits."""
    return "yes" if determinism.asked() or device.platform == "cpu" else "not asked for"


def _processor() -> str:
    """What the processor calls itself, if the system tells."""
    table = Path("/proc/cpuinfo")
    lines = table.read_text().splitlines() if table.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
