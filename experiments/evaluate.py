"""Scores models on data sets: a record an image, and a report of tables, figures and crops.

Without flags: every embedded model on the embedded photographs. A + behind a model's name is
geometric self-ensemble. Run again after an interruption, it goes on where it stopped. With
--sr_dir and --hr_dir: scores SR images made elsewhere.
"""

from absl import flags

from experiments import app

_MODELS = flags.DEFINE_list("models", None, "Names of the catalogue; default: all embedded ones.")
_DATASETS = flags.DEFINE_list("datasets", ["photos"], "Folders of --data_dir, or 'photos'.")
_DATA_DIR = flags.DEFINE_string("data_dir", None, "Folder of data sets.")
_PROTOCOL = flags.DEFINE_string(
    "protocol", "srzoo", "How restored images are compared; also your own, MODULE:ROW."
)
_SHAVE = flags.DEFINE_string("shave", None, "Pixels off every side instead: 10, scale, scale+6.")
_COLOUR = flags.DEFINE_string("colour", None, "Colour conversion instead of the protocol's.")
_ROUNDING = flags.DEFINE_string("sr_rounding", None, "Rounding of SR instead of the protocol's.")
_Y_ROUNDING = flags.DEFINE_string("y_rounding", None, "Rounding of Y instead: none, 8bit.")
_RANGE = flags.DEFINE_integer("dynamic_range", None, "Peak of PSNR in levels instead of 255.")
_ENSEMBLE = flags.DEFINE_bool("self_ensemble", None, "Whether models get a + of themselves.")
_METRICS = flags.DEFINE_list("metrics", None, "Metrics instead; also your own, MODULE:ROW.")
_LR = flags.DEFINE_string(
    "lr", None, "Make LR of HR by this kernel; default: the data set's LR, photos: matlab_bicubic."
)
_SR_DIR = flags.DEFINE_string("sr_dir", None, "Score the SR images of this folder instead.")
_HR_DIR = flags.DEFINE_string("hr_dir", None, "Their references: baby.png of baby[_]x4[_SR].png.")
_SCALE = flags.DEFINE_integer("scale", None, "Of --sr_dir.", lower_bound=1)
_SAVE_SR = flags.DEFINE_bool("save_sr", False, "Write SR images to --out/sr/<model>/<data set>.")
_SCENES = flags.DEFINE_integer(
    "scenes", 5, "Images of each data set that report.html shows in crops.", lower_bound=0
)
_EXPLAIN = flags.DEFINE_bool("explain", False, "Score by the protocol of a model's authors, too.")
_TIME_REPEATS = flags.DEFINE_integer(
    "time_repeats", 1, "Timed runs of every image, after warm-up; 0: no timing.", lower_bound=0
)
_TIME_ON = flags.DEFINE_list("time_on", None, "Kinds of devices to run on and time: gpu,cpu.")
_OFFLINE = flags.DEFINE_bool("offline", False, "Download nothing: NIQE's data out of the cache.")
_BACKEND = flags.DEFINE_list(
    "backend", None, "Runtimes to run the exported models on: jax,stablehlo,onnxruntime."
)
_PROGRAMS = flags.DEFINE_integer(
    "programs", 4, "That images of all sizes share, at most; 0: one a size.", lower_bound=0
)
_BATCH = flags.DEFINE_integer(
    "batch", 1, "Images of a size restored together; 0: as fit into memory.", lower_bound=0
)
_WARMUP = flags.DEFINE_bool("warmup", False, "Compile what this needs into the cache, and end.")
_PRECISION = flags.DEFINE_list(
    "precision", ["float32"], "Of convolutions: float32,tf32,bfloat16; a row for each."
)
_OUT = flags.DEFINE_string("out", "results", "Folder to write to.")
_WORKERS = flags.DEFINE_integer(
    "workers", 0, "Evaluate by so many processes of Ray, untimed and without crops.", lower_bound=0
)
_RAY = flags.DEFINE_string("ray_address", None, "Of a Ray cluster for --workers, such as 'auto'.")
_FRESH = flags.DEFINE_bool("fresh", False, "Compute anew what --out has records of.")


def main() -> int:
    """Writes results.jsonl and the report into --out and prints the summary."""
    import itertools
    import time
    from pathlib import Path

    from srzoo_jax import data, evaluation, progress, protocols, records, report
    from srzoo_jax.catalogue import EMBEDDED

    protocol = protocols.composed(
        protocols.named(_PROTOCOL.value),
        shave=_SHAVE.value,
        colour=_COLOUR.value,
        sr_rounding=_ROUNDING.value,
        y_rounding=_Y_ROUNDING.value,
        dynamic_range=_RANGE.value,
        self_ensemble=_ENSEMBLE.value,
        metrics=_METRICS.value,
    )
    protocols.fetch(protocol, offline=_OFFLINE.value)
    folder = _folder()
    if not folder:
        jobs = evaluation.plan(
            evaluation.under(protocol, _MODELS.value or EMBEDDED),
            *(_DATASETS.value, _DATA_DIR.value, _LR.value),
        )
    running = {"programs": _PROGRAMS.value, "batch": _BATCH.value}
    if _WARMUP.value and not folder:
        running |= {"repeats": _TIME_REPEATS.value, "devices": _devices()}
        running |= {"explain": _EXPLAIN.value}
        for kind in _PRECISION.value:
            for line in evaluation.warm_up(jobs, protocol, precision=kind, **running):
                print(line)
        return 0
    path = Path(_OUT.value) / "results.jsonl"
    known = [] if _FRESH.value else records.read(path)
    shown = {"scenes_dir": Path(_OUT.value) / report.SCENES, "scene_count": _SCENES.value}
    told = []
    if folder:
        steps = evaluation.evaluate_folder(
            *folder, protocol, known, programs=_PROGRAMS.value, **shown
        )
        total = len(data.sr_pairs(*folder))
    else:
        save_dir = Path(_OUT.value) / "sr" if _SAVE_SR.value else None
        options = {"explain": _EXPLAIN.value, **running}
        if _WORKERS.value:
            from srzoo_jax import cluster

            evaluate = cluster.evaluate
            options |= {"workers": _WORKERS.value, "address": _RAY.value, "repeats": 0}
            options["size_counts"] = evaluation.sizes(jobs)
        else:
            evaluate = evaluation.evaluate
            options |= {**shown, "repeats": _TIME_REPEATS.value, "devices": _devices()}
            options["tell"] = told.append
        ways = [*itertools.product(_BACKEND.value or [None], _PRECISION.value)]
        steps = itertools.chain.from_iterable(
            evaluate(jobs, protocol, known, save_dir, **options, backend=name, precision=kind)
            for name, kind in ways
        )
        total = len(jobs) * len(ways)
    results, started = [], time.perf_counter()
    with records.appending(path, known) as append, progress.bar(total, "image") as bar:
        for record, new in steps:
            results.append(record)
            if new:
                append(record)
            bar.step(f"{record['model']} {record['dataset']}", new)
            if record["status"] == "error":
                bar.tell(f"{record['model']} {record['image']}: error: {record['error']}")
    told.append(f"{len(results)} images in {time.perf_counter() - started:.1f} s")
    records.write(path, results)
    summary = report.write(_OUT.value, results, protocol)
    print(report.table(summary, protocol))
    print(f"protocol: {report.caption(protocol)}")
    for remark in report.remarks(summary):
        print(remark)
    for line in told:
        print(line)
    if kept := bar.kept:
        print(f"{kept} of {total} records are of an earlier run; --fresh computes them anew")
    print(f"written to {_OUT.value}: report.html, summary.md .csv .json, figures, results.jsonl")
    return app.INCOMPLETE if any(row["errors"] for row in summary) else 0


def _devices() -> list | None:
    """The first device of every kind that is asked for."""
    import jax

    try:
        return [jax.devices(kind)[0] for kind in _TIME_ON.value or ()]
    except RuntimeError as error:
        raise ValueError(f"--time_on={','.join(_TIME_ON.value)}: {error}") from error


def _folder() -> tuple[str, str, int] | None:
    """The folders and scale of SR images made elsewhere, if that is what is asked for."""
    given = {"sr_dir": _SR_DIR.value, "hr_dir": _HR_DIR.value, "scale": _SCALE.value}
    missing = [f"--{name}" for name, value in given.items() if value is None]
    if len(missing) == len(given):
        return None
    if missing:
        raise ValueError(f"--sr_dir, --hr_dir and --scale belong together; missing: {missing[0]}")
    others = [flag.name for flag in (_MODELS, _DATA_DIR, _LR, _BACKEND) if flag.value is not None]
    if others or _SAVE_SR.value:
        raise ValueError(f"--sr_dir runs no model: --{(*others, 'save_sr')[0]} has no meaning")
    return tuple(given.values())


if __name__ == "__main__":
    app.run(main)
