"""Trains a model on folders of HR images: to parameters that every app can load.

The family's recipe of the literature is the default, and flags change it. Killed and started
again by the same command, it goes on as if nothing had happened.
"""

from absl import flags

from experiments import app

_MODEL = flags.DEFINE_string("model", None, "Of the catalogue: the network to train.")
_TRAIN = flags.DEFINE_list("train_dirs", None, "Folders of HR images, searched to any depth.")
_OUT = flags.DEFINE_string("out", None, "Folder of this training.")
_NAME = flags.DEFINE_string("name", None, "What to call the result; default: my_<model>.")
_START = flags.DEFINE_string("start_from", None, "Begin with what fits of this model's parameters.")
_KERNEL = flags.DEFINE_string("lr", "matlab_bicubic", "The kernel that makes LR of HR.")
_HELD_OUT = flags.DEFINE_integer("held_out", 8, "Training images to validate on.", lower_bound=0)
_EVERY = flags.DEFINE_integer("every", 1000, "Steps between validations.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Of parameters and crops.", lower_bound=0)
_IMAGES = flags.DEFINE_string("images", None, "For the model card: what the images are, and whose.")
_LICENCE = flags.DEFINE_string("licence", "unknown", "For the model card.")
_CHANGES = {
    name: define(name, None, f"Recipe: {text}")
    for define, name, text in (
        (flags.DEFINE_integer, "steps", "how many there are; more of them prolong a training."),
        (flags.DEFINE_integer, "batch", "crops a step."),
        (flags.DEFINE_integer, "patch", "side of the LR crops."),
        (flags.DEFINE_float, "learning_rate", "the highest."),
        (flags.DEFINE_string, "schedule", "halved, cosine or stable."),
        (flags.DEFINE_integer, "period", "steps between halvings, or of the final decay."),
        (flags.DEFINE_string, "loss", "l1 or l2."),
        (flags.DEFINE_float, "frequency", "weight of the loss in the Fourier domain."),
        (flags.DEFINE_float, "ema", "what stays of the moving average at each step."),
        (flags.DEFINE_string, "precision", "float32 or bfloat16."),
    )
}
flags.mark_flags_as_required(["model", "train_dirs", "out"])


def main() -> int:
    """Writes checkpoints, log.csv and <name>.safetensors into --out."""
    import dataclasses
    from pathlib import Path

    import jax
    import tqdm

    from srzoo_jax import params, zoo
    from srzoo_jax.protocols import PROTOCOLS
    from srzoo_jax.training import card, checkpoints, crops, loop, recipes, steps

    row, out = steps.trainable(zoo.entry(_MODEL.value)), Path(_OUT.value)
    changes = {name: flag.value for name, flag in _CHANGES.items() if flag.value is not None}
    recipe = dataclasses.replace(recipes.of(row.model), **changes)
    paths = crops.find(_TRAIN.value)
    reading = tqdm.tqdm(paths, "reading", unit="image", disable=None)
    scenes, refused = crops.read(reading, row.scale, _KERNEL.value)
    for message in refused:
        print(f"left out: {message}")
    training, held_out = crops.split(scenes, _HELD_OUT.value)
    batches = crops.Crops(training, patch=recipe.patch, batch=recipe.batch, seed=_SEED.value)
    others = {"model": row.hyper_parameters, "seed": _SEED.value, "start_from": _START.value}
    others |= {"held_out": _HELD_OUT.value, "images": crops.digest(scenes)}
    with checkpoints.opened(out / "checkpoints") as kept:
        checkpoints.keep_settings(out / "settings.json", recipe, others)
        given = zoo.load(_START.value)[1] if _START.value else {}
        begin = steps.start(row.model, recipe, seed=_SEED.value, given=given)
        begin = kept.newest(begin) or begin
        print(f"{row.hyper_parameters}: {steps.count(begin.params):,} parameters")
        print(f"{len(batches)} images of {len(paths)}, {len(held_out)} held out; {recipe}")
        validate = loop.validation(row.model, held_out, PROTOCOLS["srzoo"])
        log = loop.Log(out / "log.csv", int(begin.step))
        state, every = begin, _EVERY.value
        progress = tqdm.tqdm(initial=int(begin.step), total=recipe.steps, unit="step", disable=None)
        for state, report in loop.train(row.model, recipe, begin, batches, validate, every=every):
            progress.update()
            if report:
                loop.record(state, report, log, kept.save)
                progress.write(str(report))
    name = _NAME.value or f"my_{row.name}"
    images = _IMAGES.value or f"{len(training)} images of {', '.join(_TRAIN.value)}"
    header = card.card(
        *(name, row, recipe),
        images=images,
        licence=_LICENCE.value,
        started_from=f"what fits of {_START.value}" if _START.value else "random parameters",
        figures=f"srzoo, held out: {validate(state.average):.3f} dB",
    )
    params.save(out / f"{name}.safetensors", jax.device_get(state.average), header)
    print(f"written to {out}: {name}.safetensors; SRZOO_PARAMS={out} makes all apps find it")
    return 0


if __name__ == "__main__":
    app.run(main)
