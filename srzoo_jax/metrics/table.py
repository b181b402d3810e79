"""The metrics as rows."""

from srzoo_jax.metrics.fsim import fsimc
from srzoo_jax.metrics.gmsd import gmsd
from srzoo_jax.metrics.lr_psnr import lr_psnr
from srzoo_jax.metrics.maps import decibel
from srzoo_jax.metrics.metric import Local, Metric
from srzoo_jax.metrics.ms_ssim import ms_ssim
from srzoo_jax.metrics.niqe import niqe, niqe_srzoo
from srzoo_jax.metrics.psnr import psnr, squared_error
from srzoo_jax.metrics.psnr_b import psnr_b
from srzoo_jax.metrics.sam import sam
from srzoo_jax.metrics.ssim import similarity, ssim, ssim_matlab, ssim_skimage
from srzoo_jax.metrics.ssim_tf import ssim_tf
from srzoo_jax.metrics.vifp import vifp

_WANG = "Wang, Bovik, Sheikh and Simoncelli, IEEE TIP 2004"
_PAIR = ("sr", "hr", "peak")


def _as_it_is(mean):
    return mean


_SIMILARITY = Local(similarity, _as_it_is)

_ENTRIES = (
    Metric(
        "psnr",
        psnr,
        "PSNR{}",
        "higher",
        "10 log10(peak^2 / mean squared error)",
        unit="dB",
        digits=3,
        takes=_PAIR,
        local=Local(squared_error, decibel),
    ),
    Metric(
        "ssim",
        ssim,
        "SSIM",
        "higher",
        f"{_WANG}; its ssim_index.m",
        takes=_PAIR,
        local=_SIMILARITY,
    ),
    Metric(
        "ssim_y8",
        ssim,
        "SSIM (Y8)",
        "higher",
        f"{_WANG}; ssim_index.m of MATLAB's rgb2ycbcr of uint8",
        takes=("sr_y8", "hr_y8", "peak"),
        local=_SIMILARITY,
    ),
    Metric(
        "ssim_matlab",
        ssim_matlab,
        "SSIM (MATLAB)",
        "higher",
        "ssim of MATLAB's Image Processing Toolbox",
        takes=_PAIR,
    ),
    Metric(
        "ssim_tf",
        ssim_tf,
        "SSIM (TF)",
        "higher",
        "tf.image.ssim of TensorFlow, in float32; SRZoo's evaluate_sr.py",
        takes=_PAIR,
    ),
    Metric(
        "ssim_skimage",
        ssim_skimage,
        "SSIM (7x7)",
        "higher",
        "skimage.metrics.structural_similarity, its defaults",
        takes=_PAIR,
    ),
    Metric(
        "ms_ssim",
        ms_ssim,
        "MS-SSIM",
        "higher",
        "Wang, Simoncelli and Bovik, Asilomar 2003; msssim.m",
        takes=_PAIR,
    ),
    Metric("gmsd", gmsd, "GMSD", "lower", "Xue, Zhang, Mou and Bovik, IEEE TIP 2014; GMSD.m"),
    Metric(
        "fsimc",
        fsimc,
        "FSIMc",
        "higher",
        "Zhang, Zhang, Mou and Zhang, IEEE TIP 2011; FeatureSIM.m",
        undefined="one of the images is constant",
        takes=("sr_rgb", "hr_rgb"),
    ),
    Metric(
        "vifp",
        vifp,
        "VIFp",
        "higher",
        "Sheikh and Bovik, IEEE TIP 2006; vifp_mscale.m",
        undefined="the reference is constant",
    ),
    Metric(
        "sam",
        sam,
        "SAM",
        "lower",
        "Yuhas, Goetz and Boardman, JPL workshop 1992",
        unit="degrees",
        digits=3,
        undefined="no pixel has a colour in both images: all are black in one",
        takes=("sr_rgb", "hr_rgb"),
    ),
    Metric(
        "psnr_b",
        psnr_b,
        "PSNR-B",
        "higher",
        "Yim and Bovik, IEEE TIP 2011",
        unit="dB",
        digits=3,
        takes=("sr_whole", "hr_whole", "peak"),
    ),
    Metric(
        "lr_psnr",
        lr_psnr,
        "LR-PSNR",
        "higher",
        "Lugmayr et al., NTIRE 2021, CVPRW 2021",
        unit="dB",
        digits=3,
        takes=("sr_rgb_whole", "lr", "scale"),
    ),
    Metric(
        "niqe",
        niqe,
        "NIQE",
        "lower",
        "Mittal, Soundararajan and Bovik, IEEE SPL 2013; computequality.m",
        digits=3,
        undefined="fewer than two blocks of 96 x 96 pixels vary to both sides of local means",
        takes=("sr", "pristine"),
    ),
    Metric(
        "niqe_srzoo",
        niqe_srzoo,
        "NIQE of SRZoo",
        "lower",
        "Choi et al., SRZoo, ICASSP 2020; its evaluators/niqe.py",
        digits=3,
        undefined="a block of 96 x 96 pixels has no values on one side of its local means",
        takes=("sr", "pristine"),
    ),
)
METRICS: dict[str, Metric] = {entry.name: entry for entry in _ENTRIES}
