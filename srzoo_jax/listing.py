"""The catalogue as a table: what there is, whose it is, what its authors report, how it proved."""

from collections.abc import Mapping

import tabulate

from srzoo_jax import zoo
from srzoo_jax.catalogue import CATALOGUE, Entry, Source

_HEADINGS = (
    *("model", "scale", "parameters (M)", "paper", "source", "licence"),
    *("reported Set5", "reported BSD100", "parity"),
)


def table(parity: Mapping[str, str]) -> str:
    """Returns the catalogue's official models, as a Markdown table.

    Args:
        parity: What to print in the last column, by model: the largest error against the authors'
            code, relative to the standard deviation of their output.
    """
    rows = [_row(row, parity.get(row.name, "")) for row in CATALOGUE.values() if row.official]
    return tabulate.tabulate(rows, _HEADINGS, tablefmt="github", disable_numparse=True)


def _row(row: Entry, parity: str) -> list[str]:
    count = zoo.parameter_count(row)
    source = f"[{row.source.repository}](https://github.com/{row.source.repository})"
    reported = [_reported(row, dataset) for dataset in ("Set5", "BSD100")]
    licence = row.source.licence.split(";")[0].split("(")[0].strip()
    return [
        row.name,
        f"x{row.scale}",
        f"{count / 1e6:.2f}",
        citation(row.source),
        source,
        licence,
        *reported,
        parity,
    ]


def citation(source: Source) -> str:
    """Returns how a paper is named in passing: "Ahn et al., ECCV 2018"."""
    authors, _, rest = source.paper.partition(",")
    venue = rest.split("(")[0].rpartition(",")[2].strip()
    return f"{authors}, {venue}"


def _reported(row: Entry, dataset: str) -> str:
    figures = [figure for figure in row.reported if figure.dataset == dataset]
    return " ".join(
        f"{figure.psnr:.2f}" + (f" / {figure.ssim:.4f}" if figure.ssim else "")
        for figure in figures
    )


def parity_of(document: str) -> dict[str, str]:
    """Reads the last column of a table in a document, by model."""
    cells = [line.strip("| ").split("|") for line in document.splitlines() if line.startswith("|")]
    return {row[0].strip(): row[-1].strip() for row in cells if len(row) == len(_HEADINGS)}


BEGIN, END = "<!-- catalogue: generated -->", "<!-- end of catalogue -->"


def insert(document: str, content: str) -> str:
    """Puts the table between the marks of a document.

    Raises:
        ValueError: The document lacks the marks.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n\n{content}\n\n{END}{after}"
