"""Studies models by their gradients: attacks, defences, sensitivity, attribution.

    python -m experiments.perturb --models=imdn_x4,carn_m_x4 --datasets=Set5 --data_dir=DIR
        --attack=ifgsm --alphas=1,2,4,8,16,32 --steps=50 --crop=40

attacks central crops and shows what becomes of the restored images. --study names other studies;
those of one --out share a report. A run that was stopped goes on where it was.
"""

from absl import flags

from experiments import app

_STUDIES = (
    *("attack", "transfer", "universal", "partial", "targeted", "defence"),
    *("sensitivity", "corruption", "lam"),
)
_ATTACKS = ("ifgsm", "fgsm", "momentum", "pgd", "adam", "adam_l2", "adam_l0", "random_signs")
_STUDY = flags.DEFINE_multi_enum("study", ["attack"], _STUDIES, "What to do; may be repeated.")
_MODELS = flags.DEFINE_list("models", None, "Models by name; default: the embedded ones.")
_DATASETS = flags.DEFINE_list("datasets", ["photos"], "Data sets by name.")
_DATA_DIR = flags.DEFINE_string("data_dir", None, "Folder of data sets.")
_ATTACK = flags.DEFINE_enum("attack", "ifgsm", _ATTACKS, "Which attack.")
_AGAINST = flags.DEFINE_enum(
    "against", "hr", ("hr", "clean"), "Attack away from HR, or from SR of the clean image."
)
_ALPHAS = flags.DEFINE_list(
    "alphas", ["8"], "Strengths in levels of 255; of adam_l0 numbers of pixels."
)
_STEPS = flags.DEFINE_integer("steps", 50, "Of attacks and of paths.", lower_bound=1)
_CROP = flags.DEFINE_integer("crop", 40, "Rows and columns of LR crops.", lower_bound=8)
_BATCH = flags.DEFINE_integer("batch", 5, "Crops that run together.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Of all randomness.")
_OUT = flags.DEFINE_string("out", "results_perturb", "Folder to write to.")
_FRESH = flags.DEFINE_bool("fresh", False, "Compute anew, and forget what --out has records of.")


def main() -> int:
    """Writes results.jsonl, pictures, tables and report.html into --out; prints the tables."""
    import itertools
    from pathlib import Path

    import tqdm

    from srzoo_jax import records, studies
    from srzoo_jax.catalogue import EMBEDDED
    from srzoo_jax.studies import report

    options = studies.Options(
        models=tuple(_MODELS.value or EMBEDDED),
        attack=_ATTACK.value,
        against=_AGAINST.value,
        alphas=tuple(map(_strength, _ALPHAS.value)),
        steps=_STEPS.value,
        crop=_CROP.value,
        seed=_SEED.value,
        batch=_BATCH.value,
    )
    folder = Path(_OUT.value)
    path = folder / "results.jsonl"
    known = [] if _FRESH.value else records.read(path)
    where = (_DATASETS.value, _DATA_DIR.value)
    names = list(dict.fromkeys(_STUDY.value))
    total = sum(studies.count(studies.STUDIES[name], options, *where) for name in names)
    steps = itertools.chain.from_iterable(
        studies.run(name, studies.STUDIES[name], options, *where, folder, known) for name in names
    )
    kept, results = 0, []
    with records.appending(path, known) as append:
        progress = tqdm.tqdm(steps, total=total, unit="record", disable=None)
        for record, new in progress:
            progress.set_postfix_str(f"{record['of']['study']} {record['of']['model']}")
            results.append(record)
            if new:
                append(record)
            else:
                kept += 1
            if record["status"] == "error":
                of = record["of"]
                progress.write(f"{of['study']} {of['model']} {of['image']}: {record['error']}")
    everything = studies.merged(known, results)
    records.write(path, everything)
    print(report.write(folder, everything, names))
    if kept:
        print(f"{kept} of {total} records are of an earlier run; --fresh computes them anew")
    print(f"written to {folder}: report.html, tables.md, tables.csv, results.jsonl, pictures/")
    failed = any(record["status"] == "error" for record in results)
    return app.INCOMPLETE if failed else 0


def _strength(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ValueError(f"--alphas must be numbers of 0 or more, such as 1,2,4; got {text!r}")
    return value


if __name__ == "__main__":
    app.run(main)
