"""Evaluation on many machines, by Ray: the same function, records and order as on one.

The plan is cut into parts of one model, which Ray's workers evaluate; a part whose worker dies is
evaluated again by another one. Records come in the order of the plan, so that what is summed up
of them does not depend on how many workers there were.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice

from srzoo_jax import determinism, evaluation
from srzoo_jax.evaluation import Job, Record

RETRIES = 5
"""How often a part is tried again after its worker died."""


def evaluate(
    jobs: Iterable[Job],
    *arguments,
    workers: int,
    address: str | None = None,
    part: int = 16,
    step: Callable[..., Iterator[tuple[Record, bool]]] = evaluation.evaluate,
    **options,
) -> Iterator[tuple[Record, bool]]:
    """Like `evaluation.evaluate`, spread over Ray's workers; paths must mean the same to all.

    Args:
        jobs: The plan; jobs of one model follow each other.
        *arguments: As of `step`.
        workers: How many parts are evaluated at a time.
        address: Of a Ray cluster ("auto": the one this machine belongs to); default: one is
            started here, of so many processes.
        part: Images that a worker evaluates at a time.
        step: What evaluates a part.
        **options: As of `step`.

    Raises:
        ray.exceptions.RayError: A part failed `RETRIES` times, or there is no cluster.
    """
    import ray

    variables = determinism.variables()
    ray.init(
        address=address,
        num_cpus=None if address else workers,
        include_dashboard=False,
        runtime_env={"env_vars": variables} if variables else None,
    )
    try:
        # One process an accelerator, where the cluster has some.
        gpus = 1 if ray.cluster_resources().get("GPU") else 0
        remote = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=RETRIES)(_evaluated)
        shared = ray.put((step, arguments, options))
        parts = _parts(jobs, part)
        running = deque(remote.remote(some, shared) for some in islice(parts, workers))
        while running:
            yield from ray.get(running.popleft())
            running.extend(remote.remote(some, shared) for some in islice(parts, 1))
    finally:
        ray.shutdown()


def _evaluated(jobs: list[Job], shared) -> list[tuple[Record, bool]]:
    step, arguments, options = shared
    return list(step(jobs, *arguments, **options))


def _parts(jobs: Iterable[Job], size: int) -> Iterator[list[Job]]:
    for _, of_model in groupby(jobs, lambda job: job.model):
        while some := list(islice(of_model, size)):
            yield some
