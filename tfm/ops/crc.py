"""CRC-32C and CRC-64/NVME, which Python's own library lacks, at a usable speed without a compiler.

Many lanes of a block are taken a byte further at a time, as planes of bytes: a table look-up is one
`translate`, an addition one XOR of long integers. Then neighbouring lanes are joined, pair by pair.
(awscrt is faster, but where it is installed botocore signs and checks in other ways.)
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

CASTAGNOLI = 0x82F63B78
NVME = 0x9A6C9329AC4BC9B5

_LANES = 2048
_COLUMNS = 64
_BLOCK = _LANES * _COLUMNS


class Crc:
    """A reflected CRC of `width` bits with the face of a hashlib object; the digest is big-endian."""

    def __init__(self, polynomial: int, width: int) -> None:
        self._tables = _Tables.of(polynomial, width)
        self._state = self._ones = (1 << width) - 1
        self._bytes = width // 8
        self._rest = bytearray()

    def update(self, data: bytes, /) -> None:
        """Add bytes."""
        self._rest += data
        whole = len(self._rest) - len(self._rest) % _BLOCK
        if not whole:
            return
        blocks = bytes(memoryview(self._rest)[:whole])
        del self._rest[:whole]
        for start in range(0, whole, _BLOCK):
            self._state = self._tables.block(self._state, blocks[start : start + _BLOCK])

    def digest(self) -> bytes:
        """The digest so far."""
        state, table = self._state, self._tables.steps
        for byte in self._rest:
            state = (state >> 8) ^ table[(state ^ byte) & 0xFF]
        return (state ^ self._ones).to_bytes(self._bytes, "big")


class _Tables:
    """What can be worked out before the first byte. A matrix is a list of columns, one for each bit."""

    def __init__(self, polynomial: int, width: int) -> None:
        self._width, self._bytes = width, width // 8
        self.steps = [_step(polynomial, value) for value in range(256)]
        self._planes = [
            bytes((step >> 8 * plane) & 0xFF for step in self.steps) for plane in range(self._bytes)
        ]
        one = [self._zero_byte(1 << bit) for bit in range(width)]
        shift = one
        for _ in range(_COLUMNS.bit_length() - 1):
            shift = _square(shift)
        self._joins: list[Sequence[Sequence[bytes]]] = []
        for _ in range(_LANES.bit_length() - 1):
            self._joins.append(self._by_planes(shift))
            shift = _square(shift)
        self._over_block = shift

    @staticmethod
    @functools.lru_cache(maxsize=4)
    def of(polynomial: int, width: int) -> _Tables:
        """Made once."""
        return _Tables(polynomial, width)

    def _zero_byte(self, state: int) -> int:
        return (state >> 8) ^ self.steps[state & 0xFF]

    def _by_planes(self, matrix: Sequence[int]) -> Sequence[Sequence[bytes]]:
        """For each plane of the result and each plane of the argument a table of 256 bytes."""
        tables = []
        for plane in range(self._bytes):
            values = [0]
            for bit in range(8):
                column = matrix[8 * plane + bit]
                values += [value ^ column for value in values]
            tables.append(values)
        return [
            [bytes((value >> 8 * out) & 0xFF for value in values) for values in tables]
            for out in range(self._bytes)
        ]

    def block(self, state: int, data: bytes) -> int:
        """The state after a whole block."""
        planes = [0] * self._bytes
        for column in range(_COLUMNS):
            lanes = int.from_bytes(data[column::_COLUMNS], "little") ^ planes[0]
            index = lanes.to_bytes(_LANES, "little")
            planes = [
                above ^ int.from_bytes(index.translate(table), "little")
                for above, table in zip([*planes[1:], 0], self._planes, strict=True)
            ]
        rows = [plane.to_bytes(_LANES, "little") for plane in planes]
        for join in self._joins:
            rows = _join(rows, join)
        alone = sum(row[0] << 8 * plane for plane, row in enumerate(rows))
        return _apply(self._over_block, state) ^ alone


def _join(rows: Sequence[bytes], join: Sequence[Sequence[bytes]]) -> list[bytes]:
    """Lanes 0 and 1, 2 and 3 … become one each: the first is shifted over the second."""
    first, half = [row[0::2] for row in rows], len(rows[0]) // 2
    made = []
    for row, tables in zip(rows, join, strict=True):
        total = int.from_bytes(row[1::2], "little")
        for plane, table in zip(first, tables, strict=True):
            total ^= int.from_bytes(plane.translate(table), "little")
        made.append(total.to_bytes(half, "little"))
    return made


def _step(polynomial: int, value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ (polynomial if value & 1 else 0)
    return value


def _apply(matrix: Sequence[int], vector: int) -> int:
    total = 0
    for column in matrix:
        if vector & 1:
            total ^= column
        vector >>= 1
    return total


def _square(matrix: Sequence[int]) -> list[int]:
    return [_apply(matrix, column) for column in matrix]
