"""Depth has no limit: no recursion, few descriptors, no path too long for the system."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fakes.tree_differ import facts_of_tree
from tests.ops.local_disk import carry, context
from tfm.model.location import local
from tfm.ops import remove
from tfm.ops.plan import pick

DEPTH = 5000
SPARE = 40  # descriptors a job may use at once; a delete keeps up to 32


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """`tree/d/d/…/leaf`, 5,000 directories below one another, two names of one file among them."""
    (tmp_path / "tree").mkdir()
    fd = os.open(tmp_path / "tree", os.O_RDONLY)
    for _ in range(DEPTH):
        os.mkdir("d", dir_fd=fd)
        deeper = os.open("d", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = deeper
    leaf = os.open("leaf", os.O_CREAT | os.O_WRONLY, 0o640, dir_fd=fd)
    os.write(leaf, b"the bottom")
    os.close(leaf)
    os.link("leaf", tmp_path / "tree" / "top of it", src_dir_fd=fd)
    os.symlink("leaf", "link", dir_fd=fd)
    os.close(fd)
    yield tmp_path
    # what a failure leaves is too deep for the clean-up of pytest
    subprocess.run(["rm", "-rf", *tmp_path.iterdir()], check=True, timeout=60)


@contextmanager
def few_descriptors() -> Iterator[None]:
    """Let this process open no more than `SPARE` further files at once."""
    used = max(map(int, os.listdir("/proc/self/fd"))) if os.path.exists("/proc/self/fd") else 64
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + SPARE, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_copy_a_move_and_a_delete_of_5000_levels(deep: Path) -> None:
    for name in ("copy", "moved/tree"):
        (deep / name).mkdir(parents=True)
    before = facts_of_tree(deep / "tree")
    ctx = context(fsync="off")  # 10,000 of them would only cost time here
    with few_descriptors():
        report = carry(ctx, deep / "tree", deep / "copy")
    assert report.all_done, report.failures[:1]
    assert len(report.items) == DEPTH + 4
    assert facts_of_tree(deep / "copy" / "tree") == before
    with few_descriptors():  # a merge goes item by item, as a move to another device does
        report = carry(ctx, deep / "tree", deep / "moved", move=True)
    assert report.all_done, report.failures[:1]
    assert not (deep / "tree").exists()
    assert facts_of_tree(deep / "moved" / "tree") == before
    with few_descriptors():
        report = remove.remove(ctx, pick(ctx, [local(deep / "moved" / "tree")]))
    assert report.all_done
    assert len(report.items) == DEPTH + 4
    assert list((deep / "moved").iterdir()) == []
