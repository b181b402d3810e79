"""Gradient-based studies of models on benchmark sets: what `experiments.perturb` runs and shows."""

from srzoo_jax.studies import attacking, inspecting
from srzoo_jax.studies.study import Options, Record, Study, count, merged, run

STUDIES: dict[str, Study] = attacking.STUDIES | inspecting.STUDIES

__all__ = ["STUDIES", "Options", "Record", "Study", "count", "merged", "run"]
