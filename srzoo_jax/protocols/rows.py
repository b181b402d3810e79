"""The protocols as rows: SRZoo's Table 1, and what else is common.

One more is one row here; or one of your own, passed to `score` and `evaluate`.
"""

from srzoo_jax.protocols.protocol import Protocol

_ENTRIES = (
    Protocol(
        "srzoo",
        "Choi et al., SRZoo, ICASSP 2020, Table 2, and its evaluate_sr.py; whose SSIM, ssim_tf, is"
        " this one but for rounding errors of float32",
        colour="bt601_studio_luma",
        sr_rounding="8bit",
        shave_per_scale=1,
    ),
    Protocol(
        "edsr",
        "Lim et al., EDSR, CVPRW 2017, limbee/NTIRE2017 demo/evaluation.m: rgb2ycbcr of uint8,"
        " MATLAB's psnr and ssim; grey images there without conversion",
        colour="bt601_studio_luma",
        sr_rounding="8bit",
        y_rounding="8bit",
        shave_per_scale=1,
        metrics=("psnr", "ssim_matlab"),
    ),
    Protocol(
        "edsr_div2k",
        "the same, for DIV2K; also calc_psnr of sanghyun-son/EDSR-PyTorch src/utility.py. MATLAB's"
        " ssim, which takes RGB for a volume, is left out",
        colour="rgb",
        sr_rounding="8bit",
        shave_per_scale=1,
        shave_pixels=6,
        metrics=("psnr",),
    ),
    Protocol(
        "rcan",
        "Zhang et al., RCAN, ECCV 2018, yulunzhang/RCAN Evaluate_PSNR_SSIM.m: rgb2ycbcr of"
        " im2double, hence unrounded, and Wang's ssim_index; grey images there without conversion",
        colour="bt601_studio_luma",
        sr_rounding="8bit",
        shave_per_scale=1,
    ),
    Protocol(
        "esrgan",
        "Wang et al., ESRGAN, ECCVW 2018, evaluated by BasicSR: psnr_ssim.py with test_y_channel",
        colour="bt601_studio_luma",
        sr_rounding="8bit",
        shave_per_scale=1,
    ),
    Protocol(
        "carn",
        "Ahn et al., CARN, ECCV 2018: luma in floating point by SRZoo's Table 1; SR cut down to"
        " bytes by save_image of nmhkahn/CARN-pytorch carn/sample.py",
        colour="bt601_studio_luma",
        sr_rounding="truncated",
        shave_per_scale=1,
    ),
    Protocol(
        "carn_matlab",
        "the figures that CARN's paper prints: their SSIM fits luma of MATLAB's rgb2ycbcr of uint8",
        colour="bt601_studio_luma",
        sr_rounding="8bit",
        y_rounding="8bit",
        shave_per_scale=1,
    ),
    Protocol(
        "basicsr_rgb",
        "XPixelGroup/BasicSR psnr_ssim.py without test_y_channel, crop_border = scale",
        colour="rgb",
        sr_rounding="8bit",
        shave_per_scale=1,
    ),
    Protocol(
        "ntire",
        "NTIRE 2022 efficient SR, ofsoundof/NTIRE2022_ESR test_demo.py, with its --ssim",
        colour="rgb",
        sr_rounding="8bit",
        shave_per_scale=1,
    ),
    Protocol(
        "compression",
        "Mentzer et al., Conditional Probability Models for Deep Image Compression, CVPR 2018",
        colour="rgb",
        sr_rounding="8bit",
        shave_per_scale=0,
        metrics=("psnr", "ssim", "ms_ssim"),
    ),
)
PROTOCOLS = {entry.name: entry for entry in _ENTRIES}
