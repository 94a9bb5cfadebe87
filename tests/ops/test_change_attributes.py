"""Permissions and times on request."""

from __future__ import annotations

import os
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops.conftest import World, disk, key
from tfm.model.errors import InvalidName, Unsupported
from tfm.model.location import local
from tfm.ops.change_attributes import (
    change_attributes,
    change_time,
    owner_named,
    owner_refusal,
    parse_mode,
    parse_owner,
    parse_time,
)
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.plan import pick
from tfm.storage.facets import Ownership
from tfm.storage.vfs import Vfs

clauses = st.builds(
    "{}{}{}".format,
    st.sampled_from(["u", "g", "o", "a", "ug", "go"]),
    st.sampled_from("+-="),
    st.text("rwxX", max_size=3),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(clauses, min_size=1, max_size=3), st.integers(0, 0o777), st.booleans())
def test_it_is_what_chmod_does(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], mode: int, directory: bool
) -> None:
    path = tmp_path_factory.mktemp("mode") / "x"
    path.mkdir() if directory else path.write_text("")
    path.chmod(mode)
    text = ",".join(words)
    subprocess.run(["chmod", "--", text, str(path)], check=True)
    expected = stat.S_IMODE(path.stat().st_mode)
    assert parse_mode(text)(mode, directory) == expected, (text, oct(mode))


def test_octal_and_what_is_none() -> None:
    assert parse_mode("0640")(0o777, False) == 0o640
    assert parse_mode("u+s")(0o755, False) == 0o4755
    for bad in ("", "9", "75", "77777", "u", "z+x", "u+q", "u+x,,"):
        with pytest.raises(ValueError):
            parse_mode(bad)


def test_a_tree_is_changed_and_links_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "d" / "e" / "f").write_text("")
    (tmp_path / "out").write_text("")
    (tmp_path / "d" / "link").symlink_to("../out")
    for path in ("d", "d/e"):
        (tmp_path / path).chmod(0o755)
    for path in ("d/e/f", "out"):
        (tmp_path / path).chmod(0o644)
    ctx = OpContext(Vfs())
    picked = pick(ctx, [local(tmp_path / "d")])
    report = change_attributes(ctx, picked, mode=parse_mode("go-rwx"), recursive=True)
    assert not report.failures
    assert report.count(Outcome.SKIPPED) == 1
    modes = {p: stat.S_IMODE((tmp_path / p).stat().st_mode) for p in ("d", "d/e", "d/e/f", "out")}
    assert modes == {"d": 0o700, "d/e": 0o700, "d/e/f": 0o600, "out": 0o644}
    report = change_attributes(ctx, picked, mode=parse_mode("755"), recursive=False)
    assert report.all_done
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "d" / "e").stat().st_mode) == 0o700


def test_an_owner_is_read_as_chown_reads_it() -> None:
    assert parse_owner("ada") == ("ada", None)
    assert parse_owner(" ada:staff ") == ("ada", "staff")
    assert parse_owner(":100") == ("", "100")
    assert parse_owner("ada:") == ("ada", "")
    for bad in ("", ":", "a:b:c", " : "):
        with pytest.raises(ValueError):
            parse_owner(bad)


def test_the_group_of_a_user_is_that_of_the_login(tmp_path: Path) -> None:
    import pwd

    root = pwd.getpwuid(0)
    ctx = OpContext(Vfs())
    here = local(tmp_path)
    assert owner_named(ctx, here, f"{root.pw_name}:") == Ownership(0, root.pw_gid)
    assert owner_named(ctx, here, root.pw_name) == Ownership(0, None)
    assert owner_named(ctx, here, f":{root.pw_gid}") == Ownership(None, root.pw_gid)
    with pytest.raises(InvalidName, match="no user"):
        owner_named(ctx, here, "nobody called so")
    with pytest.raises(InvalidName, match="no group"):
        owner_named(ctx, here, ":nothing called so")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give files away")
def test_a_tree_is_given_away_and_what_links_lead_to_is_not(tmp_path: Path) -> None:
    (tmp_path / "d" / "e").mkdir(parents=True)
    for path in ("d/e/f", "out", "d/set-id"):
        (tmp_path / path).write_text("")
    (tmp_path / "d" / "link").symlink_to("../out")
    (tmp_path / "d" / "set-id").chmod(0o6755)
    (tmp_path / "d" / "e").chmod(0o2755)
    ctx = OpContext(Vfs())
    picked = pick(ctx, [local(tmp_path / "d")])

    def owners() -> dict[str, tuple[int, int]]:
        found = {}
        for path in ("d", "d/e", "d/e/f", "d/link", "out", "d/set-id"):
            facts = (tmp_path / path).lstat()
            found[path] = (facts.st_uid, facts.st_gid)
        return found

    report = change_attributes(ctx, picked, owner=Ownership(1234, None), recursive=False)
    assert report.all_done
    assert owners() == {**dict.fromkeys(owners(), (0, 0)), "d": (1234, 0)}
    report = change_attributes(ctx, picked, owner=Ownership(1234, 2345), recursive=True)
    assert report.all_done
    assert owners() == {**dict.fromkeys(owners(), (1234, 2345)), "out": (0, 0)}
    # the rights of another owner are not lent, and it is said; a directory only hands on its group
    notes = {item.source.name: item.note for item in report.items if item.note}
    assert set(notes) == {"set-id"}
    assert "set-user-ID" in notes["set-id"]
    assert stat.S_IMODE((tmp_path / "d" / "set-id").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "d" / "e").stat().st_mode) == 0o2755


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give files away")
def test_owner_first_and_then_the_mode(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    (tmp_path / "f").chmod(0o644)
    ctx = OpContext(Vfs())
    report = change_attributes(
        ctx,
        pick(ctx, [local(tmp_path / "f")]),
        mode=parse_mode("4755"),
        owner=Ownership(1234, None),
        recursive=False,
    )
    assert report.all_done
    facts = (tmp_path / "f").stat()
    assert (facts.st_uid, stat.S_IMODE(facts.st_mode)) == (1234, 0o4755)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give files away")
def test_what_took_its_place_is_not_given_away(tmp_path: Path) -> None:
    """A directory that became a link elsewhere since it was looked at leads nobody there."""
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "d" / "e" / "f").write_text("")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "f").write_text("")

    class Swapping(OpContext):
        def end(self, report: Report, result: ItemResult) -> None:
            if not (tmp_path / "d" / "e").is_symlink():
                (tmp_path / "d" / "e").rename(tmp_path / "away")
                (tmp_path / "d" / "e").symlink_to(tmp_path / "secret")
            super().end(report, result)

    (tmp_path / "d" / "a").write_text("")
    ctx = Swapping(Vfs())
    picked = pick(ctx, [local(tmp_path / "d")])
    report = change_attributes(ctx, picked, owner=Ownership(1234, None), recursive=True)
    assert report.failures
    assert (tmp_path / "secret" / "f").stat().st_uid == 0
    assert (tmp_path / "secret").stat().st_uid == 0


def test_where_nobody_owns_anything_it_is_said(world: World) -> None:
    world.write(disk("/d/a"))
    ctx = world.context()
    assert owner_refusal(ctx, disk("/d/a")).endswith("knows no owners.")
    with pytest.raises(Unsupported):
        owner_named(ctx, disk("/d/a"), "root")
    report = change_attributes(
        ctx, world.pick(disk("/d/a")), owner=Ownership(1, None), recursive=False
    )
    assert "knows no owners" in report.failures[0].reason


def test_times(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    ctx = OpContext(Vfs())
    moment = parse_time("2026-11-20 14:05", 0, UTC)
    assert change_time(ctx, pick(ctx, [local(tmp_path / "a")]), moment).all_done
    expected = datetime(2026, 11, 20, 14, 5, tzinfo=UTC).timestamp()
    assert (tmp_path / "a").stat().st_mtime == expected
    assert parse_time("", 7) == parse_time("now", 7) == 7
    assert parse_time("2026-11-20T14:05:09", 0, UTC) == parse_time("2026-11-20 14:05:09", 0, UTC)
    with pytest.raises(ValueError):
        parse_time("yesterday", 0)


def test_where_there_is_nothing_to_set_it_is_said(world: World) -> None:
    world.write(key("bucket/a"))
    report = change_time(world.context(), world.pick(key("bucket/a")), 1)
    assert "keeps no permissions or times" in report.failures[0].reason
