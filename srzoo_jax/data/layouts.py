"""How benchmark sets lie in folders, as rows of data: the conventions of the field."""

import os
import re
from pathlib import Path
from typing import NamedTuple

from srzoo_jax import files


class Layout(NamedTuple):
    """A convention. `{set}`, `{scale}` and `{name}` stand for the set's, the scale, an image's.

    Attributes:
        source: Where it is in use.
        hr: The folder of HR images in the folder of data sets.
        lr: The folder of LR images; None: there are none.
        hr_name: What HR files are called, without suffix.
        lr_names: What LR files are called; the first is the one that a message names.
    """

    source: str
    hr: str
    lr: str | None
    hr_name: str = "{name}"
    lr_names: tuple[str, ...] = ("{name}",)


_ANY = ("{name}x{scale}", "{name}_x{scale}", "{name}")

LAYOUTS = (
    Layout("benchmark.tar of EDSR", "{set}/HR", "{set}/LR_bicubic/X{scale}", lr_names=_ANY),
    Layout(
        "SelfExSR and its followers",
        "{set}/image_SRF_{scale}",
        "{set}/image_SRF_{scale}",
        "{name}_SRF_{scale}_HR",
        ("{name}_SRF_{scale}_LR",),
    ),
    Layout("SelfExSR", "{set}/image_SRF_{scale}", None, "{name}_SRF_{scale}_HR"),
    Layout("BasicSR, ESRGAN", "{set}/GTmod12", "{set}/LRbicx{scale}", lr_names=_ANY[::-1]),
    Layout("DIV2K", "{set}_HR", "{set}_LR_bicubic/X{scale}", lr_names=_ANY),
    Layout("DIV2K", "DIV2K/{set}_HR", "DIV2K/{set}_LR_bicubic/X{scale}", lr_names=_ANY),
    Layout(
        "RCAN",
        "HR/{set}/x{scale}",
        "LR/LRBI/{set}/x{scale}",
        "{name}_HR_x{scale}",
        ("{name}_LRBI_x{scale}",),
    ),
    Layout("IMDN", "{set}", "{set}_LR/x{scale}", lr_names=_ANY[::-1]),
    Layout("HR and LR beside each other", "{set}/HR", "{set}/LR/X{scale}", lr_names=_ANY),
    Layout("BasicSR, LR to be made", "{set}/GTmod12", None),
    Layout("a folder HR alone", "{set}/HR", None),
    Layout("RCAN, LR to be made", "HR/{set}/x{scale}", None, "{name}_HR_x{scale}"),
    Layout("DIV2K, LR to be made", "{set}_HR", None),
    Layout("DIV2K, LR to be made", "DIV2K/{set}_HR", None),
    Layout("HR images in one folder", "{set}", None),
)


class Found(NamedTuple):
    """A set in a folder: its images by name, and the folder and naming that missing ones have."""

    layout: Layout
    hr: dict[str, Path]
    lr: dict[str, Path]
    hr_dir: Path
    lr_dir: Path | None


def find(
    data_dir: str | os.PathLike, names: tuple[str, ...], scale: int, *, with_lr: bool
) -> Found:
    """Finds a set in the folder of data sets: by the first layout that has images.

    Args:
        data_dir: Where data sets lie.
        names: What the set may be called there; case does not matter.
        scale: The factor between LR and HR.
        with_lr: Whether LR images are wanted.

    Raises:
        FileNotFoundError: There is none; the message says what there is, or would be.
    """
    without = None
    for layout in LAYOUTS:
        for name in names:
            found = _by(layout, Path(data_dir), name, scale)
            if found is None:
                continue
            if not with_lr or found.lr_dir is not None:
                return found
            without = without or found
    if without is None:
        raise FileNotFoundError(
            f"no data set {names[0]} in {data_dir}: expected HR images in"
            f" {_folders(data_dir, names[0], scale, 'hr')}"
        )
    raise FileNotFoundError(
        f"data set {names[0]} has HR images in {without.hr_dir}, but no LR images of scale {scale}:"
        f" expected in {_folders(data_dir, names[0], scale, 'lr')}."
        " --lr=matlab_bicubic makes them as usual"
    )


def _by(layout: Layout, data_dir: Path, name: str, scale: int) -> Found | None:
    hr_dir = _folder(data_dir, layout.hr.format(set=name, scale=scale))
    if hr_dir is None:
        return None
    hr = _named(hr_dir, (layout.hr_name,), scale)
    if layout.lr is None:
        return Found(layout, hr, {}, hr_dir, None) if hr else None
    lr_dir = _folder(data_dir, layout.lr.format(set=name, scale=scale))
    if lr_dir is None:
        return None
    lr = _named(lr_dir, layout.lr_names, scale, hr)
    return Found(layout, hr, lr, hr_dir, lr_dir) if hr or lr else None


def _folder(top: Path, relative: str) -> Path | None:
    """A folder by its path, whatever the case of its letters."""
    if not top.is_dir():
        return None
    for part in Path(relative).parts:
        exact = top / part
        others = (p for p in sorted(top.iterdir()) if p.name.casefold() == part.casefold())
        top = exact if exact.is_dir() else next((p for p in others if p.is_dir()), None)
        if top is None:
            return None
    return top


def _named(folder: Path, patterns: tuple[str, ...], scale: int, known=()) -> dict[str, Path]:
    """The images of a folder whose file name fits a pattern, by what `{name}` is in it.

    Of several that fit, the one counts that gives a known name.
    """
    rules = [
        re.compile(re.escape(p.replace("{scale}", str(scale))).replace(r"\{name\}", "(.+)"), re.I)
        for p in patterns
    ]
    found: dict[str, Path] = {}
    for path in files.list_images(folder):
        names = [fit[1] for rule in rules if (fit := rule.fullmatch(path.stem))]
        if names:
            found[next((name for name in names if name in known), names[0])] = path
    return found


def _folders(data_dir, name: str, scale: int, which: str) -> str:
    rows = dict.fromkeys(getattr(layout, which) for layout in LAYOUTS if getattr(layout, which))
    top = Path(data_dir)
    return " or ".join(str(top / row.format(set=name, scale=scale)) for row in rows)
