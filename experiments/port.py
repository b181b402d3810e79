"""Ports checkpoints into parameter files.

Without --checkpoints_dir the official files of --models are downloaded, checked and cached. What
--checkpoint holds is told from its arrays, unless --models says it; a model outside the catalogue
is given a --name, under which it is loaded ever after.
"""

from absl import flags

from experiments import app

_MODELS = flags.DEFINE_list("models", None, "Names of the catalogue, or 'all'.")
_CHECKPOINT = flags.DEFINE_string("checkpoint", None, "One file, official or not.")
_NAME = flags.DEFINE_string("name", None, "For --checkpoint: port it under a name of its own.")
_SET = flags.DEFINE_string(
    "set", "", "For --checkpoint: hyper-parameters that its arrays don't tell: res_scale=0.1,..."
)
_CHECKPOINTS = flags.DEFINE_string(
    "checkpoints_dir", None, "Folder that holds the official files, under their official names."
)
_PARAMS = flags.DEFINE_string(
    "params_dir", None, "Where to write; default: the first folder that evaluate looks in."
)
_OFFLINE = flags.DEFINE_bool("offline", False, "Download nothing: only cached files.")
_UNOFFICIAL = flags.DEFINE_bool("unofficial", False, "Also take files of another hash.")


def main() -> int:
    """Ports each model; one that fails does not stop the others."""
    from pathlib import Path

    import jax
    import tqdm

    from srzoo_jax import official, params, port

    ported = _rows()
    folder = Path(_PARAMS.value) if _PARAMS.value else params.writable_dir()
    failures = 0
    for row in tqdm.tqdm(ported, unit="model", disable=None):
        path = folder / f"{row.name}.safetensors"
        try:
            file = _CHECKPOINT.value or official.locate(
                row, _CHECKPOINTS.value, offline=_OFFLINE.value
            )
            tree, provenance = port.port(row, file, unofficial=_UNOFFICIAL.value)
            params.save(path, tree, provenance)
        except (ValueError, OSError) as error:
            if len(ported) == 1:
                raise
            failures += 1
            tqdm.tqdm.write(f"{row.name}: error: {error}")
            continue
        count = sum(leaf.size for leaf in jax.tree.leaves(tree))
        tqdm.tqdm.write(
            f"{row.name}: {count:,} parameters of {row.source.repository}"
            f" (official file: {provenance['file_verified']}) -> {path}"
        )
    return app.INCOMPLETE if failures else 0


def _rows() -> list:
    """What to port: rows of the catalogue that the user names, or what the checkpoint holds."""
    from srzoo_jax import recognise, zoo
    from srzoo_jax.catalogue import CATALOGUE, written

    if _CHECKPOINT.value and _CHECKPOINTS.value:
        raise ValueError("pass either --checkpoint or --checkpoints_dir")
    if _MODELS.value and (_NAME.value or _SET.value):
        raise ValueError("--name and --set are for models that --models does not name")
    if _MODELS.value:
        names = list(CATALOGUE) if _MODELS.value == ["all"] else _MODELS.value
        rows = [row for row in map(zoo.entry, names) if row.official]
        if not rows:
            raise ValueError(f"no official files are known of {', '.join(names)}: nothing to port")
        return rows
    if not _CHECKPOINT.value:
        raise ValueError("say what to port: --models=NAME,... or --checkpoint=FILE")
    _, given = written.read(f"set({_SET.value})")
    found = recognise.recognise(_CHECKPOINT.value, name=_NAME.value, given=given)
    names = ", ".join(row.name for row in found.rows)
    print(f"{_CHECKPOINT.value}: {found.match}, {found.why}: {names}")
    return found.rows


if __name__ == "__main__":
    app.run(main)
