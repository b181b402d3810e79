"""NIQE's model of pristine images: data of its authors, downloaded, not carried by this project.

Copyright (c) 2011 The University of Texas at Austin; the file is the one that BasicSR converted
from the authors' `modelparameters.mat`. Research that uses it cites A. Mittal, R. Soundararajan
and A. C. Bovik, "NIQE Software Release", http://live.ece.utexas.edu/research/quality/niqe.zip,
2012, and acknowledges LIVE (http://live.ece.utexas.edu) and the Center for Perceptual Systems of
UT Austin as its source.
"""

import hashlib
import io
import os
from pathlib import Path

import numpy as np

from srzoo_jax.download import fetch
from srzoo_jax.metrics.niqe import Pristine

FILE = "niqe_pris_params.npz"
URL = (
    "https://raw.githubusercontent.com/XPixelGroup/BasicSR/"
    f"8d56e3a045f9fb3e1d8872f92ee4a4f07f886b0a/basicsr/metrics/{FILE}"
)
SHA256 = "2a7c182a68c9e7f1b2e2e5ec723279d6f65d912b6fcaf37eb2bf03d7367c4296"


def load(path: str | os.PathLike | None = None, *, offline: bool = False) -> Pristine:
    """Returns the pristine model, out of `path`, or the cache, or the network.

    Args:
        path: The file.
        offline: Do not download what the cache lacks.

    Raises:
        FileNotFoundError: It is not there, or can't be downloaded; the message says what to do.
        ValueError: The file has another hash.
    """
    path = _cached(offline) if path is None else Path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{path} is not there; {FILE} is at {URL}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise ValueError(
            f"{path} is not the official {FILE}: expected sha256 {SHA256}, not {found}"
        )
    with np.load(io.BytesIO(content)) as arrays:
        return Pristine.of(arrays["mu_pris_param"], arrays["cov_pris_param"])


def _cached(offline: bool) -> Path:
    import pooch

    path = pooch.os_cache("srzoo_jax") / FILE
    if path.is_file():
        return path
    help_ = f"Get {URL} on a machine that reaches it, and put it there as {path}"
    if offline:
        raise FileNotFoundError(f"NIQE's pristine model is not in the cache. {help_}")
    try:
        return fetch(URL, path, sha256=SHA256)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{error}. {help_}") from error
