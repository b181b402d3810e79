"""Rows: IMDN, and IMDN_AS, the bare network of any scale."""

from srzoo_jax.catalogue.entry import GITHUB, Entry, Source, reported
from srzoo_jax.models.imdn import IMDN, infer, names

SOURCE = Source(
    "Zheng222/IMDN",
    licence="none stated",
    paper="Hui et al., Lightweight Image Super-Resolution with Information Multi-distillation"
    " Network, ACM MM 2019",
    address=f"{GITHUB}/Zheng222/IMDN/8f158e6a5ac9db6e5857d9159fd4a6c4214da574/checkpoints/",
    names=names,
    infer=infer,
    protocol="srzoo",  # Their published figures come out by it to the last digit.
    value_range=(0, 1),
)
_SHA = {
    2: "740b39653592bd3f49955a21cd9e16f2d37f2c413368cc09327601b8fbe42ce1",
    3: "11b1716a19bc16e5e353e1db798d476169338e631eb170c82d765559888cb028",
    4: "e660c38221147217a136debeb99eb304d62d9c0f73ac421ed66281b619719714",
}
_SIZES = {2: 2_796_052, 3: 2_830_672, 4: 2_879_112}
_AS_SHA = "3cbddf7635581a5a1eab501b18081e7825dcdfd53a1a7670e1e571515eae76ff"

_REPORTED = {
    2: "38.00/0.9605 33.63/0.9177 32.19/0.8996 32.17/0.9283",
    3: "34.36/0.9270 30.32/0.8417 29.09/0.8046 28.17/0.8519",
    4: "32.21/0.8948 28.58/0.7811 27.56/0.7353 26.04/0.7838",
}

ENTRIES = (
    *(
        Entry(
            f"imdn_x{s}",
            IMDN(s),
            SOURCE,
            f"IMDN_x{s}.pth",
            sha,
            _SIZES[s],
            reported=reported(_REPORTED[s]),
        )
        for s, sha in _SHA.items()
    ),
    Entry("imdn_as_x1", IMDN(1, halvings=2), SOURCE, "IMDN_AS.pth", _AS_SHA, 3_027_317),
)
