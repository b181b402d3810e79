"""Metrics of image batches, one file a metric; pure and jittable."""

from srzoo_jax.metrics.ms_ssim import ms_ssim
from srzoo_jax.metrics.niqe import niqe, niqe_srzoo
from srzoo_jax.metrics.psnr import psnr
from srzoo_jax.metrics.ssim import ssim, ssim_matlab

__all__ = ["ms_ssim", "niqe", "niqe_srzoo", "psnr", "ssim", "ssim_matlab"]
