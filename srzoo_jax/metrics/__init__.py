"""Metrics of image batches, one file a metric, pure and jittable; `METRICS` are their rows."""

from srzoo_jax.metrics.fsim import fsimc
from srzoo_jax.metrics.gmsd import gmsd
from srzoo_jax.metrics.lr_psnr import lr_psnr
from srzoo_jax.metrics.metric import INPUTS, Metric
from srzoo_jax.metrics.ms_ssim import ms_ssim
from srzoo_jax.metrics.niqe import niqe, niqe_srzoo
from srzoo_jax.metrics.psnr import psnr
from srzoo_jax.metrics.psnr_b import psnr_b
from srzoo_jax.metrics.sam import sam
from srzoo_jax.metrics.ssim import ssim, ssim_matlab, ssim_skimage
from srzoo_jax.metrics.ssim_tf import ssim_tf
from srzoo_jax.metrics.table import METRICS
from srzoo_jax.metrics.vifp import vifp

__all__ = [
    "INPUTS",
    "METRICS",
    "Metric",
    "fsimc",
    "gmsd",
    "lr_psnr",
    "ms_ssim",
    "niqe",
    "niqe_srzoo",
    "psnr",
    "psnr_b",
    "sam",
    "ssim",
    "ssim_matlab",
    "ssim_skimage",
    "ssim_tf",
    "vifp",
]
