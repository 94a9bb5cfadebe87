"""One condition, one error, the same on every backend; each also kin of the builtin."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from tests.contract.rig import REAL, Bench, needs
from tfm.model.cancel import NEVER
from tfm.model.errors import (
    AlreadyExists,
    IsDirectory,
    NotDirectory,
    NotEmpty,
    NotFound,
    StorageError,
    TooLate,
)
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Hints, Work

HOSTILE = "o\x1b[31mdd"
"""A name whose escape sequence must not reach the message as such."""


def _scan(bench: Bench, place: Location) -> None:
    for _page in bench.storage.scan(place, NEVER):
        pass


def _read(bench: Bench, place: Location) -> None:
    with bench.storage.open_read(place) as reader:
        reader.read(1)


def _write(bench: Bench, place: Location) -> None:
    with bench.storage.open_write(place, Hints(), Work()) as writer:
        writer.write(b"x")
        writer.commit()


Act = Callable[[Bench, Location], object]

ACTS: dict[str, Act] = {
    "scan": _scan,
    "stat": lambda bench, place: bench.storage.stat(place),
    "read": _read,
    "write": _write,
    "mkdir": lambda bench, place: bench.storage.mkdir(place),
    "delete": lambda bench, place: bench.storage.delete(place),
}


def _check(error: StorageError, place: Location, kin: type[Exception]) -> None:
    assert isinstance(error, kin)
    assert error.place in (place, place.as_file(), place.as_directory(), place.parent)
    assert error.verb
    assert error.errno is not None
    assert not error.retryable
    text = str(error)
    assert safe_text(place.name) in text
    assert text.isprintable()
    assert text[-1] in ".!?"
    assert "Traceback" not in text


def _names(acts: Iterable[str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("act", list(acts))


class TestErrors:
    @_names(["stat", "read", "delete"])
    def test_a_missing_file(self, bench: Bench, act: str) -> None:
        with pytest.raises(NotFound) as caught:
            ACTS[act](bench, bench.at("missing"))
        _check(caught.value, bench.at("missing"), FileNotFoundError)

    @_names(["scan", "stat", "delete"])
    def test_a_missing_directory(self, bench: Bench, act: str) -> None:
        with pytest.raises(NotFound) as caught:
            ACTS[act](bench, bench.at("missing/"))
        _check(caught.value, bench.at("missing/"), FileNotFoundError)

    def test_a_file_in_the_way_of_a_file(self, bench: Bench) -> None:
        bench.ground.write("taken", b"x")
        with pytest.raises(AlreadyExists) as caught:
            _write(bench, bench.at("taken"))
        _check(caught.value, bench.at("taken"), FileExistsError)

    def test_a_directory_in_the_way_of_a_directory(self, bench: Bench) -> None:
        bench.ground.make_directory("taken/")
        with pytest.raises(AlreadyExists) as caught:
            bench.storage.mkdir(bench.at("taken/"))
        _check(caught.value, bench.at("taken/"), FileExistsError)

    def test_a_directory_read_as_a_file(self, bench: Bench) -> None:
        bench.ground.make_directory("folder/")
        with pytest.raises(IsDirectory) as caught:
            _read(bench, bench.at("folder/"))
        _check(caught.value, bench.at("folder/"), IsADirectoryError)

    def test_a_full_directory_deleted(self, bench: Bench) -> None:
        bench.ground.write("full/file", b"x")
        with pytest.raises(NotEmpty) as caught:
            bench.storage.delete(bench.at("full/"))
        _check(caught.value, bench.at("full/"), OSError)

    def test_a_changed_file_deleted(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        shown = bench.row("file")
        bench.ground.write("file", b"theirs")
        with pytest.raises(TooLate) as caught:
            bench.storage.delete(bench.at("file"), expected=shown)
        _check(caught.value, bench.at("file"), OSError)

    @_names(["stat", "read", "delete"])
    def test_no_byte_of_a_name_acts_on_the_terminal(self, bench: Bench, act: str) -> None:
        with pytest.raises(NotFound) as caught:
            ACTS[act](bench, bench.at(HOSTILE))
        _check(caught.value, bench.at(HOSTILE), FileNotFoundError)

    def test_a_newline_in_a_name_breaks_no_message(self, bench: Bench) -> None:
        with pytest.raises(NotFound) as caught:
            bench.storage.stat(bench.at("two\nlines"))
        _check(caught.value, bench.at("two\nlines"), FileNotFoundError)


@needs(REAL)
class TestErrorsRealDirectories:
    def test_a_file_listed_as_a_directory(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        with pytest.raises(NotDirectory) as caught:
            _scan(bench, bench.at("file"))
        _check(caught.value, bench.at("file"), NotADirectoryError)

    @_names(["write", "mkdir"])
    def test_a_missing_parent(self, bench: Bench, act: str) -> None:
        with pytest.raises(NotFound) as caught:
            ACTS[act](bench, bench.at("absent/new"))
        _check(caught.value, bench.at("absent/new"), FileNotFoundError)


@needs(lacks=REAL)
class TestErrorsKeys:
    @_names(ACTS)
    def test_a_missing_container(self, bench: Bench, act: str) -> None:
        place = Location(bench.top.root, "no-such-container/deep/name")
        if act in ("scan", "mkdir"):
            place = place.as_directory()
        with pytest.raises(NotFound) as caught:
            ACTS[act](bench, place)
        error = caught.value
        assert isinstance(error, FileNotFoundError)
        assert "no-such-container" in str(error)
        assert error.verb
