"""Which marks go when a job has ended."""

import time

import pytest

from tfm.model.location import Location, local, parse
from tfm.ops.context import ItemResult, Outcome, Report
from tfm.ui.jobs import done_of


def report(**outcomes: Outcome) -> Report:
    return Report("copy", [ItemResult(place(key), None, how) for key, how in outcomes.items()])


def place(key: str) -> Location:
    return parse(f"mem://b/{key}")


def test_what_ended_well_with_all_beneath_it_loses_its_mark() -> None:
    ended = report(**{
        "good/a": Outcome.DONE, "bad/a": Outcome.DONE, "bad/b": Outcome.FAILED,
        "twin": Outcome.DONE, "twin/": Outcome.FAILED, "skipped": Outcome.SKIPPED,
    })  # fmt: skip
    picked = [place(key) for key in ("good/", "bad/", "twin", "twin/", "skipped", "never")]
    assert done_of(picked, ended) == [place("good/"), place("twin")]


@pytest.mark.parametrize("every", [1, 2])
def test_many_that_failed_take_no_time_on_the_screen(every: int) -> None:
    places = [local(f"/d/{number}") for number in range(5000)]
    ways = (Outcome.FAILED, Outcome.DONE)
    ended = [ItemResult(each, None, ways[n % every]) for n, each in enumerate(places)]
    began = time.monotonic()
    assert len(done_of(places, Report("copy", ended))) == (2500 if every == 2 else 0)
    assert time.monotonic() - began < 1
