"""Images and drawings inside the page."""

import base64
import io
import re

import numpy as np
from markupsafe import Markup

INK = "#1a1b1c"
"""What is drawn in this colour follows the page's text, dark or light."""


def data_uri(pixels: np.ndarray, quality: int | None = None) -> str:
    """An image as the address of itself: WebP, exact.

    Args:
        pixels: uint8 [H, W, 3], or grey [H, W].
        quality: 1 to 100 to allow loss, for a smaller page.
    """
    from PIL import Image

    options = {"lossless": True} if quality is None else {"quality": quality}
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", method=4, exact=True, **options)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def image(pixels: np.ndarray, alt: str, quality: int | None = None) -> Markup:
    """An image, not wider than its pixels; arguments as of `data_uri`."""
    height, width = pixels.shape[:2]
    return Markup('<img src="{}" alt="{}" width="{}" height="{}">').format(
        data_uri(pixels, quality), alt, width, height
    )


def svg(drawing: str, name: str) -> Markup:
    """An SVG document as part of the page.

    Args:
        drawing: The document; what it draws in `INK` follows the page's colours.
        name: Different for every drawing of a page: goes before the identifiers in it.
    """
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{re.escape(name)}-", drawing)
    drawing = re.sub(r"<metadata>.*?</metadata>\s*", "", drawing, flags=re.DOTALL)
    return Markup(drawing.replace(INK, "currentColor"))


def figure(content: Markup, caption: str = "") -> Markup:
    """An image or drawing with what it shows written below."""
    below = Markup("<figcaption>{}</figcaption>").format(caption) if caption else ""
    return Markup('<figure class="figure">{}{}</figure>').format(content, below)
