"""The model card of a trained model: what its parameter file says of itself."""

import dataclasses
import datetime
import json

import srzoo_jax
from srzoo_jax.catalogue import Entry
from srzoo_jax.training.recipes import Recipe


def card(
    name: str,
    row: Entry,
    recipe: Recipe,
    *,
    images: str,
    licence: str,
    figures: str,
    started_from: str,
) -> dict[str, str]:
    """Returns the header of a parameter file.

    Args:
        name: What the model is called.
        row: Whose network it is.
        recipe: How it was trained.
        images: What it was trained on, and what is known of their licence.
        licence: The licence of the parameters.
        figures: How well it does, and by which protocol.
        started_from: What it began with.
    """
    return {
        "model": name,
        "hyper_parameters": row.hyper_parameters,
        "scale": str(row.scale),
        "source": "trained by srzoo_jax",
        "licence": licence,
        "paper": row.source.paper,
        "recipe": json.dumps(dataclasses.asdict(recipe)),
        "images": images,
        "started_from": started_from,
        "figures": figures,
        "trained_by": f"srzoo_jax {srzoo_jax.__version__}",
        "trained_on": datetime.date.today().isoformat(),
    }
