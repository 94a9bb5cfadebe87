"""One listing as the bytes of a file: columns of a thousand rows, compressed, each block with its checksum.

A thousand rows at a time, because packing and unpacking hold the interpreter: other threads get
their turn in between. JSON of the standard library, as the names of keys may hold lone surrogates,
which faster encoders refuse. Nothing here touches a disk.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tfm.model.entry import ContainerDetails, Entry, Kind, ObjectDetails
from tfm.model.listing import Listing

MAGIC = b"tfm listing 1\n"
"""Begins every file; another version of the form has another number, and is not read."""

MOST_ROWS = 50_000
"""What is kept of one listing: the first rows in the order of the server."""

HEAD_BYTES = 16 * 1024
"""Within so many bytes a file has told of which place it is."""

_ROWS = 1024
_LEVEL = 3
_FRAME = struct.Struct(">II")
_LARGEST_BLOCK = 8 * 1024 * 1024

_FILE, _PLAIN_FILE, _DIRECTORY, _MARKER, _CONTAINER = "f", "F", "d", "m", "b"


@dataclass(frozen=True, slots=True)
class Earlier:
    """The rows that an earlier run read at `taken_at` (seconds since 1970); not all unless `whole`."""

    entries: tuple[Entry, ...]
    taken_at: float
    whole: bool


@dataclass(frozen=True, slots=True)
class Head:
    """What a file says of itself before the rows."""

    account: str
    place: str
    taken_at: float
    rows: int
    whole: bool


def pack(account: str, listing: Listing) -> bytes:
    """The file of a listing. Raises ValueError for rows that no object store has."""
    rows = listing.entries[:MOST_ROWS]
    head = {
        "account": account,
        "place": str(listing.where),
        "taken_at": listing.taken_at,
        "rows": len(rows),
        "whole": len(rows) == len(listing.entries),
    }
    blocks = [MAGIC, _block(head)]
    blocks += [_block(_columns(rows[at : at + _ROWS])) for at in range(0, len(rows), _ROWS)]
    return b"".join(blocks)


def unpack(data: bytes) -> tuple[Head, tuple[Entry, ...]]:
    """What a file holds. Raises ValueError if it is cut, damaged, or in another form."""
    head, at = read_head(data)
    entries: list[Entry] = []
    while at < len(data):
        told, at = _read_block(data, at)
        entries += _rows(told)
    if len(entries) != head.rows:
        raise ValueError("rows are missing")
    return head, tuple(entries)


def read_head(data: bytes) -> tuple[Head, int]:
    """What a file says of itself, and where the rows begin. Raises ValueError."""
    if not data.startswith(MAGIC):
        raise ValueError("not a listing of this version")
    told, at = _read_block(data, len(MAGIC))
    if not isinstance(told, dict):
        raise ValueError("no head")
    kinds: dict[str, tuple[type, ...]] = {
        "account": (str,),
        "place": (str,),
        "taken_at": (int, float),
        "rows": (int,),
        "whole": (bool,),
    }
    if any(type(told.get(name)) not in kind for name, kind in kinds.items()):
        raise ValueError("the head is not complete")
    return Head(**{name: told[name] for name in kinds}), at


def _block(told: object) -> bytes:
    packed = zlib.compress(json.dumps(told, separators=(",", ":")).encode("ascii"), _LEVEL)
    return _FRAME.pack(len(packed), zlib.crc32(packed)) + packed


def _read_block(data: bytes, at: int) -> tuple[Any, int]:
    start = at + _FRAME.size
    if start > len(data):
        raise ValueError("cut off")
    length, checksum = _FRAME.unpack_from(data, at)
    packed = data[start : start + length]
    if len(packed) != length or zlib.crc32(packed) != checksum:
        raise ValueError("cut off or damaged")
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(packed, _LARGEST_BLOCK)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not unpacker.eof:
        raise ValueError("larger than any block of ours")
    try:
        return json.loads(plain), start + length
    except RecursionError as error:
        raise ValueError("nested") from error


def _columns(rows: Sequence[Entry]) -> list[object]:
    details = [_details(entry) for entry in rows]
    return [
        [entry.name for entry in rows],
        "".join(_letter(entry) for entry in rows),
        [entry.size for entry in rows],
        [entry.mtime_ns for entry in rows],
        [each.etag for each in details],
        [each.storage_class for each in details],
        [each.restore for each in details],
        [each.parts for each in details],
    ]


_NO_DETAILS = ObjectDetails()


def _details(entry: Entry) -> ObjectDetails:
    if entry.details is None:
        return _NO_DETAILS
    if isinstance(entry.details, ContainerDetails):  # where others have a class, it has a region
        return ObjectDetails(storage_class=entry.details.region)
    if not isinstance(entry.details, ObjectDetails):
        raise ValueError("not a row of an object store")
    return entry.details


def _letter(entry: Entry) -> str:
    if entry.kind is Kind.FILE:
        return _PLAIN_FILE if entry.details is None else _FILE
    if isinstance(entry.details, ContainerDetails):
        return _CONTAINER
    if entry.kind is Kind.DIRECTORY:
        return _DIRECTORY if entry.details is None else _MARKER
    raise ValueError("not a row of an object store")


_TYPES: tuple[frozenset[type], ...] = (
    frozenset({str}),
    frozenset({str}),
    frozenset({int, type(None)}),
    frozenset({int, type(None)}),
    frozenset({str}),
    frozenset({str}),
    frozenset({str}),
    frozenset({int}),
)


def _rows(told: object) -> list[Entry]:
    """Raises ValueError for anything that `_columns` would not have made."""
    if not isinstance(told, list) or len(told) != len(_TYPES) or not isinstance(told[1], str):
        raise ValueError("no columns")
    for column, types in zip(told, _TYPES, strict=True):
        if not isinstance(column, list | str) or len(column) != len(told[0]):
            raise ValueError("columns of different lengths")
        if not types.issuperset(map(type, column)):
            raise ValueError("a column of another kind")
    return [_row(*cells) for cells in zip(*told, strict=True)]


def _row(
    name: str,
    letter: str,
    size: int | None,
    mtime_ns: int | None,
    etag: str,
    storage_class: str,
    restore: str,
    parts: int,
) -> Entry:
    if letter == _DIRECTORY:
        return Entry(name, Kind.DIRECTORY, size, mtime_ns)
    if letter == _PLAIN_FILE:
        return Entry(name, Kind.FILE, size, mtime_ns)
    if letter == _CONTAINER:
        region = ContainerDetails(sys.intern(storage_class))
        return Entry(name, Kind.DIRECTORY, size, mtime_ns, region)
    if letter not in (_FILE, _MARKER):
        raise ValueError("a row of another kind")
    marker = letter == _MARKER
    details = ObjectDetails(
        etag, sys.intern(storage_class), restore=restore, marker=marker, parts=parts
    )
    return Entry(name, Kind.DIRECTORY if marker else Kind.FILE, size, mtime_ns, details)
