import pytest

from tfm.model.entry import Entry, Kind
from tfm.model.errors import NotFound
from tfm.model.location import Location, local, parse
from tfm.model.order import SortKey, SortSpec
from tfm.session.pane import Loading, PaneState
from tfm.session.rows import Rows, plan_rows

HERE = local("/here")


def file(name: str, size: int = 1) -> Entry:
    return Entry(name, Kind.FILE, size, 0)


def directory(name: str) -> Entry:
    return Entry(name, Kind.DIRECTORY)


def rows_of(*entries: Entry, hidden: bool = False) -> Rows:
    return plan_rows(entries, SortSpec(), hidden=hidden)


def shown(pane: PaneState) -> list[str]:
    return [entry.name for entry in pane.rows.entries]


def full(pane: PaneState, *entries: Entry) -> None:
    assert pane.finish(pane.reload(0.0), rows_of(*entries), 1.0)


@pytest.fixture
def pane() -> PaneState:
    return PaneState(HERE)


def test_rows_are_chosen_sorted_and_counted() -> None:
    rows = rows_of(file("b10", 5), file(".secret", 100), directory("z"), file("b9", 3))
    assert [entry.name for entry in rows.entries] == ["z", "b9", "b10"]
    assert (rows.files, rows.directories, rows.size, rows.concealed) == (2, 1, 8, 1)
    assert rows.index["b10", False] == 2
    assert len(rows_of(file(".secret"), hidden=True)) == 1


def test_the_cursor_stays_on_its_entry_while_pages_arrive(pane: PaneState) -> None:
    generation = pane.enter(HERE, 0.0)
    pane.arrive(generation, rows_of(file("m"), file("p")), 2)
    pane.move_to(1)
    pane.arrive(generation, rows_of(file("a"), file("m"), file("n"), file("p")), 4)
    assert pane.current == file("p")
    pane.finish(generation, rows_of(*[file(c) for c in "abcmnp"]), 1.0)
    assert pane.current == file("p")


def test_the_cursor_keeps_its_line_on_the_screen_while_rows_come_above_it(pane: PaneState) -> None:
    generation = pane.enter(HERE, 0.0)
    pane.arrive(generation, rows_of(*[file(f"m{n}") for n in range(50)]), 50)
    pane.move_to(30)
    pane.follow(20)
    line = pane.cursor - pane.top
    pane.arrive(generation, rows_of(*[file(f"{c}{n}") for c in "am" for n in range(50)]), 100)
    pane.follow(20)
    assert pane.current == file("m30")
    assert pane.cursor - pane.top == line


def test_what_was_left_is_landed_on_when_its_page_comes(pane: PaneState) -> None:
    generation = pane.enter(HERE, 0.0, land_on=("child", True))
    pane.arrive(generation, rows_of(file("a")), 1)
    assert pane.current == file("a")
    pane.arrive(generation, rows_of(file("a"), directory("child"), directory("aa")), 3)
    assert pane.current == directory("child")


def test_a_cursor_moved_by_hand_is_not_taken_away_by_a_late_page(pane: PaneState) -> None:
    generation = pane.enter(HERE, 0.0, land_on=("child", True))
    pane.arrive(generation, rows_of(file("a"), file("b")), 2)
    pane.move_to(1)
    pane.arrive(generation, rows_of(file("a"), file("b"), directory("child")), 3)
    assert pane.current == file("b")


def test_an_object_and_a_directory_of_one_name_are_two_rows() -> None:
    pane = PaneState(parse("mem://bucket/"))
    full(pane, file("a"), directory("a"))
    pane.mark(file("a"))
    assert not pane.is_marked(directory("a"))
    pane.land_on(("a", True))
    assert pane.current == directory("a")
    assert pane.location(directory("a")) == parse("mem://bucket/a/")


def test_a_place_is_entered_where_it_was_left(pane: PaneState) -> None:
    full(pane, file("a"), file("b"), file("c"))
    pane.move_to(2)
    pane.enter(local("/elsewhere"), 1.0)
    generation = pane.enter(HERE, 2.0)
    pane.finish(generation, rows_of(file("a"), file("b"), file("c")), 2.0)
    assert pane.current == file("c")


def test_memory_of_cursors_is_bounded(pane: PaneState) -> None:
    for number in range(700):
        generation = pane.enter(local(f"/d{number}"), 0.0)
        pane.finish(generation, rows_of(file("x")), 0.0)
    assert len(pane._memory) <= 500


def test_late_answers_of_a_place_that_was_left_are_refused(pane: PaneState) -> None:
    old = pane.enter(HERE, 0.0)
    new = pane.enter(local("/elsewhere"), 0.0)
    assert not pane.arrive(old, rows_of(file("a")), 1)
    assert not pane.finish(old, rows_of(file("a")), 1.0)
    assert not pane.fail(old, NotFound("gone"))
    assert pane.loading is Loading.ENTERING
    assert pane.finish(new, rows_of(file("b")), 1.0)
    assert shown(pane) == ["b"]


def test_a_reload_shows_the_old_rows_until_all_new_ones_are_there(pane: PaneState) -> None:
    full(pane, file("a"), file("b"))
    pane.mark(file("a"))
    pane.mark(file("b"))
    generation = pane.reload(1.0)
    assert not pane.arrive(generation, rows_of(file("b")), 1)
    assert shown(pane) == ["a", "b"]
    pane.finish(generation, rows_of(file("b", 7), file("c")), 2.0)
    assert shown(pane) == ["b", "c"]
    assert (pane.marked_count, pane.marked_size) == (1, 7)


def test_a_row_that_vanished_leaves_the_cursor_in_its_place(pane: PaneState) -> None:
    full(pane, file("a"), file("b"), file("c"))
    pane.move_to(1)
    full(pane, file("a"), file("c"))
    assert pane.current == file("c")
    full(pane, file("a"))
    assert pane.current == file("a")
    full(pane)
    assert pane.current is None


def test_an_error_empties_the_pane_and_a_reload_mends_it(pane: PaneState) -> None:
    full(pane, file("a"))
    pane.mark(file("a"))
    pane.fail(pane.reload(0.0), NotFound("There is nothing.", hint="Look elsewhere."))
    assert (shown(pane), pane.marked_count, pane.taken_at) == ([], 0, None)
    generation = pane.reload(0.0)
    assert pane.error is None
    assert pane.arrive(generation, rows_of(file("b")), 1), "pages of a failed place are shown"


def test_a_stopped_load_keeps_what_is_there(pane: PaneState) -> None:
    generation = pane.enter(HERE, 0.0)
    pane.arrive(generation, rows_of(file("a")), 1)
    pane.fail(generation, None)
    assert shown(pane) == ["a"]
    assert pane.loading is Loading.NO


def test_marks_by_pattern_all_and_inverted(pane: PaneState) -> None:
    full(pane, directory("d"), file("a.txt", 10), file("b.md", 5))
    assert pane.mark_where(lambda e: e.name.endswith(".txt"), on=True) == 1
    assert [e.name for e in pane.targets()] == ["a.txt"]
    pane.invert_marks()
    assert [e.name for e in pane.targets()] == ["d", "b.md"]
    pane.mark_all_or_none(lambda e: not e.is_directory)
    assert pane.marked_count == 3
    pane.mark_all_or_none(lambda e: not e.is_directory)
    assert [e.name for e in pane.targets()] == ["d"]
    pane.clear_marks()
    assert [e.name for e in pane.targets()] == ["d"], "the cursor's row, nothing else"


def test_finished_items_lose_their_marks(pane: PaneState) -> None:
    full(pane, directory("d"), file("a"), file("b"))
    pane.mark_all_or_none(lambda _e: True)
    assert pane.unmark([HERE.child("a"), HERE.child("d"), local("/other/b")])
    assert [e.name for e in pane.targets()] == ["b"]
    assert not pane.unmark([HERE.child("a")])


def test_in_a_key_store_a_finished_object_leaves_the_mark_of_its_namesake() -> None:
    pane = PaneState(parse("mem://bucket/"))
    full(pane, directory("a"), file("a"))
    pane.mark_all_or_none(lambda _e: True)
    pane.unmark([Location(pane.place.root, "bucket/a")])
    assert pane.targets() == (directory("a"),)


def test_follow_scrolls_only_as_far_as_needed(pane: PaneState) -> None:
    full(pane, *[file(f"f{n}") for n in range(100)])
    pane.move_to(9)
    assert not pane.follow(10)
    pane.move_to(10)
    assert pane.follow(10)
    assert pane.top == 1
    pane.move_to(99)
    pane.follow(10)
    assert pane.top == 90
    pane.follow(200)
    assert pane.top == 0, "a taller screen shows more, not emptiness"


def test_the_same_sort_key_turns_the_order_round(pane: PaneState) -> None:
    assert pane.sort_by(SortKey.SIZE) == SortSpec(SortKey.SIZE)
    assert pane.sort_by(SortKey.SIZE) == SortSpec(SortKey.SIZE, reverse=True)
    assert pane.sort_by(SortKey.NAME) == SortSpec(SortKey.NAME)


def filtered(pane: PaneState, pattern: str) -> None:
    pane.filter = pattern
    pane.arrange(plan_rows(pane.rows.source, pane.order, hidden=pane.hidden, filter=pattern))


def test_a_filter_counts_what_it_leaves_out_and_is_that_of_its_place(pane: PaneState) -> None:
    full(pane, directory("d"), file("a.txt"), file("b.md"), file(".c.md"))
    filtered(pane, "*.txt")
    assert shown(pane) == ["d", "a.txt"]
    assert (pane.rows.filtered, pane.rows.concealed) == (1, 1)
    pane.enter(local("/elsewhere"), 1.0)
    assert pane.filter == ""
    pane.enter(HERE, 2.0)
    assert pane.filter == "*.txt"
    full(pane, file("b.md"))
    assert not pane.as_wanted(pane.rows), "rows that were asked for before the filter"


def test_marks_that_a_filter_hides_wait_and_nothing_acts_on_them(pane: PaneState) -> None:
    full(pane, file("a.txt", 10), file("b.md", 5), file("c.md", 7))
    pane.mark(file("a.txt", 10))
    pane.mark(file("c.md", 7))
    filtered(pane, "*.md")
    assert (pane.marked_count, pane.marked_size) == (1, 7)
    assert [e.name for e in pane.targets()] == ["c.md"]
    full(pane, file("a.txt", 11), file("b.md", 5))
    pane.arrange(plan_rows(pane.rows.source, pane.order, hidden=False, filter="*.md"))
    assert [e.name for e in pane.targets()] == ["b.md"], (
        "the cursor's row: no mark is left in sight"
    )
    filtered(pane, "")
    assert (pane.marked_count, pane.marked_size) == (1, 11)


class TestEarlierRows:
    """Rows of an earlier run, on the screen until the storage has told."""

    @pytest.fixture
    def old(self, pane: PaneState) -> PaneState:
        generation = pane.enter(HERE, 0.0, cursor=("b", False))
        assert pane.show_earlier(generation, rows_of(file("a"), file("b"), file("c")), 500.0)
        return pane

    def test_they_stay_until_all_is_there_and_cursor_and_marks_with_them(
        self, old: PaneState
    ) -> None:
        assert (shown(old), old.as_of, old.taken_at) == (["a", "b", "c"], 500.0, None)
        assert old.current == file("b")
        old.mark(file("b"))
        old.mark(file("c"))
        assert not old.arrive(old.generation, rows_of(file("a")), 1)
        assert len(old.rows) == 3
        assert old.finish(old.generation, rows_of(file("a"), file("aa"), file("b", 7)), 900.0)
        assert (shown(old), old.as_of, old.taken_at) == (["a", "aa", "b"], None, 900.0)
        assert old.current == file("b", 7)
        assert old.targets() == (file("b", 7),)

    def test_they_give_way_once_more_has_come_than_they_are(self, old: PaneState) -> None:
        rows = rows_of(*(file(f"a{n}") for n in range(4)))
        assert old.arrive(old.generation, rows, 4)
        assert (old.as_of, old.loading) == (None, Loading.ENTERING)
        assert old.arrive(old.generation, rows_of(*rows.source, file("b"), file("c")), 6)
        assert old.current == file("b"), "the cursor waits for its row"

    def test_what_comes_too_late_is_not_shown(self, pane: PaneState) -> None:
        generation = pane.enter(HERE, 0.0)
        old = rows_of(file("old"))
        assert not pane.show_earlier(generation - 1, old, 500.0)
        pane.arrive(generation, rows_of(file("new")), 1)
        assert not pane.show_earlier(generation, old, 500.0)
        generation = pane.enter(local("/elsewhere"), 0.0)
        pane.finish(generation, rows_of(), 900.0)
        assert not pane.show_earlier(generation, old, 500.0), "it is empty, and that is known"
        generation = pane.enter(HERE, 0.0)
        pane.fail(generation, NotFound("gone"))
        assert not pane.show_earlier(generation, old, 500.0)
        assert shown(pane) == []

    def test_a_fault_takes_them_away_and_a_stop_leaves_them(self, old: PaneState) -> None:
        old.fail(old.generation, None)
        assert (shown(old), old.as_of, old.loading) == (["a", "b", "c"], 500.0, Loading.NO)
        assert old.twin().as_of == 500.0
        generation = old.reload(1.0)
        assert old.loading is Loading.AGAIN, "nothing flickers"
        old.fail(generation, NotFound("gone"))
        assert (shown(old), old.as_of) == ([], None)

    def test_going_elsewhere_ends_them(self, old: PaneState) -> None:
        old.enter(local("/elsewhere"), 1.0)
        assert (shown(old), old.as_of) == ([], None)
