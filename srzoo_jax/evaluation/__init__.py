"""Models x data sets -> one record an image; see `record` for what a record says."""

from srzoo_jax.evaluation.folders import evaluate_folder
from srzoo_jax.evaluation.models import evaluate, warm_up
from srzoo_jax.evaluation.planning import Job, plan, sizes, under
from srzoo_jax.evaluation.record import Record

__all__ = ["Job", "Record", "evaluate", "evaluate_folder", "plan", "sizes", "under", "warm_up"]
