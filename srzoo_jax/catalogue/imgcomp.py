"""Rows: learned image compression at three rates; its scale is 1."""

from srzoo_jax.catalogue.entry import Entry, Source
from srzoo_jax.models.imgcomp import ImgComp, infer, names, rate

SOURCE = Source(
    "fab-jul/imgcomp-cvpr",
    licence="GPL-3.0",
    paper="Mentzer et al., Conditional Probability Models for Deep Image Compression, CVPR 2018",
    address="http://data.vision.ee.ethz.ch/mentzerf/imgcomp-ckpts/",
    names=names,
    infer=infer,
    value_range=(0, 255),
)
# One archive has all, each in a folder. The authors report for Kodak, in bits per pixel and
# MS-SSIM: A 0.370, 0.975; B 0.677, 0.987; C 1.051, 0.992.
_FILE = "ckpts.tar.gz"

ENTRIES = (
    Entry("imgcomp_a", ImgComp(), SOURCE, _FILE, folder="0515_1103", rate=rate),
    Entry("imgcomp_b", ImgComp(), SOURCE, _FILE, folder="0515_1309", rate=rate),
    Entry("imgcomp_c", ImgComp(channels=64), SOURCE, _FILE, folder="0515_1310", rate=rate),
)
