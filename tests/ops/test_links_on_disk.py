"""Links in the way of what is copied: nothing is written through them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfm.model.conflict import Answer, Policy
from tfm.model.location import local
from tfm.ops import tree
from tfm.ops.context import OpContext, Outcome
from tfm.ops.plan import pick
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
