"""Crops side by side, zoomed and moved together, or as differences to one of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from srzoo_jax.html.page import render
from srzoo_jax.html.pictures import data_uri


class Tile(NamedTuple):
    """One of the crops."""

    label: str
    pixels: np.ndarray
    """uint8 [H, W, 3] or [H, W]; of another size than the others, it is stretched to theirs."""
    note: str = ""
    """Below the label, such as scores."""
    best: bool = False
    """Sets the label off."""


def comparison(
    tiles: Sequence[Tile],
    reference: int | None = None,
    aside: Markup | None = None,
    title: str = "",
) -> Markup:
    """Tiles of which all show the same detail.

    Args:
        tiles: In the order of reading.
        reference: The index of the tile to which the others of its size can be shown as
            differences; default: no differences.
        aside: A block to stand before the tiles, such as the whole image.
        title: Written above the tiles.
    """
    if reference is None:
        comparable = [False] * len(tiles)
    else:
        comparable = [tile.pixels.shape == tiles[reference].pixels.shape for tile in tiles]
    uris = [data_uri(tile.pixels) for tile in tiles]
    return Markup(
        render(
            "comparison.html",
            tiles=list(zip(tiles, uris, comparable, strict=True)),
            shape=tiles[reference or 0].pixels.shape,
            reference=reference,
            aside=aside,
            title=title,
        )
    )
