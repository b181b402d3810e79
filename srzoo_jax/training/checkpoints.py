"""States of a training on disk, by orbax; and the settings that they belong to."""

import contextlib
import dataclasses
import errno
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import jax

from srzoo_jax import files, troubles
from srzoo_jax.training.recipes import Recipe
from srzoo_jax.training.steps import State

_KEPT = 2  # States: one more than needed.


class Checkpoints:
    """The states in a folder."""

    def __init__(self, manager, arguments):
        self._manager, self._arguments = manager, arguments

    def save(self, state: State) -> None:
        """Writes a state; a kill meanwhile, or a full disk, leaves the older ones as they are.

        Raises:
            OSError: The disk is full.
        """
        folder = Path(self._manager.directory)
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
        if shutil.disk_usage(folder).free < sum(leaf.nbytes for leaf in jax.tree.leaves(state)):
            raise full  # What orbax does then ends in tracebacks of its threads.
        try:
            self._manager.save(int(state.step), args=self._arguments.StandardSave(state._asdict()))
        except Exception as error:
            for half in folder.glob(f"{state.step}.*-tmp"):
                shutil.rmtree(half, ignore_errors=True)
            if not troubles.is_of_full_disk(error):
                raise
            raise full from error

    def newest(self, like: State) -> State | None:
        """Returns the newest state, shaped `like` this one; None if there is none."""
        step = self._manager.latest_step()
        if step is None:
            return None
        spec = jax.tree.map(jax.eval_shape, [lambda: like._asdict()])[0]
        return State(**self._manager.restore(step, args=self._arguments.StandardRestore(spec)))


@contextlib.contextmanager
def opened(folder: str | os.PathLike) -> Iterator[Checkpoints]:
    """Opens a folder of states, which is made if need be.

    Raises:
        ValueError: orbax is not installed.
    """
    try:
        import orbax.checkpoint as ocp
    except ModuleNotFoundError as error:
        raise ValueError(
            f"training needs {error.name}, which is not installed: pip install 'srzoo_jax[train]'"
        ) from error
    options = ocp.CheckpointManagerOptions(max_to_keep=_KEPT, enable_async_checkpointing=False)
    with ocp.CheckpointManager(Path(folder).absolute(), options=options) as manager:
        yield Checkpoints(manager, ocp.args)


def keep_settings(path: str | os.PathLike, recipe: Recipe, others: Mapping) -> None:
    """Writes what a training is, or compares it with what an earlier run of it wrote.

    Args:
        path: A JSON file.
        recipe: How it trains. `steps` may change: more of them prolong a training.
        others: Everything else that must stay as it is: JSON values by name.

    Raises:
        ValueError: The earlier run was another training; the message says in what.
    """
    path = Path(path)
    settings = json.loads(json.dumps({**dataclasses.asdict(recipe), **others}))
    if path.is_file():
        earlier = json.loads(path.read_text())
        for name in sorted((settings.keys() | earlier.keys()) - {"steps"}):
            old, new = earlier.get(name), settings.get(name)
            if old != new:
                raise ValueError(
                    f"{path.parent} holds another training, whose {name} is {old!r}, not {new!r}."
                    " Choose another folder, or go on with the same settings"
                )
    files.write_atomically(path, json.dumps(settings, indent=1) + "\n")
