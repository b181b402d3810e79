"""Rows: PAN."""

from srzoo_jax.catalogue.entry import GITHUB, Entry, Source, reported
from srzoo_jax.models.pan import PAN, infer, names

SOURCE = Source(
    "zhaohengyuan1/PAN",
    licence="none stated",
    paper="Zhao et al., Efficient Image Super-Resolution Using Pixel Attention, ECCVW 2020",
    address=f"{GITHUB}/zhaohengyuan1/PAN/4d045d18592c5771cd3990da88f292812774e538/experiments/"
    "pretrained_models/",
    names=names,
    infer=infer,
    protocol="esrgan",
    value_range=(0, 1),
)
_BLOBS = {
    2: "cf5af2929ea935a87a36dffc1ecfb59dd9ea612d",
    3: "e0b67e613762d27a0ccca41fc8de03d4b5eb8ef6",
    4: "8abe98134cecec5d1eb3624f6177e0d080237559",
}
_SHA = {4: "739fab99ee7b7058dab4d1b84aa2869bb9fc3995a1c08789c20355bee943833c"}
_SIZES = {4: 1_121_681}
_REPORTED = {
    2: reported("38.00/0.9605 33.59/0.9181 32.18/0.8997 32.01/0.9273"),
    3: reported("34.40/0.9271 30.36/0.8423 29.11/0.8050 28.11/0.8511"),
    4: reported("32.13/0.8948 28.61/0.7822 27.59/0.7363 26.11/0.7854"),
}

ENTRIES = tuple(
    Entry(
        f"pan_x{s}",
        PAN(s),
        SOURCE,
        f"PANx{s}_DF2K.pth",
        _SHA.get(s, ""),
        _SIZES.get(s),
        git_blob=blob,
        reported=_REPORTED[s],
    )
    for s, blob in _BLOBS.items()
)
