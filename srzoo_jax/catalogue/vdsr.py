"""Rows: VDSR; one file serves all scales. `vdsr_x1` is the bare network, on luma."""

from srzoo_jax.catalogue.entry import GITHUB, Entry, Reported, Source
from srzoo_jax.models.vdsr import VDSR, infer, names

SOURCE = Source(
    "twtygqyy/pytorch-vdsr",
    licence="MIT",
    paper="Kim et al., Accurate Image Super-Resolution Using Very Deep Convolutional Networks,"
    " CVPR 2016 (a re-implementation without biases)",
    address=f"{GITHUB}/twtygqyy/pytorch-vdsr/514b021044018baf909e79f48392783daa592888/model/",
    names=names,
    infer=infer,
    value_range=(0, 1),
)
_FILE, _SIZE = "model_epoch_50.pth", 2_680_962
_SHA = "eab4d79ae5a6e5acef4c55e46015aed225ade207679bcb6695b07af8fb18e876"

_PSNR = {2: 37.65, 3: 33.77, 4: 31.45}  # The repository's README, on bicubic images unrounded.

ENTRIES = (
    Entry("vdsr_x1", VDSR(1), SOURCE, _FILE, _SHA, _SIZE, channels=1),
    *(
        Entry(f"vdsr_x{s}", VDSR(s), SOURCE, _FILE, _SHA, _SIZE, reported=(Reported("Set5", psnr),))
        for s, psnr in _PSNR.items()
    ),
)
