"""Permissions and times on request."""

from __future__ import annotations

import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops.conftest import World, key
from tfm.model.location import local
from tfm.ops.change_attributes import change_mode, change_time, parse_mode, parse_time
from tfm.ops.context import OpContext, Outcome
from tfm.ops.plan import pick
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
    report = change_mode(ctx, picked, parse_mode("go-rwx"), recursive=True)
    assert not report.failures
    assert report.count(Outcome.SKIPPED) == 1
    modes = {p: stat.S_IMODE((tmp_path / p).stat().st_mode) for p in ("d", "d/e", "d/e/f", "out")}
    assert modes == {"d": 0o700, "d/e": 0o700, "d/e/f": 0o600, "out": 0o644}
    assert change_mode(ctx, picked, parse_mode("755"), recursive=False).all_done
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "d" / "e").stat().st_mode) == 0o700


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
