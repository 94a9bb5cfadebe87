"""Takes two things in turn, A B A B, and keeps what each of them cost.

On a machine that others use as well, a single time says little. Two that were taken one after the
other say more: the ratio is that of each pair, and the median of those is what is quoted.
"""

from __future__ import annotations

import gc
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that passed, and seconds of processor: of this process and of children that ended."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the answer: `ours` beside `floor`, value by value of the same round.

    `unit` is `s` for seconds or `B` for bytes. An empty `floor` means that the figure has no peer.
    """

    what: str
    ours: tuple[float, ...]
    floor_name: str = ""
    floor: tuple[float, ...] = ()
    unit: str = "s"
    note: str = ""

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours divided by the floor, pair by pair."""
        return tuple(a / b for a, b in zip(self.ours, self.floor, strict=False) if b)

    def as_json(self) -> dict[str, object]:
        """Everything that was measured."""
        ratios = self.ratios
        return {
            "what": self.what,
            "unit": self.unit,
            "ours": list(self.ours),
            "floor_name": self.floor_name,
            "floor": list(self.floor),
            "ratio": statistics.median(ratios) if ratios else None,
            "note": self.note,
        }


def cost(act: Act) -> Cost:
    """What one call costs. The rubbish of earlier ones is taken away before."""
    gc.collect()
    own, children = resource.getrusage(resource.RUSAGE_SELF), _children()
    began = time.perf_counter()
    act()
    wall = time.perf_counter() - began
    now = resource.getrusage(resource.RUSAGE_SELF)
    cpu = now.ru_utime + now.ru_stime - own.ru_utime - own.ru_stime + _children() - children
    return Cost(wall, cpu)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def in_turn(ours: Act, floor: Act, rounds: int) -> tuple[list[Cost], list[Cost]]:
    """A B A B …; before several rounds once each, uncounted: neither pays for what is loaded once."""
    if rounds > 1:
        ours()
        floor()
    a: list[Cost] = []
    b: list[Cost] = []
    for _ in range(rounds):
        a.append(cost(ours))
        b.append(cost(floor))
    return a, b


def compared(
    what: str,
    ours: Act,
    floor_name: str,
    floor: Act,
    rounds: int,
    *,
    wall: bool = True,
    cpu: bool = False,
    note: str = "",
) -> list[Row]:
    """One row of wall-clock time, one of processor time, as asked for."""
    a, b = in_turn(ours, floor, rounds)
    rows: list[Row] = []
    if wall:
        passed = tuple(x.wall for x in a), tuple(x.wall for x in b)
        rows.append(Row(what, passed[0], floor_name, passed[1], note=note))
    if cpu:
        used = tuple(x.cpu for x in a), tuple(x.cpu for x in b)
        rows.append(Row(f"{what}, processor", used[0], floor_name, used[1], note=note))
    return rows


def per_call(act: Act, calls: int) -> float:
    """Processor seconds of one of `calls` quick calls; the loop around them is taken off."""
    steps = range(calls)
    began = time.thread_time()
    for _ in steps:
        pass
    empty = time.thread_time() - began
    began = time.thread_time()
    for _ in steps:
        act()
    return max(1e-9, (time.thread_time() - began - empty) / calls)


def quick_calls(
    what: str, ours: Act, floor_name: str, floor: Act, rounds: int, calls: int, note: str = ""
) -> Row:
    """The same for calls that take less than a microsecond: many of one, many of the other."""
    a: list[float] = []
    b: list[float] = []
    for _ in range(rounds):
        a.append(per_call(ours, calls))
        b.append(per_call(floor, calls))
    return Row(what, tuple(a), floor_name, tuple(b), note=note)


def shown(values: Sequence[float], unit: str) -> str:
    """Median and range, such as `1.24 ms (1.20–1.31)`."""
    if not values:
        return ""
    middle = statistics.median(values)
    divisor, name = _scale(middle, unit)
    text = f"{_digits(middle / divisor)} {name}"
    if len(values) > 1:
        text += f" ({_digits(min(values) / divisor)}–{_digits(max(values) / divisor)})"
    return text


_UNITS = {
    "B": ((2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "B")),
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")),
}


def _scale(value: float, unit: str) -> tuple[float, str]:
    steps = _UNITS[unit]
    return next((step for step in steps if value >= step[0]), steps[-1])


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def shown_ratio(row: Row) -> str:
    """The median of the pairs and their range, such as `1.05 × (0.98–1.11)`."""
    ratios = row.ratios
    if not ratios:
        return ""
    text = f"{_ratio(statistics.median(ratios))} ×"
    if len(ratios) > 1:
        text += f" ({_ratio(min(ratios))}–{_ratio(max(ratios))})"
    return text


def _ratio(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
