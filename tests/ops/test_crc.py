"""CRC-32C and CRC-64/NVME against the plain definition, and against published values."""

from __future__ import annotations

import random

import pytest

from tfm.ops import crc
from tfm.ops.crc import CASTAGNOLI, NVME, Crc

BOTH = pytest.mark.parametrize(("polynomial", "width"), [(CASTAGNOLI, 32), (NVME, 64)])


def bit_by_bit(polynomial: int, width: int, data: bytes) -> int:
    ones = (1 << width) - 1
    state = ones
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = (state >> 1) ^ (polynomial if state & 1 else 0)
    return state ^ ones


def of(polynomial: int, width: int, *pieces: bytes) -> int:
    made = Crc(polynomial, width)
    for piece in pieces:
        made.update(piece)
    assert len(made.digest()) == width // 8
    return int.from_bytes(made.digest(), "big")


def test_published_check_values() -> None:
    """The values of the catalogue of CRC algorithms for the digits 1 to 9."""
    assert of(CASTAGNOLI, 32, b"123456789") == 0xE3069283
    assert of(NVME, 64, b"123456789") == 0xAE8B14860A799888


@BOTH
def test_blocks_lanes_and_rests(
    polynomial: int, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With small lanes every border is met: between lanes, columns, blocks and pieces."""
    monkeypatch.setattr(crc, "_LANES", 4)
    monkeypatch.setattr(crc, "_COLUMNS", 8)
    monkeypatch.setattr(crc, "_BLOCK", 32)
    crc._Tables.of.cache_clear()
    try:
        luck = random.Random(5)
        for size in (0, 1, 31, 32, 33, 64, 97, 320):
            data = luck.randbytes(size)
            cut = luck.randrange(size + 1)
            expected = bit_by_bit(polynomial, width, data)
            assert of(polynomial, width, data) == expected, size
            assert of(polynomial, width, data[:cut], data[cut:]) == expected, (size, cut)
    finally:
        crc._Tables.of.cache_clear()


@BOTH
def test_blocks_of_the_usual_size(polynomial: int, width: int) -> None:
    data = random.Random(6).randbytes(crc._BLOCK + 17)
    assert of(polynomial, width, data) == bit_by_bit(polynomial, width, data)
