"""The page around the blocks, and blocks of text."""

import functools
import importlib.resources
import re
from collections.abc import Mapping, Sequence

import jinja2
from markupsafe import Markup

_ASSETS = importlib.resources.files("srzoo_jax.html") / "assets"


def page(title: str, *blocks: Markup, lead: str = "") -> str:
    """Returns a whole document.

    Args:
        title: Of the window, and on top.
        *blocks: What it holds; sections are listed under the title.
        lead: What the page is, in a sentence or two below the title.
    """
    body = Markup("\n").join(blocks)
    titles = re.findall(r'<section id="([^"]+)">\s*<h2>(.*?)</h2>', body)
    return render(
        "page.html",
        title=title,
        lead=lead,
        body=body,
        links=[(anchor, Markup(text)) for anchor, text in titles],
        styles=_joined("css"),
        scripts=_joined("js"),
    )


def section(title: str, *blocks: Markup, lead: str = "") -> Markup:
    """A part of the page, with a heading that can be linked to."""
    anchor = re.sub(r"\W+", "-", title.lower()).strip("-")
    return _block("section.html", title=title, anchor=anchor, lead=lead, blocks=blocks)


def heading(text: str) -> Markup:
    """A heading inside a section."""
    return Markup("<h3>{}</h3>").format(text)


def prose(text: str) -> Markup:
    """A paragraph."""
    return Markup("<p>{}</p>").format(text)


def notes(lines: Sequence[str]) -> Markup:
    """A list of remarks; nothing if there is none."""
    items = Markup("").join(Markup("<li>{}</li>").format(line) for line in lines)
    return Markup('<ul class="notes">{}</ul>').format(items) if lines else Markup("")


def facts(values: Mapping[str, object]) -> Markup:
    """Names and what they stand for, such as versions and settings."""
    pairs = (Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(*pair) for pair in values.items())
    return Markup('<dl class="facts">{}</dl>').format(Markup("").join(pairs))


def fold(title: str, *blocks: Markup) -> Markup:
    """Blocks that show when the reader clicks on their title."""
    inside = Markup("\n").join(blocks)
    return Markup("<details><summary>{}</summary>\n{}</details>").format(title, inside)


def render(template: str, **values: object) -> str:
    """Returns a template of `assets/` filled in; text is escaped, Markup is not."""
    return _environment().get_template(template).render(values)


def _block(template: str, **values: object) -> Markup:
    return Markup(render(template, **values))


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("srzoo_jax.html", "assets"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def _joined(suffix: str) -> Markup:
    """All styles, or all scripts, by name of file."""
    paths = [path for path in _ASSETS.iterdir() if path.name.endswith(f".{suffix}")]
    return Markup("\n".join(p.read_text() for p in sorted(paths, key=lambda path: path.name)))
