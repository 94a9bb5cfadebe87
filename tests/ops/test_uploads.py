"""Which unfinished uploads are old, which may go, and that nothing goes that is being written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from tfm.model.cancel import NEVER
from tfm.model.errors import StorageError, Unsupported
from tfm.model.location import Location, Root, local
from tfm.ops.context import OpContext, Outcome
from tfm.ops.uploads import (
    Gone,
    Owner,
    OwnerOf,
    Weighed,
    abort,
    older_than,
    parse_age,
    refusal,
    uploads_of,
    weigh,
)
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.memory.uploads import MemoryUploads
from tfm.storage.open_uploads import OpenUpload, PartsHeld
from tfm.storage.vfs import Vfs

HOUR = 3600 * 10**9
NOON = 1_795_176_000 * 10**9
ROOT = Root("mem")


class Box:
    """A container in memory, with the uploads of other programs in it."""

    def __init__(self) -> None:
        self.storage = MemoryStorage(ROOT, {"clock": lambda: NOON})
        self.top = Location(ROOT, "box/")
        self.storage.mkdir(self.top)
        facet = self.storage.facets.uploads
        assert isinstance(facet, MemoryUploads)
        self.facet = facet
        self.ctx = OpContext(Vfs(storages={ROOT: self.storage}))

    def at(self, name: str) -> Location:
        return self.top.child(name)

    @property
    def left(self) -> list[str]:
        pages = self.facet.uploads(self.top, NEVER)
        return [each.place.name for page in pages for each in page]


@pytest.fixture
def box() -> Box:
    return Box()


@dataclass
class Book:
    """A ledger with fixed owners."""

    owner_of: OwnerOf
    taken: bool = False
    told: list[OpenUpload] = field(default_factory=list)

    def owners(self) -> OwnerOf:
        return self.owner_of

    @contextmanager
    def holding(self, owner: Owner) -> Iterator[Gone]:
        if self.taken:
            raise StorageError(f"Another tfm has just taken up {owner.job}.")
        yield self.told.append


@pytest.mark.parametrize(
    ("text", "seconds"), [("30m", 1800), ("12h", 43200), (" 7D ", 604800), ("2w", 1209600)]
)
def test_ages(text: str, seconds: int) -> None:
    assert parse_age(text) == seconds


@pytest.mark.parametrize("text", ["", "7", "d", "-1d", "7 days", "1.5h", "7y"])
def test_what_is_no_age(text: str) -> None:
    with pytest.raises(ValueError, match="Write 12h"):
        parse_age(text)


def test_older_ones_by_the_clock_of_the_server(box: Box) -> None:
    old = box.facet.begin(box.at("old"), began_ns=NOON - 25 * HOUR)
    new = box.facet.begin(box.at("new"), began_ns=NOON - 24 * HOUR)
    unknown = replace(new, began_ns=None)
    assert older_than([new, old, unknown], 24 * 3600) == [old]


def test_what_they_hold_and_what_is_gone_meanwhile(box: Box) -> None:
    full = box.facet.begin(box.at("full"), [b"12", b"345"])
    gone = box.facet.begin(box.at("gone"))
    box.facet.abort(gone)
    told: list[Weighed] = []
    assert weigh(box.ctx, [full, gone], tell=told.append) == told
    assert [each.held for each in told] == [PartsHeld(2, 5, NOON)]


def test_what_was_weighed_goes_and_nothing_else(box: Box) -> None:
    doomed = [box.facet.begin(box.at(name), [b"x"]) for name in ("a", "b")]
    box.facet.begin(box.at("c"))
    report = abort(box.ctx, weigh(box.ctx, doomed))
    assert report.all_done
    assert {item.size for item in report.items} == {1}
    assert box.left == ["c"]


def test_one_that_grew_since_it_was_weighed_stays(box: Box) -> None:
    """Somebody out there is writing it, whatever it looked like."""
    grown = box.facet.begin(box.at("a"), [b"x"], began_ns=NOON - 9999 * HOUR)
    weighed = weigh(box.ctx, [grown])
    box.facet.send(grown, b"")
    report = abort(box.ctx, weighed)
    assert "somebody is writing it" in report.failures[0].reason
    assert box.left == ["a"]


def test_one_that_got_a_part_anew_since_it_was_weighed_stays(box: Box) -> None:
    upload = box.facet.begin(box.at("a"), [b"x"], began_ns=NOON - 9999 * HOUR)
    (weighed,) = weigh(box.ctx, [upload])
    assert weighed.held is not None
    before = replace(weighed, held=replace(weighed.held, latest_ns=NOON - HOUR))
    report = abort(box.ctx, [before])
    assert "somebody is writing it" in report.failures[0].reason
    assert box.left == ["a"]


def test_one_that_is_gone_is_skipped(box: Box) -> None:
    upload = box.facet.begin(box.at("a"))
    weighed = weigh(box.ctx, [upload])
    box.facet.abort(upload)
    (item,) = abort(box.ctx, weighed).items
    assert (item.outcome, item.reason) == (Outcome.SKIPPED, "it is gone already")


def test_one_that_this_program_writes_stays(box: Box) -> None:
    busy = box.facet.begin(box.at("a"), busy=True)
    (weighed,) = weigh(box.ctx, [busy])
    assert "cancel that job first" in refusal(box.ctx.vfs, weighed)
    assert "cancel that job first" in abort(box.ctx, [weighed]).failures[0].reason
    assert box.left == ["a"]


RUNNING = Owner("job1", "Copy a", running=True)
ELSEWHERE = Owner("job2", "Copy a", running=False, host="far\x1b[31m")
CUT_OFF = Owner("job3", "Copy a", running=False)


@pytest.mark.parametrize("owner", [RUNNING, ELSEWHERE], ids=["running", "elsewhere"])
def test_one_that_a_job_may_be_writing_stays(box: Box, owner: Owner) -> None:
    """Also if the job began to run only after the list was made: it is looked up anew."""
    upload = box.facet.begin(box.at("a"))
    weighed = weigh(box.ctx, [upload])
    book = Book(lambda _upload: owner)
    report = abort(box.ctx, weighed, book)
    assert report.failures[0].reason == owner.refusal
    assert "\x1b" not in owner.refusal
    assert refusal(box.ctx.vfs, replace(weighed[0], owner=owner)) == owner.refusal
    assert box.left == ["a"]


def test_of_an_interrupted_job_it_goes_while_nobody_can_take_up_the_job(box: Box) -> None:
    ours, foreign = (box.facet.begin(box.at(name)) for name in ("a", "b"))
    book = Book(lambda upload: CUT_OFF if upload == ours else None)
    weighed = weigh(box.ctx, [ours, foreign], book.owners())
    assert [each.owner for each in weighed] == [CUT_OFF, None]
    assert abort(box.ctx, weighed, book).all_done
    assert book.told == [ours], "its journal is told that it is gone"
    assert box.left == []


def test_a_job_that_was_just_taken_up_keeps_its_uploads(box: Box) -> None:
    upload = box.facet.begin(box.at("a"))
    book = Book(lambda _upload: CUT_OFF, taken=True)
    report = abort(box.ctx, weigh(box.ctx, [upload]), book)
    assert "just taken up job3" in report.failures[0].reason
    assert box.left == ["a"]


def test_after_a_cancel_nothing_more_goes(box: Box) -> None:
    weighed = weigh(box.ctx, [box.facet.begin(box.at("a"))])
    box.ctx.cancel.cancel()
    assert abort(box.ctx, weighed).items[0].outcome is Outcome.CANCELLED
    assert box.left == ["a"]


def test_recent_ones_are_told(box: Box) -> None:
    old = box.facet.begin(box.at("a"), began_ns=NOON - 2 * HOUR)
    written = box.facet.begin(box.at("b"), [b"x"], began_ns=NOON - 2 * HOUR)
    new = box.facet.begin(box.at("c"))
    assert [each.recent for each in weigh(box.ctx, [old, written, new])] == [False, True, True]


def test_where_there_are_none() -> None:
    with pytest.raises(Unsupported, match="no unfinished uploads"):
        uploads_of(Vfs(), local("/"))
