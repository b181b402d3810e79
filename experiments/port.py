"""Ports official checkpoints into parameter files.

Without --checkpoints_dir the official files are downloaded, checked and cached.
"""

from absl import flags

from experiments import app

_MODELS = flags.DEFINE_list("models", None, "Names of the catalogue, or 'all'.", required=True)
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

    from srzoo_jax import official, params, port, zoo
    from srzoo_jax.catalogue import CATALOGUE

    names = list(CATALOGUE) if _MODELS.value == ["all"] else _MODELS.value
    ported = [row for row in map(zoo.entry, names) if row.source]
    folder = Path(_PARAMS.value) if _PARAMS.value else params.writable_dir()
    failures = 0
    for row in tqdm.tqdm(ported, unit="model", disable=None):
        path = folder / f"{row.name}.safetensors"
        try:
            file = official.locate(row, _CHECKPOINTS.value, offline=_OFFLINE.value)
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


if __name__ == "__main__":
    app.run(main)
