from tfm.model.change import Change
from tfm.model.location import local
from tfm.session.pane import PaneState
from tfm.session.refresh import LOCAL_REST, REMOTE_REST, Refresher
from tfm.session.session import Session, Side

HERE, THERE = local("/here"), local("/there")


def a_session() -> Session:
    return Session(PaneState(HERE), PaneState(THERE))


def test_only_panes_that_show_the_change_are_due() -> None:
    refresher = Refresher(a_session())
    refresher.note(Change(frozenset({THERE})))
    assert refresher.due(0.0) == (Side.RIGHT,)
    assert refresher.due(0.0) == ()
    refresher.note(Change(subtrees=frozenset({local("/")})))
    assert set(refresher.due(0.0)) == {Side.LEFT, Side.RIGHT}


def test_a_storm_of_changes_costs_few_reads_and_ends_true() -> None:
    refresher, reads = Refresher(a_session()), 0
    now = 0.0
    for _ in range(1000):  # ten seconds of changes
        now += 0.01
        refresher.note(Change(frozenset({HERE})))
        for side in refresher.due(now):
            reads += 1
            refresher.done(side, now, took=0.01, remote=False)
    assert reads <= 10 / LOCAL_REST + 1
    refresher.note(Change(frozenset({HERE})))
    following = refresher.next_at()
    assert following is not None
    assert refresher.due(following) == (Side.LEFT,)
    assert refresher.next_at() is None


def test_a_remote_pane_rests_longer_and_a_slow_one_longer_still() -> None:
    refresher = Refresher(a_session())
    refresher.done(Side.LEFT, 0.0, took=0.1, remote=True)
    refresher.done(Side.RIGHT, 0.0, took=5.0, remote=True)
    refresher.note(Change(frozenset({HERE, THERE})))
    assert refresher.due(REMOTE_REST) == (Side.LEFT,)
    assert refresher.next_at() == 15.0


def test_whoever_waits_for_a_result_does_not_wait_for_the_rest() -> None:
    refresher = Refresher(a_session())
    refresher.done(Side.LEFT, 0.0, took=5.0, remote=True)
    refresher.note(Change(frozenset({HERE})))
    assert refresher.due(1.0) == ()
    refresher.hurry(1.0)
    assert refresher.due(1.0) == (Side.LEFT,)


def test_going_elsewhere_forgets() -> None:
    refresher = Refresher(a_session())
    refresher.note(Change(frozenset({HERE})))
    refresher.moved(Side.LEFT)
    assert refresher.due(0.0) == ()


def test_neither_pane_ever_vanishes() -> None:
    session = a_session()
    session.set_ratio(0.0)
    assert session.ratio == 0.15
    session.set_ratio(5.0)
    assert session.ratio == 0.85


def test_sides() -> None:
    session = a_session()
    assert session.sides_at(THERE) == (Side.RIGHT,)
    assert session.pane is session[Side.LEFT]
    assert session.other is session[Side.RIGHT]
    assert Side.LEFT.other is Side.RIGHT
