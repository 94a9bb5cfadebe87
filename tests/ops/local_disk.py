"""Copies and moves on a real disk, told in one line; `system` is where a test makes the kernel fail."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tests.fakes.tree_differ import facts_of_tree
from tfm.model.conflict import Answer, Policy
from tfm.model.location import LOCAL, local
from tfm.ops import tree
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.plan import pick
from tfm.storage.local.storage import LocalStorage
from tfm.storage.local.syscalls import REAL, System
from tfm.storage.vfs import Vfs


def context(
    system: System = REAL, answer: Answer = Answer.FAIL, *, fsync: str = "auto"
) -> OpContext:
    """A job on the disk of this machine, as seen through `system`."""
    vfs = Vfs(storages={LOCAL: LocalStorage(LOCAL, {"fsync": fsync}, system=system)})
    return OpContext(vfs, resolver=Policy(answer))


def carry(
    ctx: OpContext, sources: Path | Sequence[Path], directory: Path, *, move: bool = False
) -> Report:
    """Copy or move into a directory."""
    picked = [sources] if isinstance(sources, Path) else sources
    act = tree.move if move else tree.copy
    return act(ctx, pick(ctx, [local(path) for path in picked]), local(directory))


def ended(report: Report) -> dict[str, ItemResult]:
    """The items by the name of their source; each must be there once."""
    found = {item.source.name: item for item in report.items}
    assert len(found) == len(report.items), report.items
    return found


def outcomes(report: Report) -> dict[str, Outcome]:
    """How each item ended."""
    return {name: item.outcome for name, item in ended(report).items()}


def temporary(*tops: Path) -> list[str]:
    """Unfinished files of ours beneath these directories."""
    return [
        os.path.join(folder, name)
        for top in tops
        for folder, folders, files in os.walk(top)
        for name in (*folders, *files)
        if name.startswith(".tfm-")
    ]


class Untouched:
    """A tree that must not change: `check` compares it with what it was."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self._before = facts_of_tree(top)

    def check(self) -> None:
        """Fail if anything is different."""
        assert facts_of_tree(self.top) == self._before
