"""Arithmetic of checksums and parts: CRC-32 of joined pieces, multipart ETags, part sizes."""

from __future__ import annotations

import base64
import functools
import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tfm.storage.s3.options import MAX_PART, MIB

MAX_PARTS = 10_000
_WANTED_PARTS = 9_000
_SMALLEST = 8 * MIB
USUAL_PARTS = (8 * MIB, 5 * MIB, 16 * MIB, 64 * MIB)
_POLYNOMIAL = 0xEDB88320


class Hash(Protocol):
    """What hashlib's objects can do."""

    def update(self, data: bytes, /) -> None:
        """Add bytes."""
        ...

    def digest(self) -> bytes:
        """The digest so far."""
        ...


class Crc32:
    """zlib's CRC-32 with the face of a hashlib object; the digest is big-endian, as S3 sends it."""

    def __init__(self) -> None:
        self.value = 0

    def update(self, data: bytes) -> None:
        """Add bytes."""
        self.value = zlib.crc32(data, self.value)

    def digest(self) -> bytes:
        """Four bytes."""
        return self.value.to_bytes(4, "big")


def new_md5() -> Hash:
    """MD5 as a checksum, also where the system forbids it for security."""
    return hashlib.md5(usedforsecurity=False)


def hasher(algorithm: str) -> Hash | None:
    """The hash behind S3's name of a checksum; None if Python has none."""
    if algorithm == "CRC32":
        return Crc32()
    if algorithm == "SHA256":
        return hashlib.sha256()
    if algorithm == "SHA1":
        return hashlib.sha1(usedforsecurity=False)
    return None


def base64_text(digest: bytes) -> str:
    """A digest as headers carry it."""
    return base64.b64encode(digest).decode("ascii")


def crc_text(value: int) -> str:
    """A CRC-32 as headers carry it."""
    return base64_text(value.to_bytes(4, "big"))


@functools.lru_cache(maxsize=64)
def _shift(length: int) -> tuple[int, ...]:
    """The matrix over GF(2) that appends `length` zero bytes to a CRC, one row for each bit."""
    row = 1
    one_zero_bit = [_POLYNOMIAL] + [row << shift for shift in range(31)]
    square = _times(_times_itself(one_zero_bit), _times_itself(one_zero_bit))
    power = _times_itself(square)  # 2 × 2 × 2 bits: one byte
    result = [1 << bit for bit in range(32)]
    while length:
        if length & 1:
            result = _times(power, result)
        length >>= 1
        power = _times_itself(power)
    return tuple(result)


def _apply(matrix: Sequence[int], vector: int) -> int:
    total = 0
    for row in matrix:
        if not vector:
            break
        if vector & 1:
            total ^= row
        vector >>= 1
    return total


def _times(left: Sequence[int], right: Sequence[int]) -> list[int]:
    return [_apply(left, row) for row in right]


def _times_itself(matrix: Sequence[int]) -> list[int]:
    return _times(matrix, matrix)


def crc32_combine(first: int, second: int, second_length: int) -> int:
    """CRC-32 of two pieces joined, from theirs; `second_length` in bytes."""
    return _apply(_shift(second_length), first) ^ second


def crc32_joined(pieces: Iterable[tuple[int, int]]) -> int:
    """CRC-32 of all pieces in order, each given as (CRC-32, length in bytes)."""
    total = 0
    for crc, length in pieces:
        total = crc32_combine(total, crc, length)
    return total


def multipart_etag(part_digests: Sequence[bytes]) -> str:
    """The ETag S3 gives an object made of these parts: MD5 of their MD5s, and their number."""
    joined = hashlib.md5(b"".join(part_digests), usedforsecurity=False).hexdigest()
    return f"{joined}-{len(part_digests)}"


def part_size(size: int, wished: int = 0) -> int:
    """Bytes in each part for a file of `size` bytes; a wish that gives too many parts is raised."""
    fitting = -(-size // _WANTED_PARTS)
    fitting = -(-fitting // MIB) * MIB
    chosen = max(wished, -(-size // MAX_PARTS)) if wished else max(_SMALLEST, fitting)
    if wished and chosen != wished:
        chosen = max(wished, fitting)
    return min(chosen, MAX_PART)


def growing_part_size(number: int, wished: int = 0) -> int:
    """Bytes in part `number` (from 1) of a stream of unknown length.

    Doubles every 1,000 parts up to 512 MiB: small pipes stay cheap in memory, and 10,000 parts
    still reach 2.4 TiB.
    """
    return min(max(wished, _SMALLEST) << ((number - 1) // 1000), max(wished, 512 * MIB))


class PartsHash:
    """The multipart ETag of a stream, for each part size that would give this number of parts.

    Only the uploader knows the part size; most use one of a few, and a match proves it.
    """

    def __init__(self, size: int, count: int) -> None:
        sizes = dict.fromkeys((part_size(size), *USUAL_PARTS))
        self._ways = {each: _Way() for each in sizes if -(-size // each) == count}

    def __bool__(self) -> bool:
        return bool(self._ways)

    def update(self, data: bytes) -> None:
        """Add bytes."""
        for each, way in self._ways.items():
            start = 0
            while start < len(data):
                block = data[start : start + each - way.filled]
                way.update(block, each)
                start += len(block)

    def etags(self) -> set[str]:
        """What the ETag would be, one for each size tried."""
        return {way.etag() for way in self._ways.values()}


class _Way:
    """The parts of a stream, for one part size."""

    def __init__(self) -> None:
        self.filled = 0
        self._md5 = new_md5()
        self._done: list[bytes] = []

    def update(self, block: bytes, each: int) -> None:
        self._md5.update(block)
        self.filled += len(block)
        if self.filled == each:
            self._done.append(self._md5.digest())
            self._md5, self.filled = new_md5(), 0

    def etag(self) -> str:
        return multipart_etag([*self._done, self._md5.digest()] if self.filled else self._done)


@dataclass(frozen=True, slots=True)
class Piece:
    """One part or range: its number from 1, where it begins and how long it is, in bytes."""

    number: int
    offset: int
    size: int


def pieces_of(size: int, each: int) -> list[Piece]:
    """A file of `size` bytes cut into pieces of `each`; the last may be shorter."""
    return [
        Piece(number, offset, min(each, size - offset))
        for number, offset in enumerate(range(0, size, each), 1)
    ]


@dataclass(slots=True)
class Digests:
    """MD5, CRC-32 and count of a run of bytes."""

    md5: Hash = field(default_factory=new_md5)
    crc: int = 0
    count: int = 0

    def update(self, data: bytes) -> None:
        """Add bytes."""
        self.md5.update(data)
        self.crc = zlib.crc32(data, self.crc)
        self.count += len(data)
