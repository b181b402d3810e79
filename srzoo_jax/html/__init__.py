"""Self-contained pages: one file that opens offline, on a desk or a phone, by day or by night.

Every function gives a block of markup, and `page` makes a document of blocks:

    from srzoo_jax import html

    columns = [html.Column("model", "model"), html.Column("psnr", "PSNR (dB)", ".2f", "higher")]
    text = html.page(
        "Scores",
        html.section(
            "Set5",
            html.table(columns, [{"model": "bicubic_x4", "psnr": 28.43}], caption="Sorts by click"),
            html.figure(html.svg(drawing), "A drawing, recoloured for dark screens"),
            html.comparison(
                [html.Tile("HR", hr), html.Tile("bicubic", sr, "28.43 dB"), html.Tile("LR", lr)],
                reference=0,  # Whose difference to the others can be shown.
            ),
            lead="Five images.",
        ),
        lead="What this is.",
    )

Text is escaped, blocks are not; images are uint8 RGB or grey arrays and are embedded without loss,
unless `image(..., quality=85)` says otherwise. Styles and scripts lie in `assets/` and are put into
the page; a content policy in it forbids it to load anything. The same blocks give the same bytes.
"""

from srzoo_jax.html.comparison import Tile, comparison
from srzoo_jax.html.page import facts, fold, heading, notes, page, prose, section
from srzoo_jax.html.pictures import INK, data_uri, figure, image, outlined, side_by_side, svg
from srzoo_jax.html.table import Column, table

__all__ = [
    "INK",
    "Column",
    "Tile",
    "comparison",
    "data_uri",
    "facts",
    "figure",
    "fold",
    "heading",
    "image",
    "notes",
    "outlined",
    "page",
    "prose",
    "section",
    "side_by_side",
    "svg",
    "table",
]
