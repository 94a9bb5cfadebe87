"""Checksums of joined pieces, multipart ETags, part sizes."""

import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfm.storage.s3.digest import (
    MAX_PARTS,
    Crc32,
    PartsHash,
    crc32_combine,
    crc32_joined,
    crc_text,
    growing_part_size,
    hasher,
    multipart_etag,
    part_size,
    pieces_of,
)
from tfm.storage.s3.keys import MAX_OBJECT
from tfm.storage.s3.options import MAX_PART, MIB, MIN_PART


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_the_crc_of_two_pieces_joined(first: bytes, second: bytes) -> None:
    combined = crc32_combine(zlib.crc32(first), zlib.crc32(second), len(second))
    assert combined == zlib.crc32(first + second)


@given(st.lists(st.binary(max_size=100), max_size=12))
def test_the_crc_of_many_pieces_joined(pieces: list[bytes]) -> None:
    joined = crc32_joined((zlib.crc32(piece), len(piece)) for piece in pieces)
    assert joined == zlib.crc32(b"".join(pieces))


def test_the_crc_of_large_pieces_joined() -> None:
    first, second = b"\x01" * (8 * MIB), b"\xfe" * (5 * MIB + 3)
    combined = crc32_combine(zlib.crc32(first), zlib.crc32(second), len(second))
    assert combined == zlib.crc32(second, zlib.crc32(first))


def test_a_crc_as_headers_carry_it() -> None:
    hashed = Crc32()
    hashed.update(b"1234")
    hashed.update(b"56789")
    assert hashed.value == 0xCBF43926  # the check value of the CRC-32 everybody uses
    assert crc_text(hashed.value) == "y/Q5Jg=="


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("CRC32", bytes.fromhex("cbf43926")),
        ("SHA1", hashlib.sha1(b"123456789").digest()),
        ("SHA256", hashlib.sha256(b"123456789").digest()),
    ],
)
def test_a_stored_checksum_is_computed_piece_by_piece(algorithm: str, expected: bytes) -> None:
    hashed = hasher(algorithm)
    assert hashed is not None
    for data in (b"1234", b"56789"):
        hashed.update(data)
    assert hashed.digest() == expected


def test_one_that_python_cannot_compute_proves_nothing() -> None:
    assert hasher("CRC64NVME") is None


def test_the_etag_of_parts_is_the_md5_of_their_md5s() -> None:
    digests = [hashlib.md5(part).digest() for part in (b"one", b"two")]
    assert multipart_etag(digests) == hashlib.md5(b"".join(digests)).hexdigest() + "-2"


def test_a_wished_part_size_is_kept_while_the_parts_suffice() -> None:
    assert part_size(10_000 * 5 * MIB, 5 * MIB) == 5 * MIB
    raised = part_size(10_000 * 5 * MIB + 1, 5 * MIB)
    assert raised > 5 * MIB and raised % MIB == 0


@given(st.integers(min_value=1, max_value=MAX_OBJECT))
def test_every_legal_size_fits_in_ten_thousand_parts(size: int) -> None:
    each = part_size(size)
    assert MIN_PART <= each <= MAX_PART
    assert -(-size // each) <= MAX_PARTS


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (6 * MIB, 8 * MIB),
        (9000 * 8 * MIB, 8 * MIB),
        (9000 * 8 * MIB + 1, 9 * MIB),
        (5 * 1024**4, 583 * MIB),
    ],
)
def test_part_sizes(size: int, expected: int) -> None:
    assert part_size(size) == expected


def test_the_largest_object_of_all_can_be_cut() -> None:
    each = part_size(MAX_OBJECT)
    assert each <= MAX_PART
    assert -(-MAX_OBJECT // each) <= MAX_PARTS


@given(st.integers(min_value=1, max_value=MAX_OBJECT), st.integers(MIN_PART, MAX_PART))
def test_a_wish_is_kept_unless_it_gives_too_many_parts(size: int, wish: int) -> None:
    each = part_size(size, wish)
    assert -(-size // each) <= MAX_PARTS
    assert each == wish or -(-size // wish) > MAX_PARTS


def test_a_stream_reaches_far_with_growing_parts() -> None:
    sizes = [growing_part_size(number) for number in range(1, MAX_PARTS + 1)]
    assert sizes[0] == 8 * MIB
    assert sizes == sorted(sizes)
    assert sizes[-1] == 512 * MIB
    assert sum(sizes) > 2 * 1024**4


@given(st.integers(min_value=0, max_value=5000), st.integers(min_value=1, max_value=700))
def test_pieces_cover_everything_once(size: int, each: int) -> None:
    pieces = pieces_of(size, each)
    assert [piece.number for piece in pieces] == list(range(1, len(pieces) + 1))
    covered = [byte for p in pieces for byte in range(p.offset, p.offset + p.size)]
    assert covered == list(range(size))


@pytest.mark.parametrize("each", [8 * MIB, 5 * MIB, 16 * MIB])
def test_a_stream_proves_its_multipart_etag(each: int) -> None:
    data = bytes(range(256)) * (17 * MIB // 256) + b"end"
    digests = [hashlib.md5(data[p.offset :][: p.size]).digest() for p in pieces_of(len(data), each)]
    hashed = PartsHash(len(data), len(digests))
    for start in range(0, len(data), 700_001):
        hashed.update(data[start : start + 700_001])
    assert multipart_etag(digests) in hashed.etags()


def test_a_number_of_parts_nobody_would_make_has_no_guess() -> None:
    assert not PartsHash(17 * MIB, 900)
