"""What a local job promises while it runs: nobody looks in early, and nothing goes before its copy is safe."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.fakes.rich_tree import access_list, set_access_list
from tests.ops.local_disk import carry, context, outcomes, temporary
from tfm.ops.context import ItemResult, OpContext, Outcome
from tfm.storage.local.syscalls import Lacking, System


class Watching(System):
    """Looks at the modes of everything beneath a directory while bytes are copied."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.seen: dict[str, int] = {}

    def clone(self, source: int, target: int) -> None:
        raise Lacking

    def copy_range(self, source: int, target: int, count: int, offset: int) -> int:
        for path in self.top.rglob("*"):
            name = ".part" if path.suffix == ".part" else path.name
            self.seen[name] = self.seen.get(name, 0) | stat.S_IMODE(path.lstat().st_mode)
        return super().copy_range(source, target, count, offset)


@pytest.mark.parametrize("heirs", [False, True], ids=["by the mask", "by the directory"])
def test_nobody_else_looks_in_before_the_rights_are_set(tmp_path: Path, heirs: bool) -> None:
    secret = tmp_path / "tree" / "secret"
    secret.mkdir(parents=True)
    (secret / "file").write_bytes(b"x")
    (secret / "file").chmod(0o666)  # what keeps it secret is its directory
    secret.chmod(0o700)
    (tmp_path / "to").mkdir()
    (tmp_path / "to").chmod(0o777)
    everybody = access_list(user=7, group=7, mask=7, named=(1234, 7))
    if heirs and not set_access_list(tmp_path / "to", everybody, default=True):
        pytest.skip("needs a disk with access lists")
    system = Watching(tmp_path / "to")
    assert carry(context(system), tmp_path / "tree", tmp_path / "to").all_done
    assert {name: oct(mode) for name, mode in system.seen.items()} == {
        "tree": "0o700",
        "secret": "0o700",
        ".part": "0o600",
    }
    assert (tmp_path / "to" / "tree" / "secret" / "file").stat().st_mode & 0o777 == 0o666


@pytest.mark.parametrize("move", [False, True], ids=["copy", "move"])
def test_after_a_cancel_directories_have_their_rights(tmp_path: Path, move: bool) -> None:
    """Those for whom a file was kept find it where it went."""
    shared = tmp_path / "tree" / "shared"
    shared.mkdir(parents=True)
    for name in ("one", "two"):
        (shared / name).write_bytes(b"x")
    shared.chmod(0o2775)
    (tmp_path / "to" / "tree").mkdir(parents=True)
    base = context()
    ctx = OpContext(base.vfs, cancel=base.cancel, on_item=lambda _item: base.cancel.cancel())
    report = carry(ctx, tmp_path / "tree", tmp_path / "to", move=move)
    assert outcomes(report)["shared"] is Outcome.CANCELLED
    copied = tmp_path / "to" / "tree" / "shared"
    assert stat.S_IMODE(copied.stat().st_mode) == 0o2775
    assert len(list(copied.iterdir())) == 1
    assert len(list(shared.iterdir())) == (1 if move else 2)
    assert temporary(tmp_path) == []


class Durable(System):
    """Notes the directories whose names were brought to the medium."""

    def __init__(self) -> None:
        self.synced: set[int] = set()

    def fsync_directory(self, directory: int) -> None:
        super().fsync_directory(directory)
        self.synced.add(os.fstat(directory).st_ino)


@pytest.mark.parametrize("what", ["link", "twin", "empty"])
def test_names_are_on_the_medium_before_their_sources_go(tmp_path: Path, what: str) -> None:
    """A power cut between the two must find at least one of them."""
    source = tmp_path / "tree" / "dir"
    source.mkdir(parents=True)
    if what == "link":
        (source / what).symlink_to("x")
    elif what == "twin":
        for name in ("first", what):
            (tmp_path / "tree" / name).touch()
        (tmp_path / "tree" / what).unlink()
        os.link(tmp_path / "tree" / "first", source / what)
    else:
        (source / what).mkdir()
    (tmp_path / "to" / "tree").mkdir(parents=True)
    system = Durable()
    base = context(system)
    missed: list[str] = []

    def on_item(item: ItemResult) -> None:
        assert item.destination is not None
        parent = Path(item.destination.parent.key)
        if not os.path.lexists(item.source.key) and parent.stat().st_ino not in system.synced:
            missed.append(item.source.name)

    report = carry(
        OpContext(base.vfs, on_item=on_item), tmp_path / "tree", tmp_path / "to", move=True
    )
    assert report.all_done, report.items
    assert (tmp_path / "to" / "tree").stat().st_ino in system.synced
    assert (tmp_path / "to" / "tree" / "dir").stat().st_ino in system.synced
    assert [name for name in missed if name != "tree"] == []


def test_a_plain_copy_waits_for_no_medium(tmp_path: Path) -> None:
    (tmp_path / "tree" / "dir").mkdir(parents=True)
    (tmp_path / "tree" / "dir" / "file").write_bytes(b"x")
    (tmp_path / "tree" / "dir" / "link").symlink_to("file")
    (tmp_path / "to").mkdir()
    system = Durable()
    assert carry(context(system), tmp_path / "tree", tmp_path / "to").all_done
    assert system.synced == set()
