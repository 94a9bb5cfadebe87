"""What panes learn of places, and what they get back; the trail of a pane; its tabs."""

from tests.session.test_pane import directory, file, full, rows_of
from tfm.config.memory import Memory, View
from tfm.model.columns import ColumnChoice
from tfm.model.location import Location, local, parse
from tfm.model.order import SortKey, SortSpec
from tfm.session.pane import Loading, PaneState
from tfm.session.recall import Recall, cursor_text, row_of
from tfm.session.session import Session, Side
from tfm.session.trail import Trail

A, B, C = local("/a"), local("/b"), parse("s3://bucket/c/")


def recall(memory: Memory | None = None) -> Recall:
    return Recall(memory, most_visits=3, clock=lambda: 7.0)


def go(memory: Recall, pane: PaneState, place: Location) -> None:
    memory.leave(pane)
    pane.enter(
        place,
        0.0,
        cursor=memory.cursor_of(place),
        order=memory.order_of(place),
        filter=memory.filter_of(place),
    )


# -- recall ----------------------------------------------------------------------------------------


def test_a_place_opens_in_another_pane_as_it_was_left() -> None:
    memory, left, right = recall(), PaneState(A), PaneState(B)
    full(left, directory("sub"), file("x"), file("y"))
    left.move_to(1)
    left.sort_by(SortKey.SIZE)
    left.filter = "*"
    go(memory, left, B)
    assert left.filter == ""
    go(memory, right, A)
    full(right, directory("sub"), file("w"), file("x"))
    assert (right.current, right.order) == (file("x"), SortSpec(SortKey.SIZE))
    assert right.filter == "*"


def test_an_order_chosen_for_one_place_is_not_that_of_the_next_with_its_own() -> None:
    memory, pane = recall(), PaneState(A)
    full(pane, file("x"))
    pane.sort_by(SortKey.TIME)
    go(memory, pane, B)
    assert pane.order.key is SortKey.TIME  # what was chosen last goes on
    full(pane, file("x"))
    pane.sort_by(SortKey.NAME)
    go(memory, pane, A)
    assert pane.order.key is SortKey.TIME
    full(pane, file("x"))
    go(memory, pane, C)
    assert pane.order == SortSpec()  # not that of A, which is A's own


def test_columns_chosen_for_a_place_are_its_own_and_the_last_go_on_in_its_storage() -> None:
    memory, pane = recall(), PaneState(A)
    wide, bare = ColumnChoice(widths=(("mode", 20),)), ColumnChoice(without=("time",))
    memory.choose_columns(A, wide)
    memory.choose_columns(B, bare)
    assert [memory.columns_of(place) for place in (A, B, local("/else"), C)] == [
        wide,
        bare,
        bare,
        ColumnChoice(),
    ]
    full(pane, file("x"), file("y"))
    pane.move_to(1)
    go(memory, pane, B)  # how a place is left tells nothing of its columns
    assert memory.columns_of(A) == wide
    assert memory.cursor_of(A) == ("y", False)


def test_a_choice_of_columns_is_a_value() -> None:
    choice = ColumnChoice().turned("b").turned("a").wide("time", 9).wide("size", 3)
    assert choice == ColumnChoice(("a", "b"), (("size", 3), ("time", 9)))
    assert choice.turned("a").wide("time", 8) == ColumnChoice(("b",), (("size", 3), ("time", 8)))
    assert (choice.width("time"), choice.width("mode")) == (9, None)
    assert choice.wide("size", 0).width("size") == 1


def test_a_place_that_was_never_read_tells_nothing() -> None:
    memory, pane = recall(Memory().viewed("/a", View("kept"))), PaneState(A)
    go(memory, pane, B)
    assert memory.cursor_of(A) == ("kept", False)
    assert memory.take_pending() == ()


def test_one_place_that_is_read_again_is_one_visit() -> None:
    memory, pane = recall(), PaneState(A)
    memory.arrived(pane)
    memory.arrived(pane)
    assert memory.history() == [A]
    assert len(memory.take_pending()) == 1


def test_the_history_holds_so_many_places() -> None:
    memory = recall()
    for number in range(5):
        memory.arrived(PaneState(local(f"/{number}")))
    assert [str(place) for place in memory.history()] == ["/4", "/3", "/2"]
    memory.forget(local("/3"))
    assert [str(place) for place in memory.history()] == ["/4", "/2"]


def test_edits_of_ours_outlive_a_save_that_ends_later() -> None:
    memory = recall()
    memory.add_favorite("A", A)
    taken = memory.take_pending()
    memory.add_favorite("B", B)  # while the others are on their way to the disk
    others = Memory()
    for edit in taken:
        others = edit(others)
    memory.saved(others.viewed("/elsewhere", View("x")))
    assert [each.name for each in memory.memory.favorites] == ["A", "B"]
    assert memory.cursor_of(local("/elsewhere")) == ("x", False)
    memory.give_back(taken)
    assert len(memory.take_pending()) == 2


def test_whoever_saves_is_told_of_every_edit() -> None:
    told: list[int] = []
    memory = Recall(changed=lambda: told.append(1))
    memory.set_bookmark("a", PaneState(A))
    memory.remove_bookmark("a")
    memory.add_favorite("A", A)
    memory.remove_favorite("/a")
    assert len(told) == 4


def test_the_text_of_a_cursor_tells_a_file_from_a_directory_of_the_same_name() -> None:
    pane = PaneState(C)
    full(pane, directory("a"), file("a"))
    assert [cursor_text(pane), row_of(cursor_text(pane))] == ["a/", ("a", True)]
    pane.move_to(1)
    assert [cursor_text(pane), row_of(cursor_text(pane))] == ["a", ("a", False)]
    assert row_of("") is None


# -- back and forward ------------------------------------------------------------------------------


def test_back_and_forward_lead_through_the_places_of_a_pane() -> None:
    pane = PaneState(A)
    pane.enter(B, 0.0)
    pane.enter(C, 0.0)
    assert pane.trail.back(pane.place) == B
    pane.enter(B, 0.0, by_trail=True)
    assert pane.trail.back(pane.place) == A
    pane.enter(A, 0.0, by_trail=True)
    assert pane.trail.back(pane.place) is None
    assert pane.trail.forward(pane.place) == B
    pane.enter(B, 0.0, by_trail=True)
    pane.enter(A, 0.0)  # somewhere of one's own choice: what was ahead is gone
    assert pane.trail.forward(pane.place) is None
    assert pane.trail.back(pane.place) == B


def test_entering_the_same_place_again_is_no_step() -> None:
    pane = PaneState(A)
    pane.enter(A, 0.0)
    assert pane.trail.back(pane.place) is None


def test_a_trail_has_an_end() -> None:
    trail = Trail()
    for number in range(1000):
        trail.leave(local(f"/{number}"))
    steps, here = 0, A
    while (place := trail.back(here)) is not None:
        steps, here = steps + 1, place
    assert steps == 200


# -- tabs ------------------------------------------------------------------------------------------


def session() -> Session:
    return Session(PaneState(A), PaneState(B))


def test_a_new_tab_shows_the_same_and_goes_its_own_way() -> None:
    one = session()
    first = one[Side.LEFT]
    full(first, file("x"), file("y"))
    first.move_to(1)
    first.mark(file("x"))
    assert one.add_tab(Side.LEFT)
    twin = one[Side.LEFT]
    assert (twin.place, twin.current, twin.marked_count) == (A, file("y"), 0)
    twin.enter(C, 0.0)
    assert (first.place, first.marked_count, first.trail.back(A)) == (A, 1, None)
    assert [tab.place for tab in one.tabs(Side.LEFT)] == [A, C]


def test_tabs_are_shown_round_the_ends_and_closed_but_for_the_last() -> None:
    one = session()
    for place in (B, C):
        one.add_tab(Side.LEFT)
        one[Side.LEFT].enter(place, 0.0)
    assert one.tab(Side.LEFT) == 2
    assert one.show_tab(Side.LEFT, 3)
    assert one[Side.LEFT].place == A
    assert not one.show_tab(Side.LEFT, 0)
    assert one.close_tab(Side.LEFT)
    assert one[Side.LEFT].place == B
    assert one.close_tab(Side.LEFT)
    assert not one.close_tab(Side.LEFT)
    assert one[Side.LEFT].place == C


def test_there_are_only_so_many_tabs() -> None:
    one = session()
    added = sum(one.add_tab(Side.RIGHT) for _ in range(50))
    assert added + 1 == len(one.tabs(Side.RIGHT)) == 20


def test_panes_change_places_with_their_tabs() -> None:
    one = session()
    one.add_tab(Side.LEFT)
    left, right = one.tabs(Side.LEFT), one.tabs(Side.RIGHT)
    one.swap()
    assert (one.tabs(Side.LEFT), one.tabs(Side.RIGHT)) == (right, left)
    assert (one[Side.RIGHT], one.active) == (left[1], Side.LEFT)


def test_an_answer_for_a_hidden_tab_is_not_taken_for_one_to_the_tab_shown() -> None:
    one = session()
    asked = one[Side.LEFT].enter(C, 0.0)
    one.add_tab(Side.LEFT)
    twin = one[Side.LEFT]
    assert twin.loading is Loading.NO
    again = twin.reload(0.0)
    assert again != asked
    assert not twin.finish(asked, rows_of(file("late")), 1.0)
