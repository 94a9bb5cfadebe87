"""Reading a file, whole and in parts."""

from __future__ import annotations

import hashlib
import random

import pytest

from tests.contract.rig import REAL, Bench, needs
from tfm.model.entry import same_content
from tfm.model.errors import IsDirectory, NotFound, TooLate

BLOCKS = random.Random(7).randbytes(300_000)


class TestRead:
    def test_the_whole_file(self, bench: Bench) -> None:
        bench.ground.write("file", BLOCKS)
        assert bench.read("file") == BLOCKS

    def test_in_small_pieces(self, bench: Bench) -> None:
        bench.ground.write("file", b"0123456789")
        assert bench.read("file", block=3) == b"0123456789"

    @pytest.mark.parametrize("offset", [1, 65_535, 65_536, 299_999])
    def test_from_an_offset_to_the_end(self, bench: Bench, offset: int) -> None:
        bench.ground.write("file", BLOCKS)
        assert bench.read("file", offset) == BLOCKS[offset:]

    def test_from_the_end_there_is_nothing(self, bench: Bench) -> None:
        bench.ground.write("file", b"12345")
        with bench.storage.open_read(bench.at("file"), 5) as reader:
            assert reader.read(10) == b""

    @pytest.mark.parametrize(("offset", "length"), [(0, 4), (3, 4), (8, 100), (0, 10)])
    def test_a_look_ends_where_it_was_to_end(self, bench: Bench, offset: int, length: int) -> None:
        bench.ground.write("file", b"0123456789")
        with bench.storage.open_read(bench.at("file"), offset, length=length) as reader:
            found = b"".join(iter(lambda: reader.read(3), b""))
            assert found == b"0123456789"[offset : offset + length]
            assert reader.entry.size == 10

    def test_a_look_at_an_empty_file(self, bench: Bench) -> None:
        bench.ground.write("file", b"")
        with bench.storage.open_read(bench.at("file"), length=100) as reader:
            assert reader.read(100) == b""

    def test_an_empty_file(self, bench: Bench) -> None:
        bench.ground.write("file", b"")
        assert bench.read("file") == b""

    def test_the_end_stays_the_end(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        with bench.storage.open_read(bench.at("file")) as reader:
            assert reader.read(100) == b"x"
            assert [reader.read(100), reader.read(100)] == [b"", b""]

    def test_the_reader_knows_the_facts(self, bench: Bench) -> None:
        bench.ground.write("file", b"four")
        facts = bench.stat("file")
        with bench.storage.open_read(bench.at("file")) as reader:
            assert (reader.entry.name, reader.entry.size) == ("file", 4)
            assert same_content(facts, reader.entry)

    def test_the_size_from_an_offset_is_that_of_the_file(self, bench: Bench) -> None:
        bench.ground.write("file", b"0123456789")
        with bench.storage.open_read(bench.at("file"), 4) as reader:
            assert reader.entry.size == 10

    def test_close_twice(self, bench: Bench) -> None:
        bench.ground.write("file", BLOCKS)
        reader = bench.storage.open_read(bench.at("file"))
        assert reader.read(10) == BLOCKS[:10]
        reader.close()
        reader.close()
        assert bench.read("file") == BLOCKS

    def test_two_readers_of_one_file(self, bench: Bench) -> None:
        bench.ground.write("file", BLOCKS)
        place = bench.at("file")
        with bench.storage.open_read(place) as one, bench.storage.open_read(place, 100) as two:
            assert one.read(50) == BLOCKS[:50]
            assert two.read(50) == BLOCKS[100:150]
            assert one.read(50) == BLOCKS[50:100]

    @pytest.mark.slow
    def test_a_large_file(self, bench: Bench) -> None:
        data = random.Random(1).randbytes(1 << 20) * 9
        bench.ground.write("large", data)
        digest = hashlib.sha256(bench.read("large", block=1 << 18)).hexdigest()
        assert digest == hashlib.sha256(data).hexdigest()

    def test_what_was_expected_is_read(self, bench: Bench) -> None:
        bench.ground.write("file", b"four")
        row = bench.row("file")
        with bench.storage.open_read(bench.at("file"), expected=row) as reader:
            assert reader.read(10) == b"four"

    def test_another_file_than_expected_is_too_late(self, bench: Bench) -> None:
        bench.ground.write("file", b"four")
        row = bench.row("file")
        bench.ground.write("file", b"another")
        with (
            pytest.raises(TooLate),
            bench.storage.open_read(bench.at("file"), expected=row) as reader,
        ):
            reader.read(10)
            reader.verify()

    def test_another_file_than_expected_is_too_late_from_an_offset(self, bench: Bench) -> None:
        bench.ground.write("file", b"four")
        row = bench.row("file")
        bench.ground.write("file", b"another")
        with (
            pytest.raises(TooLate),
            bench.storage.open_read(bench.at("file"), 2, expected=row) as reader,
        ):
            reader.read(10)
            reader.verify()

    def test_what_is_missing_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound), bench.storage.open_read(bench.at("absent")) as reader:
            reader.read(1)

    def test_what_was_expected_and_is_gone(self, bench: Bench) -> None:
        bench.ground.write("file", b"four")
        row = bench.row("file")
        bench.ground.remove("file")
        with (
            pytest.raises((NotFound, TooLate)),
            bench.storage.open_read(bench.at("file"), expected=row) as reader,
        ):
            reader.read(1)

    def test_a_directory_is_not_read(self, bench: Bench) -> None:
        bench.ground.write("folder/inside", b"x")
        with (
            pytest.raises(IsDirectory),
            bench.storage.open_read(bench.at("folder/")) as reader,
        ):
            reader.read(1)

    def test_a_file_replaced_while_it_is_read_is_never_mixed(self, bench: Bench) -> None:
        old, new = b"o" * 3_000_000, b"n" * 3_000_000
        bench.ground.write("file", old)
        collected = b""
        try:
            with bench.storage.open_read(bench.at("file")) as reader:
                collected += reader.read(1000)
                bench.ground.write("file", new)
                while piece := reader.read(1 << 20):
                    collected += piece
                reader.verify()
        except TooLate:
            return
        assert collected in (old, new)


@needs(lacks=REAL)
class TestReadKeys:
    def test_the_object_beside_a_directory_of_its_name(self, bench: Bench) -> None:
        bench.ground.write("a", b"file")
        bench.ground.write("a/b", b"x")
        assert bench.read("a") == b"file"
