"""Checksums of files: reckoned, or told by the storage; lists of them written and checked.

Lists are those of the usual programs: GNU (`digest  name`, a backslash in front where the name is
escaped) and BSD (`SHA256 (name) = digest`). A list says nothing of names that it does not hold.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.model.errors import Cancelled, Corrupt, NotFound, StorageError
from tfm.model.location import Location, Style
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.crc import CASTAGNOLI, NVME, Crc
from tfm.ops.plan import Item, Picked, Plan, walk
from tfm.storage.base import Evidence

_BLOCK = 1024 * 1024
LONGEST_LIST = 64 * 1024 * 1024
"""Bytes of a list that are read at most."""


class Algorithm(enum.Enum):
    """Which checksum; the values are what people type."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    CRC32 = "crc32"
    CRC32C = "crc32c"
    CRC64NVME = "crc64nvme"

    @property
    def title(self) -> str:
        """As people write it."""
        return _TITLES.get(self, self.value.upper())


_TITLES = {Algorithm.SHA1: "SHA-1", Algorithm.SHA256: "SHA-256"}
_BY_DIGITS = {
    8: Algorithm.CRC32,
    16: Algorithm.CRC64NVME,
    32: Algorithm.MD5,
    40: Algorithm.SHA1,
    64: Algorithm.SHA256,
}
_DIGITS = {
    Algorithm.CRC32: 8,
    Algorithm.CRC32C: 8,
    Algorithm.CRC64NVME: 16,
    Algorithm.MD5: 32,
    Algorithm.SHA1: 40,
    Algorithm.SHA256: 64,
}


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


def _new(algorithm: Algorithm) -> _Hash:
    """A checksum is no signature: MD5 and SHA-1 also where the system forbids them for that."""
    if algorithm is Algorithm.CRC32:
        return _Crc32()
    if algorithm is Algorithm.CRC32C:
        return Crc(CASTAGNOLI, 32)
    if algorithm is Algorithm.CRC64NVME:
        return Crc(NVME, 64)
    return hashlib.new(algorithm.value, usedforsecurity=False)


@dataclass(frozen=True, slots=True)
class Sum:
    """The checksum of one file, in hexadecimal digits; `stored` is true where the storage told it."""

    place: Location
    name: str
    digest: str
    stored: bool = False


def checksums(
    ctx: OpContext,
    picked: Sequence[Picked],
    algorithm: Algorithm,
    *,
    told: Callable[[Sum], None] = lambda _sum: None,
    names: Mapping[Location, str] = MappingProxyType({}),
    ask_storage: bool = True,
) -> Report:
    """The checksums of the files that were picked, and of all beneath the directories.

    `told` gets each as it is known, on this thread; its name begins with that of what was picked, or
    with what `names` calls that.
    What the storage keeps is believed without a download, unless `ask_storage` is false.
    """
    report = Report("checksum")
    plan = Plan()
    try:
        for place, entry in picked:
            walk(ctx, Item(place, entry, place), plan)
    except Cancelled:
        return report
    ctx.meter.planned()
    for item, error in plan.unreadable:
        ctx.end(report, _failed(item.source, error))
    tops = {top: number for number, (top, _entry) in reversed([*enumerate(picked)])}
    called = {item.source: _name(item.source, tops, names) for item in plan.others}

    def one(item: Item) -> tuple[Item, Sum | StorageError | Cancelled]:
        try:
            ctx.cancel.check()
            digest, stored = _digest(ctx, item.source, item.entry, algorithm, ask=ask_storage)
        except (StorageError, Cancelled) as error:
            return item, error
        return item, Sum(item.source, called[item.source], digest, stored)

    for item, found in ctx.fan_out(one, plan.others):
        if isinstance(found, Sum):
            told(found)
            evidence = None if found.stored else Evidence.CHECKSUM
            result = ItemResult(
                item.source, None, Outcome.DONE, item.entry.size or 0, evidence=evidence
            )
        elif isinstance(found, Cancelled):
            result = ItemResult(item.source, None, Outcome.CANCELLED)
        else:
            result = _failed(item.source, found)
        ctx.end(report, result)
    return report


def _name(place: Location, tops: Mapping[Location, int], names: Mapping[Location, str]) -> str:
    """The name in a list: from the first of `tops`, by their numbers, that is or holds the place."""
    found = [each for each in (place, *place.ancestors()) if each in tops]
    if not found:
        return place.name
    top = min(found, key=lambda each: tops[each])
    first = names.get(top, top.name)
    return first if place == top else f"{first.rstrip('/')}/{place.relative_to(top)}"


def _failed(place: Location, error: StorageError) -> ItemResult:
    return ItemResult(place, None, Outcome.FAILED, reason=str(error), error=error)


def _digest(
    ctx: OpContext, place: Location, entry: Entry, algorithm: Algorithm, *, ask: bool
) -> tuple[str, bool]:
    if entry.kind is not Kind.FILE:
        raise StorageError(f"It is a {entry.kind.value}, and has no checksum.", place=place)
    ctx.meter.start(place)
    if ask and isinstance(entry.details, ObjectDetails):
        now = ctx.outlast(lambda: ctx.vfs.stat(place, fresh=True))
        kept = stored_digest(now, algorithm)
        if kept:
            ctx.meter.advance(entry.size or 0)
            return kept, True
    made = _new(algorithm)
    with ctx.outlast(lambda: ctx.vfs.open_read(place, expected=entry)) as reader:
        while block := reader.read(_BLOCK):
            ctx.cancel.check()
            made.update(block)
            ctx.meter.advance(len(block))
        reader.verify()
    return made.digest().hex(), False


def stored_digest(entry: Entry, algorithm: Algorithm) -> str:
    """What the storage itself keeps of the whole file, in hexadecimal digits; empty if nothing."""
    if not isinstance(entry.details, ObjectDetails):
        return ""
    text = dict(entry.details.checksums).get(algorithm.name, "")
    try:
        digest = base64.b64decode(text, validate=True).hex()
    except (binascii.Error, ValueError):
        return ""
    return digest if len(digest) == _DIGITS[algorithm] else ""


# -- lists -------------------------------------------------------------------------------------------

_BSD = re.compile(r"([A-Za-z0-9/-]+) \((.*)\) = ([0-9A-Fa-f]+)\Z", re.DOTALL)
_GNU = re.compile(r"([0-9A-Fa-f]{8,64}) [ *](.+)\Z", re.DOTALL)
_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}


@dataclass(frozen=True, slots=True)
class Expected:
    """One line of a list."""

    name: str
    digest: str
    algorithm: Algorithm


def write_list(sums: Iterable[Sum], algorithm: Algorithm, *, bsd: bool = False) -> str:
    """A list of them, sorted by name. `bsd` names the algorithm in each line."""
    lines = []
    for one in sorted(sums, key=lambda each: each.name):
        name = one.name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
        mark = "\\" if name != one.name else ""
        if bsd:
            lines.append(f"{mark}{algorithm.name} ({name}) = {one.digest}\n")
        else:
            lines.append(f"{mark}{one.digest}  {name}\n")
    return "".join(lines)


def read_list(text: str, usual: Algorithm | None = None) -> tuple[list[Expected], int]:
    """What a list expects, and how many lines could not be read.

    Where a line does not tell its algorithm, `usual` counts if the digits fit, else their number.
    """
    found: list[Expected] = []
    bad = 0
    for line in text.removeprefix("\ufeff").split("\n"):
        line = line.removesuffix("\r")
        if not line or line.startswith(("#", ";")):
            continue
        one = _line(line, usual)
        if one is None:
            bad += 1
        else:
            found.append(one)
    return found, bad


def _line(line: str, usual: Algorithm | None) -> Expected | None:
    escaped = line.startswith("\\")
    line = line[1:] if escaped else line
    if match := _BSD.match(line):
        word, name, digest = match.groups()
        algorithm = _word(word)
    elif match := _GNU.match(line):
        digest, name = match.groups()
        fits = usual is not None and _DIGITS[usual] == len(digest)
        algorithm = usual if fits else _BY_DIGITS.get(len(digest))
    else:
        return None
    if algorithm is None or len(digest) != _DIGITS[algorithm]:
        return None
    if escaped:
        name = re.sub(r"\\[\\nr]", lambda escape: _ESCAPES[escape[0]], name)
    return Expected(name, digest.lower(), algorithm)


def _word(word: str) -> Algorithm | None:
    plain = re.sub(r"[-/]", "", word).lower()
    return next((each for each in Algorithm if each.value == plain), None)


def algorithm_of(name: str) -> Algorithm | None:
    """Which list a file of that name is: `x.sha256`, `SHA256SUMS`, `md5sum.txt`; None for no list."""
    plain = re.sub(r"[^a-z0-9.]", "", name.lower())
    for each in sorted(Algorithm, key=lambda one: -len(one.value)):
        if re.search(rf"(?:\.{each.value}|(?:^|\.){each.value}sums?(?:\.txt)?)\Z", plain):
            return each
    return None


def check_list(
    ctx: OpContext, where: Location, expected: Sequence[Expected], *, ask_storage: bool = True
) -> Report:
    """Hold files against a list; names are relative to the directory `where`.

    An item is done if its file is as the list says, and failed with the reason if it is not.
    """
    report = Report("verify")
    ctx.meter.plan(len(expected), 0)
    ctx.meter.planned()

    def one(each: Expected) -> ItemResult:
        place = _place(where, each.name)
        try:
            ctx.cancel.check()
            entry = ctx.outlast(lambda: ctx.vfs.stat(place, fresh=True))
            ctx.meter.plan(0, entry.size or 0)
            digest, _ = _digest(ctx, place, entry, each.algorithm, ask=ask_storage)
        except Cancelled:
            return ItemResult(place, None, Outcome.CANCELLED)
        except NotFound as error:
            return _failed(place, error)
        except StorageError as error:
            return _failed(place, error)
        if digest != each.digest:
            told = f"Its {each.algorithm.title} is {digest}, and not {each.digest}."
            return _failed(place, Corrupt(told, place=place, verb="verify"))
        return ItemResult(place, None, Outcome.DONE, entry.size or 0)

    for result in ctx.fan_out(one, expected):
        ctx.end(report, result)
    return report


def _place(where: Location, name: str) -> Location:
    """What a name of the list means: `./x` is `x`, and an absolute path is one."""
    if name.startswith("/") and where.root.style is Style.PATH:
        return Location(where.root, name)
    parts = [part for part in name.split("/") if part != "."]
    place = where
    for part in parts[:-1]:
        place = place.child(part, directory=True)
    return place.child(parts[-1] if parts else name)


def read_text(ctx: OpContext, place: Location) -> str:
    """A list as text; names that are not UTF-8 come through. Raises StorageError if it is too long."""
    pieces: list[bytes] = []
    total = 0
    with ctx.outlast(lambda: ctx.vfs.open_read(place)) as reader:
        for block in _blocks(reader.read):
            total += len(block)
            if total > LONGEST_LIST:
                raise StorageError("It is too long for a list of checksums.", place=place)
            pieces.append(block)
        reader.verify()
    return b"".join(pieces).decode("utf-8", "surrogateescape")


def _blocks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while block := read(_BLOCK):
        yield block
