"""Rows: EUSR, multi-scale and single-scale, and 4PP-EUSR.

EUSR's authors give away no checkpoints, SRZoo has their parameters as frozen graphs. Which of the
two networks these hold is not known; the names inside tell, and a port says so.
"""

import dataclasses

from srzoo_jax.catalogue.entry import Entry, Reported, Source
from srzoo_jax.models import eusr
from srzoo_jax.models.eusr import EUSR

_FILES = "http://mcml.yonsei.ac.kr/files"
MULTI = Source(
    "junhyukk/EUSR-Tensorflow",
    licence="MIT",
    paper="Kim and Lee, Deep Residual Network with Enhanced Upscaling Module for"
    " Super-Resolution, CVPRW 2018",
    address=f"{_FILES}/srzoo/",
    names=eusr.flat_names,
    infer=eusr.infer_flat,
    value_range=(0, 255),
)
SINGLE = dataclasses.replace(MULTI, names=eusr.scoped_names, infer=eusr.infer_scoped)
PERCEPTUAL = Source(
    "idearibosome/tf-perceptual-eusr",
    licence="Apache-2.0",
    paper="Choi et al., Deep Learning-Based Image Super-Resolution Considering Quantitative and"
    " Perceptual Quality, arXiv:1809.04789, 2018",
    address=f"{_FILES}/4pp_eusr/",
    names=eusr.generator_names,
    infer=eusr.infer_generator,
    value_range=(0, 255),
)

ENTRIES = (
    *(Entry(f"eusr_x{s}", EUSR(s), MULTI, f"eusr_x{s}.pb") for s in (2, 4, 8)),
    *(
        Entry(f"eusr_single_x{s}", EUSR(s, specific=False), SINGLE, f"eusr_x{s}.pb")
        for s in (2, 4, 8)
    ),
    Entry(
        "4pp_eusr_x4",
        EUSR(4, blocks=32, mean=(114.4, 111.5, 103.0)),
        PERCEPTUAL,
        "4pp_eusr_pirm.pb",
        reported=(Reported("BSD100", 26.569),),
    ),
)
