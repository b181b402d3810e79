"""The report as one self-contained page."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from srzoo_jax import files, html, scenes
from srzoo_jax.protocols import Protocol
from srzoo_jax.report import figures
from srzoo_jax.report.summary import GROUP
from srzoo_jax.report.tables import caption, columns, remarks

_CAPTIONS = {
    "niqe": "PSNR against NIQE, which needs no reference: better is up and left.",
    "niqe_srzoo": "PSNR against SRZoo's variant of NIQE: better is up and left.",
    "cpu_seconds": "PSNR against the median running time on the CPU: better is up and left.",
    "gpu_seconds": "PSNR against the median running time on the GPU: better is up and left.",
    "tpu_seconds": "PSNR against the median running time on the TPU: better is up and left.",
    "images": "Image by image, above the model that is last on average.",
}
_LR = {
    "given": "LR images are the data set's own",
    "none": "the input is the image itself",
    "unknown": "SR images were made elsewhere",
}
_TIMES = (
    "Running time is that of the restorer alone: compiled before, run once before, until the device"
    " is done; reading, decoding and writing of images are not in it."
)


def build(
    summary: Sequence[Mapping],
    records: Sequence[Mapping],
    protocol: Protocol,
    made_by: Mapping[str, str],
    drawings: Mapping,
    crops: Path,
) -> str:
    """Returns the page.

    Args:
        summary: Rows, as `summary.rows` gives them.
        records: What they are of.
        protocol: By which.
        made_by: The environment.
        drawings: As `figures.draw` gives them.
        crops: The folder of scenes.
    """
    groups = dict.fromkeys(tuple(row[name] for name in GROUP) for row in summary)
    sections = []
    for group in groups:
        inside, of_it = (
            [item for item in items if tuple(item[name] for name in GROUP) == group]
            for items in (summary, records)
        )
        sections.append(_section(group, inside, of_it, protocol, drawings, crops))
    failed = [record for record in records if record["status"] == "error"]
    if failed:
        names = [html.Column(name, name) for name in ("model", "dataset", "image", "error")]
        lead = "These images count in no mean."
        sections.append(html.section("Errors", html.table(names, failed), lead=lead))
    models = dict.fromkeys(row["model"] for row in summary)
    images = {(record["dataset"], record["image"]) for record in records}
    return html.page(
        "Super-resolution, measured",
        *sections,
        _method(protocol, made_by, summary),
        lead=f"{_count(models, 'model')} on {_count(images, 'image')}, compared by protocol"
        f" {caption(protocol)}.",
    )


def _section(group, summary, records, protocol, drawings, crops) -> Markup:
    dataset, scale, lr = group
    count = len({record["image"] for record in records})
    shown = [column for column in columns(summary, protocol) if column.key not in GROUP]
    name = figures.group_name(dataset, scale)
    plots = [
        html.figure(
            html.svg(figures.encode(drawing, "svg").decode(), key),
            _CAPTIONS[key.removeprefix(f"{name}_")],
        )
        for key, drawing in drawings.items()
        if key.removeprefix(f"{name}_") in _CAPTIONS
    ]
    return html.section(
        f"{dataset} x{scale}",
        html.table(shown, summary),
        html.notes(remarks(summary)),
        *([html.side_by_side(plots)] if plots else []),
        *_scenes(summary, records, crops),
        html.fold("Every image", _every_image(summary, records, protocol)),
        lead=f"{count} images; {_LR.get(lr, f'LR images were made by {lr}')}.",
    )


def _every_image(summary, records, protocol: Protocol) -> Markup:
    """A table of images by models, in the protocol's first metric."""
    metric = protocol.metrics[0]
    lines: dict[str, dict] = {}
    for record in records:
        line = lines.setdefault(record["image"], {"image": record["image"]})
        line[record["model"]] = record.get(metric.name)
    models = [html.Column(row["model"], row["model"], f".{metric.digits}f") for row in summary]
    return html.table(
        [html.Column("image", "image"), *models],
        list(lines.values()),
        caption=metric.column(luma=protocol.luma),
    )


def _scenes(summary, records, crops: Path) -> list[Markup]:
    """The scenes of the records' images, models from the best down."""
    order = {row["model"]: index for index, row in enumerate(summary)}
    found: dict[Path, list[Mapping]] = {}
    for record in sorted(records, key=lambda record: order[record["model"]]):
        if record["status"] == "ok" and "crop" in record:
            found.setdefault((crops / record["crop"]).parent, []).append(record)
    folders = sorted(found, key=lambda folder: folder.name)
    return [_scene(folder, found[folder], crops) for folder in folders]


def _scene(folder: Path, records: Sequence[Mapping], crops: Path) -> Markup:
    scene = scenes.read(folder)
    best = max(record["psnr"] for record in records) if "psnr" in records[0] else None
    tiles = [html.Tile("HR", files.read_image(folder / "HR.png"), "the reference")]
    for record in records:
        crop = files.read_image(crops / record["crop"])
        is_best = len(records) > 1 and record.get("psnr") == best
        tiles.append(html.Tile(record["model"], crop, _scores(record), is_best))
    if scene.bicubic:
        if not any(record["model"].startswith("bicubic_x") for record in records):
            crop = files.read_image(folder / "bicubic.png")
            tiles.append(html.Tile("bicubic", crop, _scores(scene.bicubic)))
        tiles.append(html.Tile("LR", files.read_image(folder / "LR.png"), "the input"))
    top, left, height, width = scene.box
    box = (top / scene.height, left / scene.width, height / scene.height, width / scene.width)
    whole = html.outlined(files.read_image(folder / "whole.jpg"), folder.name, box, quality=80)
    return html.comparison(tiles, reference=0, aside=whole, title=folder.name)


def _scores(scores: Mapping) -> str:
    """PSNR and SSIM of the whole image, as they stand below a crop."""
    psnr = [f"{scores['psnr']:.2f} dB"] if "psnr" in scores else []
    ssim = [f"{value:.4f}" for name, value in scores.items() if name.startswith("ssim")][:1]
    return " / ".join(psnr + ssim)


def _method(protocol: Protocol, made_by: Mapping[str, str], summary) -> Markup:
    choices = {"protocol": caption(protocol), "source": protocol.source}
    for name, value in protocol.choices().items():
        if name != "metrics":
            choices[name.replace("_", " ")] = str(value)
    timed = any(name.endswith("_seconds") for row in summary for name in row)
    metrics = {metric.column(luma=protocol.luma): metric.source for metric in protocol.metrics}
    return html.section(
        "How this was measured",
        html.facts(choices),
        html.heading("Metrics"),
        html.facts(metrics),
        html.notes([_TIMES] if timed else []),
        html.heading("Machine and versions"),
        html.facts(made_by),
    )


def _count(items, noun: str) -> str:
    return f"{len(items)} {noun}{'s' * (len(items) != 1)}"
