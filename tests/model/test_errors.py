from __future__ import annotations

import errno

import pytest

from tfm.model import errors
from tfm.model.errors import Cancelled, NotFound, StorageError
from tfm.model.location import local

KIN = {
    "NotFound": FileNotFoundError,
    "AlreadyExists": FileExistsError,
    "IsDirectory": IsADirectoryError,
    "NotDirectory": NotADirectoryError,
    "Denied": PermissionError,
    "ReadOnly": PermissionError,
    "NeedsLogin": RuntimeError,
    "Offline": ConnectionError,
    "InvalidName": ValueError,
    "MissingExtra": RuntimeError,
}
TREE = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, StorageError)
]


@pytest.mark.parametrize("kind", TREE)
def test_every_error_can_be_made_and_caught_as_an_oserror(kind: type[StorageError]) -> None:
    error = kind("It failed.", place=local("/a"), verb="read", hint="Try again.", code="E1")
    assert isinstance(error, OSError)
    assert isinstance(error, KIN.get(kind.__name__, OSError))
    assert str(error) == "It failed. Try again."
    assert (error.place, error.verb, error.code) == (local("/a"), "read", "E1")
    assert error.errno == kind.number


def test_a_script_may_look_at_errno() -> None:
    assert NotFound("x").errno == errno.ENOENT
    with pytest.raises(FileNotFoundError):
        raise NotFound("x")


def test_only_passing_faults_are_retryable() -> None:
    assert {kind.__name__ for kind in TREE if kind.retryable} == {"Offline", "Throttled"}


def test_place_and_verb_are_completed_and_never_overwritten() -> None:
    error = StorageError("x")
    assert error.at(local("/a"), "read") is error
    error.at(local("/b"), "write")
    assert (error.place, error.verb) == (local("/a"), "read")


def test_without_a_hint_there_is_no_gap() -> None:
    assert str(StorageError("It failed.")) == "It failed."


def test_a_cancel_is_no_failure() -> None:
    assert not issubclass(Cancelled, OSError)
