"""SR images made elsewhere, evaluated."""

import os
from collections.abc import Iterable, Iterator

import jax.numpy as jnp

from srzoo_jax import data, scenes
from srzoo_jax import image as images
from srzoo_jax.data import Pair
from srzoo_jax.evaluation.planning import counted, scored_on
from srzoo_jax.evaluation.record import Record, digest, finished, holds, identity, score
from srzoo_jax.execution import PROGRAMS
from srzoo_jax.protocols import Protocol
from srzoo_jax.troubles import OF_AN_IMAGE


def evaluate_folder(
    sr_dir: str | os.PathLike,
    hr_dir: str | os.PathLike,
    scale: int,
    protocol: Protocol,
    known: Iterable[Record] = (),
    *,
    scenes_dir: str | os.PathLike | None = None,
    scene_count: int = 5,
    programs: int = PROGRAMS,
) -> Iterator[tuple[Record, bool]]:
    """Scores SR images made elsewhere, as `evaluate` does; the folders stand for model and set.

    A missing, surplus or wrong-sized image gives a record of status "error" that names it.

    Raises:
        FileNotFoundError: A folder is not there, or both have no images.
    """
    done = finished(known)
    pairs = data.sr_pairs(sr_dir, hr_dir, scale)
    counts = counted((Pair(name, hr, None, "unknown") for name, hr, _ in pairs), scale)
    canvases = scored_on(counts, programs, scale)
    in_scenes = scenes.chosen([name for name, *_ in pairs], scene_count) if scenes_dir else set()
    for name, hr_path, sr_paths in pairs:
        record: Record = {
            "model": str(sr_dir),
            "parameters": "",
            "dataset": str(hr_dir),
            "image": name,
            "lr": "unknown",
            "inputs": "",
            "scale": scale,
            "protocol": protocol.name,
            "protocol_digest": protocol.digest,
        }
        crop = None
        if name in in_scenes:
            crop = scenes.crop_path(scenes_dir, str(sr_dir), str(hr_dir), scale, name)
        try:
            sr, hr = data.read_sr(hr_path, sr_paths, scale)
            record["inputs"] = digest(sr, hr)
            old = done.get(identity(record))
            if holds(old, set(), crop):
                yield old, False
                continue
            canvas = canvases.get(tuple(side // scale for side in hr.shape[:2]))
            restored = jnp.asarray(images.from_bytes(sr)[None])
            record |= score(protocol, restored, hr, scale, canvas=canvas)
            if crop:
                scenes.keep(crop, sr, hr, None, scale, protocol, record["inputs"])
                record["crop"] = crop.relative_to(scenes_dir).as_posix()
            record["status"] = "ok"
        except OF_AN_IMAGE as error:
            record |= {"status": "error", "error": str(error)}
        yield record, True
