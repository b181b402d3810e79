import base64
import io
import re

import numpy as np
from markupsafe import Markup
from PIL import Image

from srzoo_jax import html

COLUMNS = [
    html.Column("model", "model"),
    html.Column("psnr", "PSNR (dB)", ".2f", "higher"),
    html.Column("seconds", "s/image", ".1f", "lower"),
]
ROWS = [
    {"model": "a<b>", "psnr": 30.126, "seconds": 2.0},
    {"model": "b", "psnr": float("nan"), "seconds": 0.5},
    {"model": "c", "psnr": 28.0},
]


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def some_page():
    tiles = [html.Tile("HR", noise(12, 16)), html.Tile("SR", noise(12, 16, 1), "30 dB", True)]
    tiles.append(html.Tile("LR", noise(3, 4)))
    return html.page(
        "Scores & more",
        html.section("First & last", html.table(COLUMNS, ROWS), html.notes(["one <i>"])),
        html.section("Crops", html.comparison(tiles, reference=0)),
        lead="a < b",
    )


def test_a_page_names_nothing_outside_itself():
    text = some_page()
    assert "default-src 'none'" in text and "<script>" in text and "<style>" in text
    addresses = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert addresses and all(address.startswith(("data:", "#")) for address in addresses)
    assert not re.search(r"url\(|@import|https?:", text)


def test_a_page_is_a_function_of_its_blocks():
    assert some_page() == some_page()


def test_text_is_escaped_and_markup_is_not():
    text = some_page()
    assert "a&lt;b&gt;" in text and "<b>a" not in text and "one &lt;i&gt;" in text
    assert "<title>Scores &amp; more</title>" in text and "a &lt; b" in text
    assert '<a href="#first-last">First &amp; last</a>' in text
    assert "<em>x</em>" in html.fold("title", Markup("<em>x</em>"))


def test_images_are_embedded_without_loss():
    for pixels in (noise(9, 7), noise(9, 7)[..., 0]):
        content = base64.b64decode(html.data_uri(pixels).removeprefix("data:image/webp;base64,"))
        decoded = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
        assert (decoded == np.broadcast_to(pixels.reshape(9, 7, -1), (9, 7, 3))).all()
    assert len(html.data_uri(noise(99, 99), quality=50)) < len(html.data_uri(noise(99, 99))) / 2


def test_tables_format_mark_the_best_and_show_gaps():
    text = html.table(COLUMNS, ROWS)
    assert '<td class="number best" data-value="30.126">30.13</td>' in text
    assert '<td class="number best" data-value="0.5">0.5</td>' in text
    assert text.count('<td class="number" data-value="">\N{EN DASH}</td>') == 2
    assert text.count("best") == 2


def test_only_tiles_of_the_reference_size_are_comparable():
    text = some_page()
    assert text.count(" data-comparable>") == 2 and 'data-reference="0"' in text
    assert "--shape: 16 / 12" in text
    assert "data-view" not in html.comparison([html.Tile("alone", noise(2, 2))])


def test_drawings_keep_their_identifiers_apart_and_follow_the_ink():
    drawing = (
        '<?xml version="1.0"?><svg><metadata>\n<x/></metadata><g id="a" style="fill: #1a1b1c">'
        '<use xlink:href="#a"/><path clip-path="url(#a)"/></g></svg>'
    )
    assert html.svg(drawing, "one") == (
        '<svg><g id="one-a" style="fill: currentColor">'
        '<use xlink:href="#one-a"/><path clip-path="url(#one-a)"/></g></svg>'
    )
