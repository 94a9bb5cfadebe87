"""How often and how long something is tried again; no second passes in these tests."""

from __future__ import annotations

import pytest

from tfm.model.cancel import CancelToken
from tfm.model.errors import Cancelled, NeedsLogin, NotFound, Offline, StorageError, Throttled
from tfm.model.patience import Patience, Trial


class Fast(CancelToken):
    """Time passes at once, and is added up."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def wait(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return self.cancelled


def passing(error: StorageError) -> StorageError:
    error.passing = True
    return error


def attempts(patience: Patience, error: StorageError) -> tuple[int, Fast]:
    cancel, trial, count = Fast(), Trial(patience), 1
    while trial.again(error, cancel):
        count += 1
    return count, cancel


def test_a_passing_fault_is_repeated_with_growing_and_varying_pauses() -> None:
    count, cancel = attempts(Patience(retries=6, delay=1.0), Throttled("slow"))
    assert count == 7
    for number, pause in enumerate(cancel.pauses):
        longest = min(2.0**number, 30.0)
        assert longest / 2 <= pause <= longest
    others = attempts(Patience(retries=6, delay=1.0), Throttled("slow"))[1]
    assert cancel.pauses != others.pauses, "who failed together must not come back together"


@pytest.mark.parametrize("error", [NotFound("gone"), NeedsLogin("who are you?")])
def test_what_waiting_does_not_cure_is_not_repeated(error: StorageError) -> None:
    assert attempts(Patience(), error)[0] == 1


@pytest.mark.parametrize("error", [Offline("away"), NeedsLogin("expired")])
def test_an_outage_of_what_had_worked_is_outlasted(error: StorageError) -> None:
    count, cancel = attempts(Patience(retries=2, delay=1.0, outage=600.0), passing(error))
    assert 600 <= sum(cancel.pauses) <= 630
    assert count <= 50, "no storm of requests"


def test_an_outage_of_what_never_worked_ends_soon() -> None:
    assert attempts(Patience(retries=2, outage=600.0), Offline("wrong name?"))[0] == 3


def test_a_cancel_ends_the_waiting() -> None:
    cancel = Fast()
    cancel.cancel()
    with pytest.raises(Cancelled):
        Trial(Patience()).again(Throttled("slow"), cancel)


def test_no_patience_at_all() -> None:
    assert attempts(Patience(retries=0, outage=0.0), passing(Offline("away")))[0] == 1


def test_what_is_waited_for_can_be_seen() -> None:
    seen: list[str] = []

    class Looking(CancelToken):
        def wait(self, seconds: float) -> bool:
            assert self.waiting is not None
            seen.append(self.waiting.told())
            return False

    cancel = Looking()
    login = passing(
        NeedsLogin("Cannot copy x: expired.", reason="the login has expired.", hint="Log in.")
    )
    cancel.wait_to_retry(20.3, login)
    cancel.wait_to_retry(4.0, Throttled("Cannot copy x: slow.", reason="the server asks to wait."))
    assert seen == [
        "The login has expired. Log in. Next try in 20 s.",
        "The server asks to wait. Next try in 4 s.",
    ]
    assert cancel.waiting is None


@pytest.mark.parametrize(
    ("away", "alone"),
    [(Offline("away"), Offline("this one alone")), (NeedsLogin("expired"), NeedsLogin("expired"))],
    ids=["server", "login"],
)
def test_after_an_outage_the_ordinary_repetitions_count_anew(
    away: StorageError, alone: StorageError
) -> None:
    """Others are served already, this one not yet: that must not be the end of it."""
    cancel, trial = Fast(), Trial(Patience(retries=2, delay=1.0, outage=600.0))
    passing(away)
    while sum(cancel.pauses) < 500:
        assert trial.again(away, cancel)
    assert [trial.again(alone, cancel) for _ in range(3)] == [True, True, False]
