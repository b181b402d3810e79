"""Proves models equal to their authors' code.

Every folder of --golden_dir holds what the authors' network gives for computed weights and,
some, for the released ones. The latter are checked where the weights are at hand: ported before,
or in --checkpoints_dir.
"""

from absl import flags

from experiments import app

_GOLDEN = flags.DEFINE_string("golden_dir", None, "Folder of golden folders.", required=True)
_MODELS = flags.DEFINE_list("models", [], "Only these models.")
_CHECKPOINTS = flags.DEFINE_string("checkpoints_dir", None, "Folder of official files.")
_X64 = flags.DEFINE_bool(
    "x64", False, "Compute in float64: tells a mistake (stays) from rounding (goes)."
)
_SHORTCUTS = flags.DEFINE_bool(
    "shortcuts", True, "Compute as models do by default: Winograd's convolution, collapsed tails."
)

# Of the standard deviation of the output: the authors' own code in float32 differs from itself in
# float64 by 2e-6 to 3e-5; a wrong constant anywhere costs far more.
_TOLERANCE = {False: 1e-4, True: 1e-6}
# For released weights: of the output range.
_TOLERANCE_REAL = 1e-4


def main() -> int:
    """Prints a line a check, then how many passed."""
    from pathlib import Path

    import jax

    from srzoo_jax import golden, params, port, zoo
    from srzoo_jax.catalogue import CATALOGUE
    from srzoo_jax.models import convolution

    jax.config.update("jax_enable_x64", _X64.value)
    convolution.shortcuts.set_global(_SHORTCUTS.value)
    root = Path(_GOLDEN.value)
    folders = sorted(path.parent for path in root.glob("*/golden.npz"))
    if _MODELS.value:
        rows = [zoo.entry(name).name for name in _MODELS.value]
        folders = [folder for folder in folders if folder.name in rows]
    if not folders:
        raise ValueError(f"{root} has no golden folder{' of these models' * bool(_MODELS.value)}")

    def real_weights(row):
        if _CHECKPOINTS.value and (Path(_CHECKPOINTS.value) / row.file).is_file():
            return port.port(row, Path(_CHECKPOINTS.value) / row.file)[0]
        try:
            return params.load(params.find(row.name))[0]
        except FileNotFoundError:
            return None

    verdicts = []

    def report(name, weights, check, tolerance, unit):
        try:
            parity = check()
            passed = getattr(parity, unit) <= tolerance  # False for NaN.
            line = f"max error {parity.max_error:8.2e}  of std {parity.relative:8.2e}"
        except ValueError as error:
            passed, line = False, str(error)
        verdicts.append(passed)
        print(f"{name:24} {weights:9} {line}  {'passed' if passed else 'FAILED'}", flush=True)

    unknown = [folder.name for folder in folders if folder.name not in CATALOGUE]
    for folder in folders:
        if folder.name in unknown:
            continue
        row = CATALOGUE[folder.name]
        tolerance = _TOLERANCE[_X64.value]
        report(row.name, "computed", lambda: golden.check(row, folder), tolerance, "relative")  # noqa: B023
        real = folder / "golden_real.npz"
        if real.is_file() and (weights := real_weights(row)) is not None:
            check = lambda: golden.compare(row, weights, real)  # noqa: B023, E731
            report(row.name, "released", check, _TOLERANCE_REAL, "of_range")
    if unknown:
        print(f"not in the catalogue, not checked: {', '.join(unknown)}")
    failed = verdicts.count(False)
    print(f"{len(verdicts) - failed} passed, {failed} failed")
    return app.FAILED if failed or not verdicts else 0


if __name__ == "__main__":
    app.run(main)
