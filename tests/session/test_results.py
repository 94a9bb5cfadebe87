import time
from dataclasses import replace

from tests.session.test_pane import HERE, directory, file, full, rows_of, shown
from tfm.model.change import Change, around
from tfm.model.location import local, parse
from tfm.model.order import SortKey, SortSpec, sort
from tfm.session.pane import PaneState
from tfm.session.refresh import Refresher
from tfm.session.results import Results
from tfm.session.rows import plan_rows
from tfm.session.session import Session, Side

TITLE = Results("*.txt", {"docs/a.txt": 7})
BUCKET = parse("mem://bucket/top/")


def searched(place: object = HERE, *names: str) -> PaneState:
    pane = PaneState(place if place is not HERE else HERE)  # type: ignore[arg-type]
    full(pane, file("first"), file("second"))
    pane.move_to(1)
    generation = pane.show_results(TITLE, 1.0)
    found = [directory(n[:-1]) if n.endswith("/") else file(n, 5) for n in names]
    assert pane.finish(generation, rows_of(*found), 2.0)
    return pane


def test_rows_of_one_name_are_told_apart_and_lie_where_they_were_found() -> None:
    pane = searched(HERE, "a/x.txt", "b/x.txt", "b/")
    assert shown(pane) == ["b", "a/x.txt", "b/x.txt"]
    assert [str(pane.location(e)) for e in pane.rows.entries] == [
        "/here/b", "/here/a/x.txt", "/here/b/x.txt",
    ]  # fmt: skip
    keys = searched(BUCKET, "a//x.txt", "b/c/")
    assert [str(keys.location(e)) for e in keys.rows.entries] == [
        "mem://bucket/top/b/c/", "mem://bucket/top/a//x.txt",
    ]  # fmt: skip


def test_operations_get_places_and_entries_under_their_own_names() -> None:
    pane = searched(HERE, "a/x.txt", "b/x.txt")
    pane.mark_all_or_none(lambda _e: True)
    assert [(str(where), entry.name) for where, entry in pane.picked()] == [
        ("/here/a/x.txt", "x.txt"), ("/here/b/x.txt", "x.txt"),
    ]  # fmt: skip


def test_what_lies_in_a_picked_directory_goes_along_with_it_once() -> None:
    for place in (HERE, BUCKET):
        pane = searched(place, "d/", "d/e/x.txt", "d/e/", "dd/x.txt")
        pane.mark_all_or_none(lambda _e: True)
        assert {entry.name + str(entry.is_directory) for _, entry in pane.picked()} == {
            "dTrue", "x.txtFalse",
        }  # fmt: skip
        assert len(pane.picked()) == 2


def test_leaving_the_results_lands_where_the_search_began() -> None:
    pane = searched(HERE, "a/x.txt", "b/x.txt")
    pane.move_to(1)
    generation = pane.enter(HERE, 3.0)
    assert pane.results is None
    pane.finish(generation, rows_of(file("first"), file("second")), 4.0)
    assert pane.current == file("second")


def test_finished_results_lose_their_marks() -> None:
    pane = searched(HERE, "a/x.txt", "b/x.txt", "d/")
    pane.mark_all_or_none(lambda _e: True)
    assert pane.unmark([local("/here/a/x.txt"), local("/here/d"), local("/elsewhere/b/x.txt")])
    assert [e.name for e in pane.targets()] == ["b/x.txt"]


def test_a_change_anywhere_below_makes_results_stale_but_not_a_directory() -> None:
    session = Session(searched(HERE, "a/x.txt"), PaneState(HERE))
    full(session[Side.RIGHT], file("first"))
    refresher = Refresher(session)
    refresher.note(around(local("/here/a/x.txt")))
    assert refresher.due(0.0) == (Side.LEFT,)
    refresher.note(Change(subtrees=frozenset([local("/here/a/deep")])))
    assert refresher.due(0.0) == (Side.LEFT,)
    refresher.note(around(local("/elsewhere/x")))
    assert refresher.due(0.0) == ()
    refresher.postpone(Side.LEFT, 5.0)
    assert refresher.due(1.0) == ()
    assert refresher.due(5.0) == (Side.LEFT,)


def test_a_renamed_result_stays_a_result() -> None:
    pane = searched(HERE, "a/x.txt", "b/x.txt", "b/y.txt")
    x, y, z = (local(f"/here/b/{name}") for name in ("x.txt", "y.txt", "z.txt"))
    assert pane.renamed([(x, z)])
    assert [e.name for e in pane.rows.source] == ["a/x.txt", "b/y.txt", "b/z.txt"]
    assert pane.renamed([(y, z), (z, y)]), (
        "two that change their names at once are both still there"
    )
    assert [e.name for e in pane.rows.source] == ["a/x.txt", "b/z.txt", "b/y.txt"]
    full(pane, file("a/x.txt"), file("b/y.txt"))
    assert pane.renamed([(z, x)]), "also if its old name is gone from the rows by now"
    assert pane.rows.source[-1].name == "b/x.txt"
    assert not pane.renamed([(local("/here/other"), local("/here/c"))])
    assert pane.renamed([(local("/here/b"), local("/here/c"))])
    assert [e.name for e in pane.rows.source if e.name.startswith("c/")] == ["c/y.txt", "c/x.txt"]
    plain = PaneState(HERE)
    full(plain, file("x"))
    assert not plain.renamed([(local("/here/x"), local("/here/y"))])
    assert [e.name for e in plain.rows.source] == ["x"]


def test_many_renamed_results_take_no_time_on_the_screen() -> None:
    pane = searched(HERE, *(f"a/{number}" for number in range(5000)))
    pairs = [(local(f"/here/a/{n}"), local(f"/here/a/{n}.txt")) for n in range(5000)]
    began = time.monotonic()
    assert pane.renamed(pairs)
    assert time.monotonic() - began < 2
    assert {e.name for e in pane.rows.source} == {f"a/{number}.txt" for number in range(5000)}


def test_order_filter_and_hidden_look_at_the_last_part_of_a_path() -> None:
    found = [file("a.d/readme"), file("z/b.txt"), file(".git/c.txt")]
    by_extension = sort(found[:2], SortSpec(SortKey.EXTENSION))
    assert [e.name for e in by_extension] == ["a.d/readme", "z/b.txt"]
    rows = plan_rows(found, SortSpec(), hidden=False, filter="b")
    assert [e.name for e in rows.entries] == ["z/b.txt"]
    assert (rows.concealed, rows.filtered) == (1, 1)
    assert len(plan_rows(found, SortSpec(), hidden=True)) == 3
    assert replace(rows, filter="").filter == ""
