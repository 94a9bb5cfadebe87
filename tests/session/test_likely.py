from tfm.model.entry import Entry, Kind
from tfm.model.listing import Listing
from tfm.model.location import Location, parse
from tfm.model.order import SortSpec
from tfm.session.likely import likely
from tfm.session.pane import PaneState
from tfm.session.results import Results
from tfm.session.rows import plan_rows

TOP = parse("mem://bucket/")


def directory(name: str) -> Entry:
    return Entry(name, Kind.DIRECTORY)


def pane_at(place: Location, *entries: Entry) -> PaneState:
    pane = PaneState(place)
    show(pane, *entries)
    return pane


def show(pane: PaneState, *entries: Entry) -> None:
    pane.finish(pane.reload(0.0), plan_rows(entries, SortSpec(), hidden=False), 1.0)


def texts(places: tuple[Location, ...]) -> list[str]:
    return [str(place).removeprefix("mem://bucket/") for place in places]


ROWS = tuple(directory(name) for name in "abcdefgh")
ABOVE = Listing(TOP, (*ROWS[::-1], directory(".hidden"), Entry("bb", Kind.FILE)), 1.0)


def test_the_directory_under_the_cursor_comes_first_then_what_was_opened_before() -> None:
    pane = pane_at(TOP, *ROWS, Entry("x", Kind.FILE))
    pane.move_to(2)
    before = [TOP.child(n, directory=True) for n in ("h", "c", "gone", "a", "b", "d")]
    assert texts(likely(pane, before)) == ["c/", "h/", "a/", "b/"]
    assert texts(likely(pane, [parse("mem://bucket/a/deep/"), parse("mem://other/a/")])) == ["c/"]
    pane.move_to(8)
    assert likely(pane, []) == (), "a file is under the cursor"


def test_the_next_sibling_only_while_somebody_walks_along_them() -> None:
    pane = pane_at(TOP, *ROWS)
    a, b = TOP.child("a", directory=True), TOP.child("b", directory=True)
    pane.enter(a, 0.0)
    show(pane)
    assert likely(pane, [], ABOVE) == (), "one step is no walk"
    pane.enter(TOP, 0.0)
    pane.enter(b, 0.0)
    show(pane)
    assert texts(likely(pane, [], ABOVE)) == ["c/"]
    assert likely(pane, []) == (), "what is above is not known"
    pane.enter(TOP.child("h", directory=True), 0.0)
    show(pane)
    assert likely(pane, [], ABOVE) == (), "the last one"
    pane.enter(TOP.child("new", directory=True), 0.0)
    show(pane)
    assert likely(pane, [], ABOVE) == ()


def test_nothing_follows_from_found_or_earlier_rows() -> None:
    pane = pane_at(TOP, *ROWS)
    assert likely(pane, [])
    pane.as_of = 5.0
    assert likely(pane, []) == ()
    pane.as_of = None
    generation = pane.show_results(Results("x"), 0.0)
    pane.finish(generation, plan_rows(ROWS, SortSpec(), hidden=False), 1.0)
    assert likely(pane, []) == ()
