from tests.session.test_pane import HERE, file, full
from tfm.model.match import Words
from tfm.session.pane import PaneState
from tfm.session.seek import Names, Seek
from tfm.session.typed import TypedLine, remember

NAMES = ("alpha.txt", "beta.txt", "delta.md", "gamma beta.txt", "omega.txt")


def begun(cursor: int) -> tuple[PaneState, Seek]:
    pane = PaneState(HERE)
    full(pane, *[file(name) for name in NAMES])
    pane.move_to(cursor)
    pane.top = 1
    return pane, Seek(pane)


def type_into(pane: PaneState, seek: Seek, text: str) -> None:
    words = Words(text)
    seek.show(words, pane.rows, Names(pane.rows).hits(words))


def test_the_cursor_goes_to_the_nearest_match_and_walks_round() -> None:
    pane, seek = begun(2)
    type_into(pane, seek, "beta")
    assert (pane.cursor, seek.number, seek.count) == (3, 2, 2), "the one below, at equal distance"
    seek.step(1)
    assert (pane.cursor, seek.number) == (1, 1), "round at the end"
    seek.step(-1)
    assert pane.cursor == 3
    seek.to_end(last=False)
    assert pane.cursor == 1
    pane.move_to(2)
    assert seek.number == 0
    seek.step(-1)
    assert pane.cursor == 1, "from between two matches"


def test_further_letters_are_measured_from_where_it_began() -> None:
    pane, seek = begun(0)
    type_into(pane, seek, "a")
    assert pane.cursor == 0
    type_into(pane, seek, "om")
    assert pane.cursor == 4
    type_into(pane, seek, "")
    assert (pane.cursor, pane.top) == (0, 1), "what is rubbed out never was"
    type_into(pane, seek, "txt gam")
    assert pane.cursor == 3


def test_without_a_match_the_cursor_stays() -> None:
    pane, seek = begun(2)
    type_into(pane, seek, "zzz")
    assert (pane.cursor, seek.count, seek.number) == (2, 0, 0)
    seek.step(1)
    assert pane.cursor == 2


def test_leaving_goes_back_to_the_row_even_if_rows_came_before_it() -> None:
    pane, seek = begun(2)
    type_into(pane, seek, "omega")
    full(pane, file("aaa"), *[file(name) for name in NAMES])
    assert seek.is_stale
    seek.step(1)
    assert pane.current == file("omega.txt"), "old numbers of rows are not used"
    seek.cancel()
    assert pane.current == file("delta.md")
    assert pane.top == 1


def test_hits_among_rows_that_went_meanwhile_move_nothing() -> None:
    pane, seek = begun(0)
    rows = pane.rows
    words = Words("omega")
    hits = Names(rows).hits(words)
    full(pane, file("a"), file("b"))
    seek.show(words, rows, hits)
    assert pane.cursor == 0


def test_a_line_is_edited_and_earlier_ones_come_back() -> None:
    line = TypedLine("", ["*.md", "*.txt"])
    line.put("a\x1bc\n")
    assert line.edit("left")
    line.put("b")
    assert (line.text, line.cursor) == ("abc", 2)
    assert line.edit("backspace")
    assert line.edit("delete")
    assert line.text == "a"
    assert line.recall(1)
    assert line.recall(1)
    assert line.text == "*.txt"
    assert not line.recall(1)
    assert line.recall(-1)
    assert line.recall(-1)
    assert line.text == "a", "what was typed is still there"
    assert not line.recall(-1)
    line.put(" two words")
    assert line.edit("ctrl+w")
    assert line.text == "a two "
    assert line.edit("ctrl+u")
    assert line.text == ""
    assert not line.edit("f5")


def test_a_history_holds_each_line_once_the_latest_first() -> None:
    history = ["b", "a"]
    for line in ("a", "", "c"):
        remember(history, line, at_most=2)
    assert history == ["c", "a"]
