"""How far long work is: on a terminal a bar, in a log a line a minute."""

import contextlib
import sys
from collections.abc import Iterator

import tqdm


class Bar:
    """Counts finished pieces of work, told apart from those that an earlier run had finished."""

    def __init__(self, bar: tqdm.tqdm):
        self._bar = bar
        self.kept = 0

    def step(self, label: str, new: bool) -> None:
        """One more is finished; one that is not `new` counts neither in rate nor remaining time."""
        if not new:
            self.kept += 1
            self._bar.initial += 1
        self._bar.set_postfix_str(label, refresh=False)
        self._bar.update()

    def tell(self, message: str) -> None:
        """Shows a line without disturbing the bar."""
        self._bar.write(message)


@contextlib.contextmanager
def bar(total: int, unit: str) -> Iterator[Bar]:
    """Shows on stderr how many of `total` are finished, at which rate, and what time remains."""
    live = sys.stderr.isatty()
    interval = 0.1 if live else 60
    ends = {} if live else {"bar_format": "{l_bar}{r_bar}\n"}
    with tqdm.tqdm(
        total=total, unit=unit, smoothing=0, mininterval=interval, maxinterval=interval, **ends
    ) as shown:
        yield Bar(shown)
