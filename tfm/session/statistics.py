"""The figures of this run as lines of text, for the screen and for `--stats`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tfm.model.text import SafeText, safe_text, short_size
from tfm.storage.cache import AheadRecord
from tfm.storage.statistics import (
    CacheFigures,
    RequestFigures,
    Statistics,
    StorageFigures,
    added,
)

_KIND_WIDTH = 23
# together with the names 67 cells: what a dialog has at 80 columns
_WIDTHS = (6, 5, 5, 5, 5, 6, 6, 6)
_COLUMNS = ("sent", "fail", "rep", "up", "down", "p50", "p95", "p99")
_CACHE_WIDTHS = (6, 6, 6, 7, 7, 6)
_CACHE_COLUMNS = ("held", "old", "bytes", "hits", "misses", "rate")
_CODES_SHOWN = 6
_SHARES = (0.5, 0.95, 0.99)
ALL = "all of them"


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line; a heading stands out."""

    text: SafeText
    heading: bool = False


def lines_of(figures: Statistics) -> list[TextLine]:
    """The whole table."""
    asked = [storage for storage in figures.storages if storage.requests]
    lines: list[TextLine] = []
    for storage in asked:
        lines += [*_storage(storage), TextLine(SafeText(""))]
    if not asked:
        lines += [TextLine(SafeText("Nothing was asked of a server yet.")), TextLine(SafeText(""))]
    lines.append(TextLine(_row("Caches", _CACHE_COLUMNS, _CACHE_WIDTHS), heading=True))
    lines += [TextLine(_cache(cache)) for cache in figures.caches]
    if figures.ahead.requests:
        lines.append(TextLine(safe_text(_ahead(figures.ahead))))
    return lines


def _ahead(record: AheadRecord) -> str:
    sent, read, hits, wasted = map(
        _short, (record.requests, record.listings, record.hits, record.wasted)
    )
    return f"Read ahead: {sent} requests, {read} listings, {hits} opened, {wasted} in vain"


def _storage(storage: StorageFigures) -> Iterator[TextLine]:
    yield TextLine(safe_text(storage.title), heading=True)
    yield TextLine(_row("request", _COLUMNS, _WIDTHS), heading=True)
    whole = added(ALL, storage.requests)
    for each in storage.requests:
        yield TextLine(_requests(each))
    if len(storage.requests) > 1:
        yield TextLine(_requests(whole))
    if whole.errors:
        yield TextLine(safe_text(_errors(whole)))
    for line in _cost(storage):
        yield TextLine(safe_text(line))


def _cost(storage: StorageFigures) -> Iterator[str]:
    cost, prices = storage.cost, storage.prices
    if cost is None or prices is None:
        yield "Cost: no prices are known for this server."
        return
    asked, down = (f"{_amount(each)} {prices.currency}" for each in cost)
    yield f"Cost: {asked} for the requests,"
    yield f"      {down} more if what came down left for the internet."
    yield prices.told(short=True)


def _amount(value: float) -> str:
    """Small sums keep two digits that count: a run costs seldom a cent."""
    if value <= 0:
        return "0"
    digits = 2 if value >= 0.1 else min(7, 1 - math.floor(math.log10(value)))
    return f"{value:,.{digits}f}"


def _errors(whole: RequestFigures) -> str:
    told = [f"{code} {count}" for code, count in whole.errors[:_CODES_SHOWN]]
    more = len(whole.errors) - _CODES_SHOWN
    told += [f"{more} more"] if more > 0 else []
    slowed = f"; asked to slow down: {whole.throttled}" if whole.throttled else ""
    return f"Faults: {', '.join(told)}{slowed}"


def _requests(figures: RequestFigures) -> SafeText:
    return _row(
        figures.kind,
        (
            _count(figures.sent),
            _short(figures.failed),
            _short(figures.repeated),
            short_size(figures.bytes_up),
            short_size(figures.bytes_down),
            *(_seconds(figures.latency.quantile(share)) for share in _SHARES),
        ),
        _WIDTHS,
    )


def _cache(cache: CacheFigures) -> SafeText:
    rate = cache.hit_rate
    return _row(
        cache.name,
        (
            _count(cache.entries),
            _count(cache.expired),
            short_size(cache.bytes),
            _count(cache.hits),
            _count(cache.misses),
            "–" if rate is None else f"{rate:.0%}",
        ),
        _CACHE_WIDTHS,
    )


def _row(name: str, cells: Sequence[str], widths: Sequence[int]) -> SafeText:
    name = name if len(name) <= _KIND_WIDTH else f"{name[: _KIND_WIDTH - 1]}…"
    told = (f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return safe_text(f"{name:<{_KIND_WIDTH}}{''.join(told)}")


def _count(number: int) -> str:
    """At most five characters."""
    return str(number) if number < 100_000 else _short(number)


def _short(number: int) -> str:
    """At most four characters."""
    if number < 10_000:
        return str(number)
    if number < 1_000_000:
        return f"{number // 1000}K"
    return f"{number / 1e6:.1f}M" if number < 9_950_000 else f"{number // 1_000_000}M"


def _seconds(seconds: float) -> str:
    """At most five characters."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f}ms"
    return f"{seconds:.1f}s" if seconds < 100 else f"{seconds:.0f}s"
