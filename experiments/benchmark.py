"""Measures what models cost: seconds to compile and run, arithmetic and memory; beside peers.

Without --models: every model of colour images that has parameters; none need be ported, as
parameters are random. Everything is run by turns, so that all meet the same load. With
--peers=torch,onnxruntime the same networks, with the same parameters, run in between in other
frameworks (pip install 'srzoo_jax[peers]'), and must give the same.
"""

from absl import flags

from experiments import app

_MODELS = flags.DEFINE_list("models", None, "Names of the catalogue; default: all with parameters.")
_BATCHES = flags.DEFINE_list("batches", ["1"], "Numbers of images at a time.")
_SIZES = flags.DEFINE_list("sizes", ["48x48"], "Heights and widths of input images, in pixels.")
_PRECISIONS = flags.DEFINE_list("precisions", ["float32"], "float32, tf32 or bfloat16.")
_ENSEMBLE = flags.DEFINE_enum("ensemble", "no", ["no", "yes", "both"], "Run self-ensembles.")
_GRADIENT = flags.DEFINE_bool("gradient", False, "Also measure the gradient by the input.")
_PEERS = flags.DEFINE_list(
    "peers", [], "onnxruntime, torch, torch-compiled, torch-bfloat16, torch-compiled-bfloat16."
)
_STREAM = flags.DEFINE_integer(
    "stream",
    4,
    "Batches that also run from uint8 on the host and back to it, beside threads that convert and "
    "move them: for the share of time that the device is idle. 0: none.",
    lower_bound=0,
)
_REPEATS = flags.DEFINE_integer("repeats", 5, "Timed runs of every case.", lower_bound=1)
_OUT = flags.DEFINE_string("out", "benchmark", "Folder to write to.")


def main() -> int:
    """Writes benchmark.{json,csv,md,svg} into --out and prints the table."""
    import tqdm

    from srzoo_jax import benchmark, peers
    from srzoo_jax.models.convolution import PRECISIONS

    peers.check(_PEERS.value)
    if unknown := set(_PRECISIONS.value) - set(PRECISIONS):
        raise ValueError(f"unknown precision {unknown.pop()!r}; there are {', '.join(PRECISIONS)}")
    if wrong := [text for text in _BATCHES.value if not text.isdecimal() or not int(text)]:
        raise ValueError(f"--batches must be positive numbers, got {wrong[0]!r}")
    cases = benchmark.cases(
        _MODELS.value or benchmark.default_models(),
        [int(text) for text in _BATCHES.value],
        [benchmark.parse_size(text) for text in _SIZES.value],
        _PRECISIONS.value,
        {"no": [False], "yes": [True], "both": [False, True]}[_ENSEMBLE.value],
    )
    conditions = benchmark.conditions(_PEERS.value)
    with tqdm.tqdm(total=len(cases) * (1 + _REPEATS.value), unit="turn", disable=None) as progress:

        def tick(name):
            progress.set_postfix_str(name)
            progress.update()

        measured = benchmark.measure(
            cases,
            _REPEATS.value,
            peer_names=_PEERS.value,
            gradient=_GRADIENT.value,
            stream=_STREAM.value,
            tick=tick,
        )
        for rows, errors in measured:
            benchmark.write(_OUT.value, rows, errors, conditions)
    print(benchmark.table(rows))
    for name, error in errors.items():
        print(f"{name}: error: {error}")
    print(f"written to {_OUT.value}: benchmark.json, benchmark.csv, benchmark.md, benchmark.svg")
    return app.INCOMPLETE if errors else 0


if __name__ == "__main__":
    app.run(main)
