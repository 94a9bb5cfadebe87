"""What is remembered of places: bounded, merged between instances, never a reason to fail."""

import json
import multiprocessing
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tfm.config import memory as memories
from tfm.config.kept_file import Busy, locked
from tfm.config.memory import (
    Bookmark,
    Edit,
    Memory,
    View,
    Visit,
    load_memory,
    merge_memory,
)
from tfm.config.rules import Favorite
from tfm.model.columns import ColumnChoice

HOME = Favorite("Home", "/home/ann")
LOGS = Favorite("Logs", "s3://me@bucket/logs/")
NARROW = ColumnChoice(("mode",), (("time", 8),))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "places.json"


def full() -> Memory:
    return (
        Memory()
        .visited(Visit("/a", 1.0))
        .visited(Visit("s3://b/odd\udcff\n/", 2.0))
        .viewed("/a", View("sub/", "time", True, "*.log"))
        .viewed("/b", View("x"))
        .with_favorite(HOME)
        .with_favorite(LOGS)
        .with_bookmark("a", Bookmark("/a", "sub/"))
        .used_filter("*.log")
        .chose("icons", True)
        .chose("theme", "nord")
        .with_columns("/a", "file", NARROW)
        .with_columns("/c", "s3", ColumnChoice())
    )


def test_what_is_merged_comes_back_private(file: Path) -> None:
    merged, notice = merge_memory(file, [lambda _empty: full()])
    assert (merged, notice) == (full(), "")
    assert load_memory(file) == (full(), "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(each.name for each in file.parent.iterdir()) == [
        "places.json",
        "places.json.lock",
    ]


def test_a_place_stands_once_in_the_history_with_its_latest_visit() -> None:
    memory = Memory().visited(Visit("/a", 1.0)).visited(Visit("/b", 2.0)).visited(Visit("/a", 3.0))
    assert memory.visits == (Visit("/a", 3.0), Visit("/b", 2.0))
    # an edit that is done again upon the work of others may come after a later visit
    assert memory.visited(Visit("/a", 0.5)).visits == memory.visits


def test_history_and_views_are_bounded_and_the_oldest_go() -> None:
    memory = Memory()
    for number in range(10):
        memory = memory.visited(Visit(f"/{number}", float(number)), most=3)
        memory = memory.viewed(f"/{number}", View(str(number)), most=4)
    assert [each.place for each in memory.visits] == ["/9", "/8", "/7"]
    assert list(memory.views) == ["/6", "/7", "/8", "/9"]
    touched = memory.viewed("/6", View("again"), most=4).viewed("/new", View("n"), most=4)
    assert list(touched.views) == ["/8", "/9", "/6", "/new"]


def test_a_plain_view_is_not_worth_a_line() -> None:
    assert Memory().viewed("/a", View("x")).viewed("/a", View()).views == {}


def test_favorites_keep_their_order_and_are_one_for_each_place() -> None:
    memory = Memory().with_favorite(HOME).with_favorite(LOGS)
    renamed = memory.with_favorite(Favorite("Mine", HOME.path))
    assert [each.name for each in renamed.favorites] == ["Mine", "Logs"]
    assert renamed.without_favorite(HOME.path).favorites == (LOGS,)


def test_each_filter_stands_once_the_latest_first() -> None:
    memory = Memory().used_filter("a").used_filter("b").used_filter("a")
    assert memory.filters == ("a", "b")


def test_a_letter_stands_for_one_place_or_none() -> None:
    memory = Memory().with_bookmark("b", Bookmark("/b")).with_bookmark("a", Bookmark("/a"))
    assert list(memory.bookmarks) == ["a", "b"]
    assert list(memory.with_bookmark("a", None).bookmarks) == ["b"]


def test_each_choice_stands_once_until_it_is_dropped() -> None:
    memory = full().chose("icons", False)
    assert memory.choices == {"icons": False, "theme": "nord"}
    assert memory.chose("theme", None).choices == {"icons": False}
    dropped = memory.without_choices()
    assert dropped.choices == {}
    assert dropped.columns == {}
    assert dropped.views == {
        "/a": View("sub/", "time", True, "*.log"),
        "/b": View("x"),
    }


def test_columns_belong_to_a_place_and_go_on_in_its_storage() -> None:
    memory = full()
    assert memory.views["/a"] == View("sub/", "time", True, "*.log", NARROW)
    assert memory.views["/c"].columns == ColumnChoice(), "all of them, chosen there"
    assert memory.columns == {"file": NARROW, "s3": ColumnChoice()}


def test_two_instances_choose_side_by_side_and_the_last_one_has_the_last_word(file: Path) -> None:
    merge_memory(file, [lambda m: m.chose("icons", True), lambda m: m.chose("theme", "nord")])
    merge_memory(file, [lambda m: m.chose("theme", "dracula")])
    assert load_memory(file)[0].choices == {"icons": True, "theme": "dracula"}


def test_two_instances_add_to_each_other(file: Path) -> None:
    merge_memory(file, [lambda m: m.with_favorite(HOME), lambda m: m.visited(Visit("/one", 5.0))])
    merged, _ = merge_memory(
        file, [lambda m: m.with_favorite(LOGS), lambda m: m.visited(Visit("/two", 4.0))]
    )
    assert merged.favorites == (HOME, LOGS)
    assert [each.place for each in merged.visits] == ["/one", "/two"]
    merged, _ = merge_memory(file, [lambda m: m.without_favorite(HOME.path)])
    assert merged.favorites == (LOGS,)


def _many_saves(file: Path, number: int) -> None:
    for turn in range(10):
        letter = Favorite(f"{number}-{turn}", f"/{number}/{turn}")

        def edit(memory: Memory, added: Favorite = letter) -> Memory:
            return memory.with_favorite(added)

        merge_memory(file, [edit])


def test_processes_that_save_at_once_lose_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memories, "PATIENCE", 60.0)
    context = multiprocessing.get_context("fork")
    saving = [context.Process(target=_many_saves, args=(file, number)) for number in range(4)]
    for each in saving:
        each.start()
    for each in saving:
        each.join(60)
    assert [each.exitcode for each in saving] == [0, 0, 0, 0]
    assert len(load_memory(file)[0].favorites) == 40


def test_an_instance_that_holds_the_lock_too_long_is_told_and_nothing_is_lost(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge_memory(file, [lambda m: m.with_favorite(HOME)])
    monkeypatch.setattr(memories, "PATIENCE", 0.0)
    edit: Edit = lambda m: m.with_favorite(LOGS)  # noqa: E731 - it is done twice
    with locked(file, 0.0), pytest.raises(Busy, match="another tfm"):
        merge_memory(file, [edit])
    assert merge_memory(file, [edit])[0].favorites == (HOME, LOGS)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"visits": {}},
        {"visits": [["/a"]]},
        {"visits": [["/a", "now"]]},
        {"visits": [["/a", float("nan")]]},
        {"visits": [[1, 2.0]]},
        {"views": []},
        {"views": {"/a": {"sort": "colour"}}},
        {"views": {"/a": {"cursor": 1}}},
        {"favorites": [{"name": "x"}]},
        {"favorites": [{"name": "x", "path": "a\0"}]},
        {"bookmarks": {"a": "/a"}},
        {"choices": ["icons"]},
        {"choices": {"icons": 1}},
        {"columns": {"file": {"without": "mode"}}},
        {"columns": {"file": {"widths": [["time", 0]]}}},
        {"views": {"/a": {"columns": {"widths": [["time", True]]}}}},
        {"views": {"/a": {"columns": {"widths": [["time"]]}}}},
    ],
)
def test_a_wrong_field_sets_the_file_aside(file: Path, change: dict[str, object]) -> None:
    merge_memory(file, [lambda _empty: full()])
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    memory, notice = load_memory(file)
    assert memory == Memory()
    assert "set aside as places.json.bad-1" in notice
    assert file.with_name("places.json.bad-1").exists()


def test_a_damaged_file_does_not_stop_the_next_save(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\0" * 4096)  # as a power cut leaves it on some disks
    merged, notice = merge_memory(file, [lambda m: m.with_favorite(HOME)])
    assert merged.favorites == (HOME,)
    assert "favourites, bookmarks and choices are lost" in notice
    assert load_memory(file) == (merged, "")


def test_a_file_of_tomorrow_is_set_aside_and_said(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_text('{"version": 2}')
    assert "newer version" in load_memory(file)[1]
    assert not file.exists()


def test_a_place_that_cannot_be_written_is_an_error_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        merge_memory(tmp_path / "file" / "places.json", [lambda m: m.with_favorite(HOME)])


TEXTS = st.text(max_size=20).filter(lambda text: "\0" not in text)
EDITS = st.lists(
    st.one_of(
        st.builds(lambda p, at: ("visited", Visit(p, at)), TEXTS, st.floats(0, 2e9)),
        st.builds(
            lambda p, c, s: ("viewed", (p, View(c, s))),
            TEXTS,
            TEXTS,
            st.sampled_from([None, "size"]),
        ),
        st.builds(lambda n, p: ("with_favorite", Favorite(n, p)), TEXTS, TEXTS),
    ),
    max_size=12,
)


def _done(memory: Memory, edits: list[tuple[str, object]]) -> Memory:
    for name, argument in edits:
        arguments = argument if isinstance(argument, tuple) else (argument,)
        memory = getattr(memory, name)(*arguments)
    return memory


@given(EDITS)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25
)
def test_every_memory_makes_the_round_trip(tmp_path: Path, edits: list[tuple[str, object]]) -> None:
    wanted = _done(Memory(), edits)
    assert merge_memory(tmp_path / "places.json", [lambda _old: wanted])[0] == wanted
    assert load_memory(tmp_path / "places.json") == (wanted, "")
