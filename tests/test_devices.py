import os
import subprocess
import sys
from pathlib import Path

import pytest

from srzoo_jax import devices

ROOT = Path(__file__).parents[1]
CODE = """
import jax, numpy as np, pytest
from srzoo_jax import costs, devices, zoo
from srzoo_jax.catalogue import Entry
from srzoo_jax.models.convolution import shortcuts
from srzoo_jax.models.edsr import EDSR
from srzoo_jax.models.rcan import RCAN

assert jax.device_count() == 4
image = np.random.default_rng(0).random((4, 32, 20, 3), np.float32)
# RCAN sums over the image, in parts.
for model, tolerance in ((EDSR(2, 8, 2), 0), (RCAN(2, 16, 1, 1), 1e-6)):
    row = Entry("small", model)
    params, restore = costs.random_params(row), zoo.restorer(row)
    with shortcuts(False):
        alone = np.asarray(jax.jit(restore)(params, image))
    for axis in ("batch", "height"):
        sr = devices.sharded(restore, axis)(params, image)
        assert len(sr.sharding.device_set) == 4
        shard = sr.addressable_shards[0].data.shape
        assert shard == ((1, 64, 40, 3) if axis == "batch" else (4, 16, 40, 3))
        assert np.abs(np.asarray(sr) - alone).max() <= tolerance * alone.std()
    pixels = np.uint8(255 * image[0, :30])
    with shortcuts(False):
        alone = np.asarray(jax.jit(restore)(params, np.float32(pixels[None]) / 255))[0]
    for part, expected in ((pixels, alone), (pixels[:28], None)):
        sr = devices.split(restore, params)(part)
        assert sr.shape == (2 * len(part), 40, 3)
        # Of its values, which float32 holds to 6e-8 and which vary little here.
        assert expected is None or np.abs(sr - expected).max() <= tolerance * expected.max()
with pytest.raises(ValueError, match="height of 30 does not divide by 4"):
    devices.sharded(restore, "height")(params, image[:, :30])
"""


def test_four_devices_equal_one():
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--xla_force_host_platform_device_count=4",
    }
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_an_unknown_axis_is_refused():
    with pytest.raises(ValueError, match="batch, height"):
        devices.sharded(lambda params, image: image, "width")
