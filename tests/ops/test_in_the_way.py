"""What stands or turns up in the way of a copy or move: links, other names, newcomers, pipes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ops.conftest import World, key
from tfm.model.conflict import Answer, Policy
from tfm.model.errors import SameObject
from tfm.model.location import LOCAL, local
from tfm.ops import tree
from tfm.ops.context import Outcome, Report
from tfm.storage.local.storage import LocalStorage

Act = Callable[..., Report]
ACTS = pytest.mark.parametrize("act", [tree.copy, tree.move])


@pytest.fixture
def real(world: World) -> World:
    """A world that also has the real disk."""
    world.storages[LOCAL] = LocalStorage(LOCAL, {})
    world.vfs = type(world.vfs)(storages=world.storages)
    return world


# -- links --------------------------------------------------------------------------------------


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A destination `to` whose `to/d/sub` is a link that leads out, to `outside`."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "f").write_bytes(b"theirs")
    (tmp_path / "to" / "d").mkdir(parents=True)
    (tmp_path / "to" / "d" / "sub").symlink_to("../../outside")
    return tmp_path


@ACTS
@pytest.mark.parametrize("far", [False, True])
def test_a_link_inside_the_destination_leads_nothing_out(
    real: World, trap: Path, far: bool, act: Act
) -> None:
    top = key("bucket/d/") if far else local(trap / "from" / "d")
    real.write(top.child("sub", directory=True).child("f"), b"mine")
    real.write(top.child("g"), b"mine")
    ctx = real.context(Policy(Answer.OVERWRITE))
    report = act(ctx, real.pick(top), local(trap / "to"))
    assert [path.read_bytes() for path in (trap / "outside").iterdir()] == [b"theirs"]
    assert (trap / "to" / "d" / "sub").is_symlink()
    outcomes = {item.source.name: item.outcome for item in report.items}
    assert outcomes["f"] is outcomes["sub"] is Outcome.FAILED
    assert outcomes["g"] is Outcome.DONE and (trap / "to" / "d" / "g").read_bytes() == b"mine"
    assert real.read(top.child("sub", directory=True).child("f")) == b"mine"
    assert any("symbolic link named sub" in item.reason for item in report.failures)


@pytest.mark.parametrize("into", [True, False])
def test_a_link_that_was_named_as_the_destination_is_entered(
    real: World, tmp_path: Path, into: bool
) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "f").write_bytes(b"1")
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to("far")
    picked = real.pick(local(tmp_path / "d"))
    assert tree.copy(real.context(), picked, local(tmp_path / "link"), into=into).all_done
    assert (tmp_path / "far" / ("d/f" if into else "f")).read_bytes() == b"1"


@ACTS
def test_nothing_goes_onto_or_into_itself_by_way_of_a_link(
    real: World, tmp_path: Path, act: Act
) -> None:
    (tmp_path / "d" / "sub").mkdir(parents=True)
    (tmp_path / "d" / "f").write_bytes(b"1")
    (tmp_path / "same").symlink_to("d")
    (tmp_path / "deeper").symlink_to("d/sub")
    os.link(tmp_path / "d" / "f", tmp_path / "d" / "sub" / "f")
    ctx = real.context(Policy(Answer.OVERWRITE))
    before = sorted(tmp_path.rglob("*"))
    for what, where in (("d", "deeper"), ("d/f", "same"), ("d", ".")):
        with pytest.raises(SameObject):
            act(ctx, real.pick(local(tmp_path / what)), local(tmp_path / where))
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "d" / "f").read_bytes() == b"1"
