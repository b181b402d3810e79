"""Scores models on data sets: a record an image, a table of means.

Without flags: every embedded model on the embedded photographs. A + behind a model's name is
geometric self-ensemble. Run again after an interruption, it goes on where it stopped.
"""

from absl import flags

from experiments import app

_MODELS = flags.DEFINE_list("models", None, "Names of the catalogue; default: all embedded ones.")
_DATASETS = flags.DEFINE_list("datasets", ["photos"], "Folders of --data_dir, or 'photos'.")
_DATA_DIR = flags.DEFINE_string("data_dir", None, "Folder of data sets.")
_PROTOCOL = flags.DEFINE_string("protocol", "srzoo", "How restored images are compared.")
_SHAVE = flags.DEFINE_string("shave", None, "Pixels off every side instead: 10, scale, scale+6.")
_COLOUR = flags.DEFINE_string("colour", None, "Colour conversion instead of the protocol's.")
_ROUNDING = flags.DEFINE_string("sr_rounding", None, "Rounding of SR instead of the protocol's.")
_METRICS = flags.DEFINE_list("metrics", None, "Metrics instead of the protocol's.")
_LR = flags.DEFINE_string(
    "lr", None, "Make LR of HR by this kernel; default: the data set's LR, photos: matlab_bicubic."
)
_OUT = flags.DEFINE_string("out", "results", "Folder to write to.")
_FRESH = flags.DEFINE_bool("fresh", False, "Compute anew what --out has records of.")


def main() -> int:
    """Writes results.jsonl and summary.{json,csv,md} into --out and prints the summary."""
    from pathlib import Path

    import tqdm

    from srzoo_jax import evaluation, protocols, records, report
    from srzoo_jax.catalogue import EMBEDDED

    protocol = protocols.composed(
        protocols.named(_PROTOCOL.value),
        shave=_SHAVE.value,
        colour=_COLOUR.value,
        sr_rounding=_ROUNDING.value,
        metrics=_METRICS.value,
    )
    jobs = evaluation.plan(_MODELS.value or EMBEDDED, _DATASETS.value, _DATA_DIR.value, _LR.value)
    path = Path(_OUT.value) / "results.jsonl"
    known = [] if _FRESH.value else records.read(path)
    kept, results = 0, []
    with records.appending(path, known) as append:
        progress = tqdm.tqdm(
            evaluation.evaluate(jobs, protocol, known), total=len(jobs), unit="image", disable=None
        )
        for record, new in progress:
            progress.set_postfix_str(f"{record['model']} {record['dataset']}")
            results.append(record)
            if new:
                append(record)
            else:
                kept += 1
            if record["status"] == "error":
                progress.write(f"{record['model']} {record['image']}: error: {record['error']}")
    records.write(path, results)
    summary = report.write(_OUT.value, results, protocol)
    print(report.table(summary))
    print(f"protocol: {report.caption(protocol)}")
    if kept:
        print(f"{kept} of {len(jobs)} records are of an earlier run; --fresh computes them anew")
    print(f"written to {_OUT.value}: results.jsonl, summary.json, summary.csv, summary.md")
    return app.INCOMPLETE if any(row["errors"] for row in summary) else 0


if __name__ == "__main__":
    app.run(main)
