"""Remembered state: written whole or not at all, and a bad one never stops a start."""

import json
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tfm.config.state import PaneState, State, load_state, save_state

STATE = State(
    left=PaneState("/home/ann/\udcff", "size", True, True),
    right=PaneState("s3://me@bucket/a//b/"),
    active="right",
    ratio=0.35,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "tfm" / "state.json"


def test_what_is_saved_comes_back_private_and_alone(file: Path) -> None:
    assert save_state(file, STATE) == ""
    assert load_state(file) == (STATE, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [each.name for each in file.parent.iterdir()] == ["state.json"]


def test_the_first_start_has_no_state_and_no_notice(file: Path) -> None:
    assert load_state(file) == (None, "")


def test_the_last_writer_wins(file: Path) -> None:
    save_state(file, STATE)
    save_state(file, State())
    assert load_state(file) == (State(), "")


def test_unknown_fields_of_the_same_version_are_passed_over(file: Path) -> None:
    save_state(file, STATE)
    file.write_text(json.dumps({**json.loads(file.read_text()), "tabs": [1]}))
    assert load_state(file) == (STATE, "")


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"version": True},
        {"version": None},
        {"ratio": 2},
        {"ratio": float("nan")},
        {"active": "middle"},
        {"left": None},
        {"left": {"place": 1, "sort": "name", "reverse": False, "hidden": False}},
        {"left": {"place": "a\0", "sort": "name", "reverse": False, "hidden": False}},
        {"left": {"place": "", "sort": "colour", "reverse": False, "hidden": False}},
        {"right": {"place": "", "sort": "name", "reverse": 0, "hidden": False}},
    ],
)
def test_a_wrong_field_sets_the_file_aside(file: Path, change: dict[str, object]) -> None:
    save_state(file, STATE)
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    state, notice = load_state(file)
    assert state is None
    assert "is damaged: set aside as state.json.bad-1" in notice
    assert not file.exists()
    assert file.with_name("state.json.bad-1").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b"[" * 100_000, b"null"])
def test_what_is_no_json_is_set_aside(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    assert load_state(file)[0] is None
    assert file.with_name("state.json.bad-1").read_bytes() == content


def test_a_newer_version_is_set_aside_and_said(file: Path) -> None:
    save_state(file, STATE)
    file.write_text('{"version": 2, "panes": []}')
    state, notice = load_state(file)
    assert state is None
    assert "newer version" in notice


def test_files_set_aside_do_not_pile_up(file: Path) -> None:
    file.parent.mkdir(parents=True)
    for number in range(12):
        file.write_text(f"bad {number}")
        assert load_state(file)[0] is None
    names = sorted(each.name for each in file.parent.iterdir())
    assert names == [f"state.json.bad-{number}" for number in range(1, 10)]
    assert file.with_name("state.json.bad-9").read_text() == "bad 11"


def test_a_place_that_cannot_be_written_is_a_notice(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    notice = save_state(tmp_path / "file" / "state.json", STATE)
    assert "cannot be remembered" in notice


def test_a_failed_rename_leaves_nothing_beside(file: Path) -> None:
    (file / "in the way").mkdir(parents=True)
    assert "cannot be remembered" in save_state(file, STATE)
    assert [each.name for each in file.parent.iterdir()] == ["state.json"]
    assert "cannot be read" in load_state(file)[1]


PANES = st.builds(
    PaneState,
    st.text().filter(lambda text: "\0" not in text),
    st.sampled_from(["name", "extension", "size", "time"]),
    st.booleans(),
    st.booleans(),
)


@given(st.builds(State, PANES, PANES, st.sampled_from(["left", "right"]), st.floats(0.1, 0.9)))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30
)
def test_every_state_makes_the_round_trip(tmp_path: Path, state: State) -> None:
    assert save_state(tmp_path / "state.json", state) == ""
    assert load_state(tmp_path / "state.json") == (state, "")
