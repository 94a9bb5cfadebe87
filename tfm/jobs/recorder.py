"""Writes the journal of one job as the job goes on, and answers from it after a kill."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from tfm.jobs.codec import (
    from_entry,
    from_leftover,
    from_order,
    from_place,
    from_result,
    to_entry,
    to_leftover,
    to_order,
    to_place,
    to_result,
)
from tfm.jobs.journal import LONGEST_TITLE, VERSION, JournalFile, Record, boot, host
from tfm.model.entry import Entry, same_content
from tfm.model.location import LOCAL, Location
from tfm.model.text import shortened
from tfm.ops.context import ItemResult, Outcome, Report
from tfm.ops.order import Order
from tfm.ops.plan import Picked
from tfm.ops.record import Before, Left
from tfm.storage.base import Extent, Leftover, Trail


@dataclass(slots=True)
class Past:
    """What a journal says: the order, and what was reached.

    `servers` are those of connections with a name. `began` in seconds since 1970. `same_boot` is false after a power cut: then what was not synced may
    be lost, and no copy is believed unseen.
    """

    title: str
    order: Order
    endpoint: str
    host: str
    began: float
    same_boot: bool
    opened: dict[Location, Before] = field(default_factory=dict)
    ended: dict[Location, ItemResult] = field(default_factory=dict)
    left: dict[tuple[Location, str], Left] = field(default_factory=dict)
    published: set[Location] = field(default_factory=set)
    removed: set[Location] = field(default_factory=set)
    finished: bool = False
    servers: Mapping[str, str] = field(default_factory=dict)

    def before(self, source: Location) -> Before | None:
        """As `Recorder.before`."""
        opened, ended = self.opened.get(source), self.ended.get(source)
        if opened is None and ended is None:
            return Before(None, removed=True) if source in self.removed else None
        if ended is not None and ended.outcome is Outcome.SKIPPED:
            return Before(ended.destination, None, skipped=ended.reason)
        if opened is not None:
            before = opened
        else:
            assert ended is not None
            before = Before(ended.destination)
        # what a server confirmed stands, whatever happened to this machine
        durable = self.same_boot or (before.target or source).root != LOCAL
        stands = ended is not None or source in self.published
        return replace(before, done=stands and durable, removed=source in self.removed)


def past_of_report(title: str, order: Order, report: Report) -> Past:
    """As if the job had been cut off where items failed: what was done or left out is not done again."""
    past = Past(title, order, "", host(), time.time(), same_boot=True)
    for item in report.items:
        if item.outcome in (Outcome.DONE, Outcome.SKIPPED):
            past.ended[item.source] = item
    return past


def past_of(records: Iterable[Record]) -> Past | None:
    """What a journal says; None if its order was cut off before the job could begin.

    Raises ValueError, KeyError or TypeError for one that this version of tfm did not write.
    """
    past: Past | None = None
    head: Record = {}
    picked: list[Picked] = []
    names: list[Any] = []
    for record in records:
        kind = record.get("k")
        if kind == "job":
            head = record
            if record.get("v") != VERSION:
                raise ValueError("written by another version of tfm")
        elif kind == "pick":
            place, entry = record["p"]
            picked.append((to_place(place), to_entry(entry)))
            names += [record["as"]] if "as" in record else []
        elif kind == "begin":
            past = Past(
                str(head["title"]),
                to_order(head["order"], picked, names),
                str(head.get("endpoint", "")),
                str(head.get("host", "")),
                float(head["t"]),
                same_boot=head.get("boot") == boot(),
                servers=dict(head.get("servers", {})),
            )
        elif past is not None:
            _replay(past, kind, record)
    return past


def _replay(past: Past, kind: Any, record: Record) -> None:
    if kind == "into":
        past.order = replace(past.order, into=bool(record["v"]))
    elif kind == "open":
        source = to_place(record["s"])
        replaces = to_entry(record["r"]) if "r" in record else None
        past.opened[source] = Before(to_place(record["d"]), to_entry(record["e"]), replaces)
        past.ended.pop(source, None)
        past.published.discard(source)
    elif kind == "published":
        past.published.add(to_place(record["s"]))
    elif kind == "removed":
        past.removed.add(to_place(record["s"]))
    elif kind == "left":
        _replay_left(past, to_place(record["s"]), to_leftover(record))
    elif kind == "arrived":
        left = past.left.get(_key(to_leftover(record)))
        if left is not None:
            extent = Extent(int(record["a"]), int(record["z"]), int(record["c"]))
            grown = replace(left.leftover, extents=(*left.leftover.extents, extent))
            past.left[_key(grown)] = replace(left, leftover=grown)
    elif kind == "gone":
        past.left.pop(_key(to_leftover(record)), None)
    elif kind == "end":
        result = to_result(record)
        if result.outcome in (Outcome.DONE, Outcome.SKIPPED):
            past.ended[result.source] = result
    elif kind == "finish":
        past.finished = True


def _key(leftover: Leftover) -> tuple[Location, str]:
    """What has no name yet is told apart by the time at which it was asked for."""
    return leftover.place, leftover.name or f"?{leftover.since}"


def _replay_left(past: Past, source: Location, leftover: Leftover) -> None:
    opened = past.opened.get(source)
    if leftover.name:  # its name is known now
        past.left.pop(_key(replace(leftover, name="")), None)
    known = past.left.get(_key(leftover))
    if known is not None:
        leftover = replace(leftover, extents=known.leftover.extents)
    past.left[_key(leftover)] = Left(leftover, source, None if opened is None else opened.replaces)


class JobRecorder:
    """The `Recorder` of one job; without a file it knows the past and writes nothing.

    `cut_off` is set when the program is ended by somebody else. `order` is complete as soon as the
    job has begun.
    """

    def __init__(
        self, order: Order, file: JournalFile | None = None, past: Past | None = None
    ) -> None:
        self.cut_off = False
        self.order = order
        self._file = file
        self._past = past
        self._lock = threading.Lock()
        self._left = {} if past is None else dict(past.left)
        self._found: dict[Location, list[Leftover]] = {}
        for left in self._left.values():
            self._found.setdefault(left.source, []).append(left.leftover)

    @classmethod
    def begin(
        cls,
        file: JournalFile,
        title: str,
        order: Order,
        endpoint: str,
        past: Past | None = None,
        servers: Mapping[str, str] = MappingProxyType({}),
    ) -> JobRecorder:
        """The first records: what is to be done, by whom, and what of it was done before."""
        head: Record = {
            "k": "job",
            "v": VERSION,
            "t": time.time(),
            "title": shortened(title, LONGEST_TITLE),
            "endpoint": endpoint,
            "servers": dict(servers),
            "host": host(),
            "boot": boot(),
            "order": from_order(order),
        }
        picks: list[Record] = [
            {"k": "pick", "p": [from_place(at), from_entry(e)]} for at, e in order.picked
        ]
        for pick, name in zip(picks, order.names, strict=False):
            pick["as"] = name
        ended = () if past is None else past.ended.values()
        file.append(head, *picks, {"k": "begin"}, *({"k": "end", **from_result(e)} for e in ended))
        return cls(order, file, past)

    @property
    def past(self) -> Past | None:
        """What earlier runs had reached; None for a job that began with this one."""
        return self._past

    @property
    def id(self) -> str:
        """The name of its journal; empty without one."""
        return "" if self._file is None else self._file.id

    def _append(self, record: Record, *, durable: bool = False) -> None:
        if self._file is not None:
            self._file.append(record, durable=durable)

    def decided(self, *, into: bool) -> None:
        """As the protocol."""
        self.order = replace(self.order, into=into)
        self._append({"k": "into", "v": into})

    def opened(
        self, source: Location, entry: Entry, target: Location, replaces: Entry | None
    ) -> Trail:
        """As the protocol."""
        record: Record = {
            "k": "open",
            "s": from_place(source),
            "d": from_place(target),
            "e": from_entry(entry),
        }
        if replaces is not None:
            record["r"] = from_entry(replaces)
        self._append(record)
        return _ItemTrail(self, source, replaces, self._earlier(source, entry, target))

    def _earlier(self, source: Location, entry: Entry, target: Location) -> tuple[Leftover, ...]:
        """Only what was made of the same contents, for the same place, may be built upon."""
        opened = None if self._past is None else self._past.opened.get(source)
        if opened is None or opened.entry is None or not same_content(opened.entry, entry):
            return ()
        return tuple(each for each in self._found.get(source, ()) if each.place == target)

    def leave(self, left: Left) -> None:
        """Something may be left from now on. Uploads are synced: nobody sees them by looking."""
        leftover = left.leftover
        with self._lock:
            if leftover.name:  # its name is known now
                self._left.pop(_key(replace(leftover, name="")), None)
            self._left[_key(leftover)] = left
        self._append(
            {"k": "left", "s": from_place(left.source), **from_leftover(leftover)},
            durable=not leftover.name.startswith("/"),
        )

    def arrived(self, leftover: Leftover, extent: Extent) -> None:
        """A file that may be left holds these bytes."""
        self._append(
            {
                "k": "arrived",
                **from_leftover(leftover),
                "a": extent.offset,
                "z": extent.size,
                "c": extent.crc,
            }
        )

    def gone(self, leftover: Leftover) -> None:
        """It is not left any more."""
        with self._lock:
            self._left.pop(_key(leftover), None)
        self._append({"k": "gone", **from_leftover(leftover)})

    def published(self, source: Location) -> None:
        """As the protocol."""
        self._append({"k": "published", "s": from_place(source)})

    def source_removed(self, source: Location) -> None:
        """As the protocol."""
        self._append({"k": "removed", "s": from_place(source)})

    def ended(self, result: ItemResult) -> None:
        """As the protocol."""
        self._append({"k": "end", **from_result(result)})

    def before(self, source: Location) -> Before | None:
        """As the protocol."""
        return None if self._past is None else self._past.before(source)

    def ended_before(self) -> Sequence[ItemResult]:
        """As the protocol."""
        return () if self._past is None else tuple(self._past.ended.values())

    def opened_before(self) -> Sequence[Location]:
        """As the protocol."""
        if self._past is None:
            return ()
        return [each for each in self._past.opened if each not in self._past.ended]

    def left(self) -> Sequence[Left]:
        """What is still left, as far as is known."""
        with self._lock:
            return list(self._left.values())

    def finish(self, *, keep: bool = False) -> None:
        """The job has ended. With `keep`, or when it was cut off, it is offered again; else its journal
        goes, unless something is still left that must be named.
        """
        if self._file is None:
            return
        if keep or self.cut_off:
            self._file.close()
        elif self._left:
            self._file.append({"k": "finish"})
            self._file.close()
        else:
            self._file.remove()


class _ItemTrail:
    """The trail of one item."""

    def __init__(
        self,
        recorder: JobRecorder,
        source: Location,
        replaced: Entry | None,
        earlier: tuple[Leftover, ...],
    ) -> None:
        self._recorder = recorder
        self._source = source
        self._replaced = replaced
        self._earlier = earlier
        self._cut_off = False

    @property
    def stays(self) -> bool:
        return bool(self._recorder.id) and (self._recorder.cut_off or self._cut_off)

    def cut_off(self) -> None:
        self._cut_off = True

    def earlier(self) -> Sequence[Leftover]:
        return self._earlier

    def leave(self, leftover: Leftover) -> None:
        self._recorder.leave(Left(leftover, self._source, self._replaced))

    def arrived(self, leftover: Leftover, extent: Extent) -> None:
        self._recorder.arrived(leftover, extent)

    def gone(self, leftover: Leftover) -> None:
        self._recorder.gone(leftover)
