"""Links in the way of what is copied: nothing is written through them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfm.model.conflict import Answer, Policy
from tfm.model.location import Location, Root, local
from tfm.ops import tree
from tfm.ops.context import OpContext, Outcome
from tfm.ops.plan import pick
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs


@pytest.mark.parametrize("verb", [tree.copy, tree.move])
@pytest.mark.parametrize("deeper", [False, True])
def test_a_tree_is_not_carried_through_a_link_to_a_directory(
    tmp_path: Path, verb: object, deeper: bool
) -> None:
    """What the link leads to lies outside the destination: `cp` and `mv` refuse it too."""
    elsewhere, here, there = (tmp_path / name for name in ("elsewhere", "here", "there"))
    source = here / "d" / "sub" if deeper else here / "d"
    source.mkdir(parents=True)
    (source / "file").write_text("new")
    elsewhere.mkdir()
    (elsewhere / "file").write_text("old")
    way = there / "d" / "sub" if deeper else there / "d"
    way.parent.mkdir(parents=True)
    way.symlink_to(elsewhere)
    ctx = OpContext(Vfs(), resolver=Policy(Answer.OVERWRITE))
    assert callable(verb)
    report = verb(ctx, pick(ctx, [local(here / "d")]), local(there))
    assert (elsewhere / "file").read_text() == "old"
    assert (source / "file").read_text() == "new"
    assert way.is_symlink()
    ends = {item.source.key: item.outcome for item in report.items}
    assert ends[str(source)] is Outcome.FAILED


def test_a_directory_of_which_only_links_were_left_out_is_there_all_the_same(
    tmp_path: Path,
) -> None:
    """A key store takes no links; a directory that the report calls copied must exist."""
    (tmp_path / "d" / "inner").mkdir(parents=True)
    (tmp_path / "d" / "inner" / "link").symlink_to("nowhere")
    keys = MemoryStorage(Root("mem", "keys"), {})
    shelf = Location(keys.root, "shelf/")
    keys.mkdir(shelf)
    ctx = OpContext(Vfs(storages={keys.root: keys}))
    report = tree.copy(ctx, pick(ctx, [local(tmp_path / "d")]), shelf)
    ends = {item.source.name: item.outcome for item in report.items}
    assert ends == {"d": Outcome.DONE, "inner": Outcome.DONE, "link": Outcome.SKIPPED}
    assert [entry.name for entry in ctx.vfs.scan(shelf.child("d/")).entries] == ["inner"]


def test_a_directory_whose_name_is_no_text_fails_with_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "d" / "\udcff").mkdir(parents=True)
    (tmp_path / "d" / "\udcff" / "file").write_text("x")
    keys = MemoryStorage(Root("mem", "keys"), {})
    shelf = Location(keys.root, "shelf/")
    keys.mkdir(shelf)
    ctx = OpContext(Vfs(storages={keys.root: keys}))
    report = tree.copy(ctx, pick(ctx, [local(tmp_path / "d")]), shelf)
    ends = {item.source.name: item.outcome for item in report.items}
    assert ends == {"d": Outcome.DONE, "\udcff": Outcome.FAILED, "file": Outcome.FAILED}
    assert ctx.vfs.exists(shelf.child("d/"))
