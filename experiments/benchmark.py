"""Measures what models cost: seconds to trace, compile and run, forward and gradient; memory.

Without --models: every model of colour images that has parameters; none need be ported, as
parameters are random. The models are run by turns, so that all meet the same load.
"""

from absl import flags

from experiments import app

_MODELS = flags.DEFINE_list("models", None, "Names of the catalogue; default: all with parameters.")
_SIZE = flags.DEFINE_string("size", "48x48", "Height and width of the input image, in pixels.")
_REPEATS = flags.DEFINE_integer("repeats", 5, "Timed runs of every model.", lower_bound=1)
_OUT = flags.DEFINE_string("out", "benchmark", "Folder to write to.")


def main() -> int:
    """Writes benchmark.{json,csv,md} into --out and prints the table."""
    import tqdm

    from srzoo_jax import benchmark

    names = benchmark.check_names(_MODELS.value or benchmark.default_models())
    height, width = benchmark.parse_size(_SIZE.value)
    conditions = benchmark.conditions(height, width)
    total = len(names) * (1 + _REPEATS.value)
    with tqdm.tqdm(total=total, unit="turn", disable=None) as progress:

        def tick(name):
            progress.set_postfix_str(name)
            progress.update()

        for rows, errors in benchmark.measure(names, height, width, _REPEATS.value, tick):
            benchmark.write(_OUT.value, rows, errors, conditions)
    print(benchmark.table(rows))
    for name, error in errors.items():
        print(f"{name}: error: {error}")
    print(f"written to {_OUT.value}: benchmark.json, benchmark.csv, benchmark.md")
    return app.INCOMPLETE if errors else 0


if __name__ == "__main__":
    app.run(main)
