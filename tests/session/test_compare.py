import unicodedata

import pytest

from tests.session.test_pane import HERE, directory, full
from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.model.location import Location, local, parse
from tfm.session.compare import Comparison, Criteria, compare, later
from tfm.session.pane import PaneState
from tfm.session.results import Results

SECOND = 10**9
THERE = local("/there")


def file(name: str, size: int = 1, seconds: float = 100.0) -> Entry:
    return Entry(name, Kind.FILE, size, int(seconds * SECOND))


def uploaded(name: str, seconds: float, stored: float | None = None) -> Entry:
    time = None if stored is None else int(stored * SECOND)
    details = ObjectDetails(etag="e", stored_mtime_ns=time)
    return Entry(name, Kind.FILE, 1, int(seconds * SECOND), details)


def panes(
    mine: list[Entry], theirs: list[Entry], here: Location = HERE, there: Location = THERE
) -> tuple[PaneState, PaneState]:
    one, two = PaneState(here), PaneState(there)
    full(one, *mine)
    full(two, *theirs)
    return one, two


def names(found: Comparison) -> set[str]:
    return {name for name, _ in found.marked}


MINE = [
    file("same"), file("larger", 2), file("newer", 1, 200), file("older", 1, 50), file("alone"),
    file("kind"), directory("dir"), directory("own"), file("near", 1, 100.9),
]  # fmt: skip
THEIRS = [
    file("same"), file("larger"), file("newer"), file("older"), directory("kind"), directory("dir"),
    file("near"), file("unrelated"), file(".hidden"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("criteria", "marked"),
    [
        (Criteria(), {"larger", "newer", "older", "alone", "kind", "own"}),
        (Criteria(missing="no"), {"larger", "newer", "older", "kind"}),
        (Criteria(missing="only"), {"alone", "own"}),
        (Criteria("equal", "same", every=True, missing="no"), {"same", "near"}),
        (Criteria("any", "newer", missing="no"), {"newer"}),
        (Criteria("any", "older", missing="no"), {"older"}),
        (Criteria("different", "newer", every=True, missing="no"), set()),
        (Criteria("equal", "newer", every=True, missing="no"), {"newer"}),
        (
            Criteria("any", "any", missing="no"),
            {"same", "larger", "newer", "older", "kind", "dir", "near"},
        ),
    ],
)
def test_what_is_marked(criteria: Criteria, marked: set[str]) -> None:
    found = compare(*panes(MINE, THEIRS), criteria)
    assert names(found) == marked
    assert found.undecided == []


def test_contents_are_read_only_where_nothing_else_decides() -> None:
    def undecided(criteria: Criteria) -> set[str]:
        return {mine.name for mine, _ in compare(*panes(MINE, THEIRS), criteria).undecided}

    differ = Criteria("any", "any", "different", missing="no")
    assert names(compare(*panes(MINE, THEIRS), differ)) == {"larger", "kind"}, "by size and kind"
    assert undecided(differ) == {"same", "newer", "older", "near"}
    assert undecided(Criteria("any", "newer", "different")) == {"same", "older", "near"}
    assert undecided(Criteria("any", "newer", "different", every=True)) == {"newer"}
    empty = panes([file("e", 0)], [file("e", 0)])
    equal = compare(*empty, Criteria("any", "any", "equal"))
    assert (names(equal), equal.undecided) == ({"e"}, []), "two empty files are equal unread"


def test_hidden_rows_of_the_other_pane_are_counterparts() -> None:
    one, two = panes([file(".hidden")], THEIRS)
    one.hidden = True
    from tfm.session.rows import plan_rows

    one.arrange(plan_rows(one.rows.source, one.order, hidden=True))
    assert len(one.rows) == 1
    assert names(compare(one, two, Criteria())) == set()


def test_accents_may_be_written_either_way_on_disks_but_not_in_keys() -> None:
    apart, whole = unicodedata.normalize("NFD", "é.txt"), "é.txt"
    missing = Criteria(missing="only")
    assert names(compare(*panes([file(apart)], [file(whole)]), missing)) == set()
    bucket = parse("mem://b/")
    assert names(compare(*panes([file(apart)], [file(whole)], HERE, bucket), missing)) == {apart}
    both = compare(*panes([file(apart, 1)], [file(whole, 2), file(apart, 1)]), Criteria(time="any"))
    assert names(both) == set(), "the same spelling first"


def test_an_object_and_a_directory_of_one_name_have_their_own_counterparts() -> None:
    bucket = parse("mem://b/")
    one, two = panes([file("a"), directory("a")], [directory("a"), file("a")], bucket, bucket)
    assert compare(one, two, Criteria()).marked == set()


def test_results_are_compared_by_the_last_part_of_their_paths() -> None:
    one, two = panes([file("x")], [file("x", 2), file("y")])
    assert one.finish(
        one.show_results(Results("*"), 0.0),
        compare_rows(file("a/x", 1), file("b/x", 2), file("c/z")),
        1.0,
    )
    assert names(compare(one, two, Criteria())) == {"a/x", "c/z"}


def compare_rows(*entries: Entry):  # type: ignore[no-untyped-def]
    from tests.session.test_pane import rows_of

    return rows_of(*entries)


@pytest.mark.parametrize(
    ("mine", "theirs", "age"),
    [
        (file("x", 1, 200), uploaded("x", 100), 1),
        (file("x", 1, 50), uploaded("x", 100), None),
        (uploaded("x", 100), file("x", 1, 200), -1),
        (uploaded("x", 100), file("x", 1, 50), None),
        (file("x", 1, 50), uploaded("x", 100, stored=50), 0),
        (uploaded("x", 300), uploaded("x", 100), 1),
        (Entry("x", Kind.FILE), file("x"), None),
    ],
)
def test_the_time_of_an_upload_tells_only_what_it_can(
    mine: Entry, theirs: Entry, age: int | None
) -> None:
    assert later(mine, theirs) == age
