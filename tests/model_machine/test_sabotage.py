"""The engine is broken on purpose, one way at a time; the machine must find each of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis.errors import Flaky

from tests.model_machine.coverage import Coverage
from tests.model_machine.running import ROUND, opened, run_machine
from tests.servers.server import Server
from tfm.model.conflict import Answer
from tfm.ops import conflicts, context, hard_links, remove, tree
from tfm.storage import cache, vfs
from tfm.storage.local import delete as local_delete
from tfm.storage.local import draft, syscalls
from tfm.storage.local import storage as local_storage
from tfm.storage.memory import flat
from tfm.storage.s3 import multipart, unfinished

ROUNDS = 8
Break = Callable[[pytest.MonkeyPatch], None]


def a_change_drops_nothing_from_the_cache(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cache.ListingCache, "drop", lambda *_: None)


def a_drop_forgets_the_directories_above(patch: pytest.MonkeyPatch) -> None:
    inner = cache.ListingCache.drop

    def drop(self: Any, change: Any) -> None:
        longest = max(change.directories, key=lambda place: len(place.key), default=None)
        kept = frozenset({longest} if longest else ())
        inner(self, replace(change, directories=kept, subtrees=frozenset()))

    patch.setattr(cache.ListingCache, "drop", drop)


def nobody_is_told_of_a_change(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(vfs.Vfs, "_publish", lambda self, change: self.cache.drop(change))


def a_source_goes_although_its_copy_failed(patch: pytest.MonkeyPatch) -> None:
    inner = tree._Carry._copy_one

    def copy_one(self: Any, item: Any, *, alone: bool) -> Any:
        copied = inner(self, item, alone=alone)
        if self.move and copied.error is not None:
            self.ctx.vfs.delete(item.source)
        return copied

    patch.setattr(tree._Carry, "_copy_one", copy_one)


def a_file_is_published_without_its_last_byte(patch: pytest.MonkeyPatch) -> None:
    inner = draft.Draft.publish

    def publish(self: Any, *rest: Any) -> Any:
        os.ftruncate(self.fd, max(0, os.fstat(self.fd).st_size - 1))
        return inner(self, *rest)

    patch.setattr(draft.Draft, "publish", publish)


def a_failed_write_leaves_its_temporary_file(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(draft.Draft, "_unlink", lambda _self: True)


def what_is_there_is_replaced_unasked(patch: pytest.MonkeyPatch) -> None:
    inner = conflicts.Settler._follow

    def follow(self: Any, item: Any, existing: Any, decision: Any) -> Any:
        if decision.answer is Answer.FAIL and not existing.is_directory:
            return item, existing
        return inner(self, item, existing, decision)

    patch.setattr(conflicts.Settler, "_follow", follow)


def a_skipped_item_is_not_reported(patch: pytest.MonkeyPatch) -> None:
    inner = context.OpContext.end

    def end(self: Any, report: Any, item: Any) -> None:
        if item.outcome is not context.Outcome.SKIPPED:
            inner(self, report, item)

    patch.setattr(context.OpContext, "end", end)


def an_emptied_directory_vanishes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(remove, "keep_visible", lambda *_: None)
    patch.setattr(tree, "keep_visible", lambda *_: None)


def a_delete_does_not_look_what_stands_there(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        local_storage,
        "delete",
        lambda system, location, _expected: local_delete.delete(system, location, None),
    )


def a_delete_by_key_does_not_look_either(patch: pytest.MonkeyPatch) -> None:
    inner = flat.FlatShelf.remove_key
    patch.setattr(
        flat.FlatShelf, "remove_key", lambda self, location, _expected: inner(self, location, None)
    )


def older_is_taken_for_newer(patch: pytest.MonkeyPatch) -> None:
    inner = conflicts.Settler._newer
    patch.setattr(
        conflicts.Settler, "_newer", lambda self, item, existing: not inner(self, item, existing)
    )


def a_directory_that_is_not_empty_is_emptied(patch: pytest.MonkeyPatch) -> None:
    """A move that was not whole takes what stayed behind."""
    inner = tree._Carry._remove_directory

    def remove_directory(self: Any, item: Any, plan: Any, note: str) -> None:
        for other in plan.others:
            if item.source.holds(other.source) and self.ctx.vfs.exists(other.source):
                self.ctx.vfs.delete(other.source)
        inner(self, item, plan, note)

    patch.setattr(tree._Carry, "_remove_directory", remove_directory)


def names_of_one_file_become_files_of_their_own(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(hard_links.HardLinks, "_key", lambda *_: None)


def a_copy_loses_its_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(syscalls.System, "set_times", lambda *_: None)


BREAKS: tuple[Break, ...] = (
    a_change_drops_nothing_from_the_cache,
    a_drop_forgets_the_directories_above,
    nobody_is_told_of_a_change,
    a_source_goes_although_its_copy_failed,
    a_file_is_published_without_its_last_byte,
    a_failed_write_leaves_its_temporary_file,
    what_is_there_is_replaced_unasked,
    a_skipped_item_is_not_reported,
    an_emptied_directory_vanishes,
    a_delete_does_not_look_what_stands_there,
    a_delete_by_key_does_not_look_either,
    older_is_taken_for_newer,
    a_directory_that_is_not_empty_is_emptied,
    names_of_one_file_become_files_of_their_own,
    a_copy_loses_its_time,
)


def found(stores: tuple[str, str], server: Server | None, base: Path) -> str:
    """The first line of what the machine says; empty if it noticed nothing."""
    coverage = Coverage()
    with opened(stores, server, base) as open_world:
        for number in range(ROUNDS):
            try:
                run_machine(open_world, number, ROUND, coverage, shrink=False)
            except (AssertionError, Flaky) as error:
                return str(error).splitlines()[0]
    return ""


@pytest.mark.slow
def test_of_a_whole_engine_there_is_nothing_to_say(tmp_path: Path) -> None:
    """The same rounds that find each of the faults below."""
    assert not found(("disk", "memory"), None, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.__name__)
def test_it_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Break) -> None:
    broken(monkeypatch)
    said = found(("disk", "memory"), None, tmp_path)
    print(f"{broken.__name__}: {said}")
    assert said, "the machine noticed nothing"


def an_upload_is_not_aborted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(multipart.Multipart, "abort", lambda _self: None)


def an_upload_without_a_name_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(unfinished.Unfinished, "abort_nameless", lambda *_: None)


@pytest.mark.slow
@pytest.mark.parametrize(
    "broken",
    [an_upload_is_not_aborted, an_upload_without_a_name_is_forgotten],
    ids=lambda broken: broken.__name__,
)
def test_an_upload_left_open_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ministack_server: Server, broken: Break
) -> None:
    broken(monkeypatch)
    said = found(("disk", "s3"), ministack_server, tmp_path)
    assert "left behind" in said, said
