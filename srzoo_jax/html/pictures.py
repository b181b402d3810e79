"""Images and drawings inside the page."""

import base64
import io
import re
from collections.abc import Sequence

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


def outlined(
    pixels: np.ndarray,
    alt: str,
    box: tuple[float, float, float, float],
    quality: int | None = None,
) -> Markup:
    """An image with a frame around a part of it.

    Args:
        pixels: As of `image`; so are `alt` and `quality`.
        alt: What to read instead.
        box: Top, left, height and width of the part, as fractions of the image.
        quality: Allows loss.
    """
    sides = zip(("top", "left", "height", "width"), box, strict=True)
    style = "; ".join(f"{name}: {100 * side:.2f}%" for name, side in sides)
    return Markup('<div class="outlined">{}<i style="{}"></i></div>').format(
        image(pixels, alt, quality), style
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


def side_by_side(figures: Sequence[Markup]) -> Markup:
    """Figures in as many columns as there is room for."""
    return Markup('<div class="figures">{}</div>').format(Markup("\n").join(figures))


def figure(content: Markup, caption: str = "") -> Markup:
    """An image or drawing with what it shows written below."""
    below = Markup("<figcaption>{}</figcaption>").format(caption) if caption else ""
    return Markup('<figure class="figure">{}{}</figure>').format(content, below)
