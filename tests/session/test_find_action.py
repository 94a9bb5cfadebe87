"""Finding an action by letters, by its key, and by habit."""

import pytest

from tfm.session.find_action import RECENT_KEPT, Findable, ranked, remembered

ROWS = (
    Findable("sort_size", "Sort by size", ("3",), "Sort by size; once more turns the order round."),
    Findable("sort_menu", "Sort menu", ("s",), "Choose how this pane is sorted."),
    Findable("quit", "Quit", ("q", "F10"), "exit leave"),
    Findable("subshell", "Sub-shell", ("Shift-X",), "Open a shell in this directory."),
    Findable("mkdir", "New directory", ("F7",), "create_directory"),
)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("q", "quit"),
        ("s", "sort_menu"),
        ("so si", "sort_size"),
        ("F7", "mkdir"),
        ("shell", "subshell"),
        ("leave", "quit"),
        ("ndir", "mkdir"),
        ("create dir", "mkdir"),
    ],
)
def test_the_best_comes_first(typed: str, found: str) -> None:
    assert ranked(typed, ROWS)[0].id == found


def test_what_does_not_fit_is_left_out() -> None:
    assert ranked("zzz", ROWS) == []
    assert ranked("  ", ROWS) == list(ROWS)


def test_habits_come_before_their_equals_only() -> None:
    assert [row.id for row in ranked("", ROWS, ("mkdir", "quit"))][:3] == [
        "mkdir",
        "quit",
        "sort_size",
    ]
    assert [row.id for row in ranked("sort", ROWS, ("sort_menu",))] == ["sort_menu", "sort_size"]
    assert ranked("quit", ROWS, ("subshell",))[0].id == "quit"


def test_habits_are_few_and_the_last_is_first() -> None:
    recent: tuple[str, ...] = ()
    for number in range(50):
        recent = remembered(recent, f"a{number}")
    recent = remembered(recent, "a48")
    assert recent[:3] == ("a48", "a49", "a47")
    assert len(recent) == RECENT_KEPT
