"""How often something that failed for the moment is tried again, and how long one waits before.

One policy for every request and every job. Pauses grow (exponential backoff) and vary (jitter), so
that many workers that failed together do not come back together.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError

_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Patience:
    """`retries` counts repetitions, the first attempt not included; times are in seconds.

    `delay` is the pause before the first repetition; each further one is twice as long, at most 30.
    `outage` is how long one goes on after that where the storage had worked before: it stopped
    answering, or the login expired. Six repetitions, not the usual three attempts: with one request in
    twenty failing, three attempts leave one in 8,000 undone, seven one in a billion.
    """

    retries: int = 6
    delay: float = 1.0
    outage: float = 900.0

    def pause(self, number: int) -> float:
        """Seconds before repetition `number`, counted from 1."""
        longest = min(self.delay * float(1 << min(number - 1, 16)), _LONGEST_PAUSE)
        return longest * random.uniform(0.5, 1.0)


class Trial:
    """One thing on its way through its attempts. Not thread-safe: each thread has its own."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._waited = 0.0
        self._round = 0
        self._outlasting = False
        self._grace = 0
        self.repetitions = 0

    def is_early(self, error: StorageError) -> bool:
        """True while the ordinary repetitions are not used up."""
        return error.retryable and self._round < self._patience.retries

    def again(self, error: StorageError, cancel: CancelToken) -> bool:
        """Wait, then True for one more attempt; False if this error is final. Raises Cancelled."""
        if not self.is_early(error):
            if error.passing:
                if self._waited >= self._patience.outage:
                    return False
                self._outlasting = True
            else:
                if self._outlasting:  # it is back, others were served: the repetitions once more
                    self._outlasting, self._grace = False, self._patience.retries
                if self._grace == 0:
                    return False
                self._grace -= 1
        self._round += 1
        self.repetitions += 1
        pause = self._patience.pause(self._round)
        self._waited += pause
        if cancel.wait_to_retry(pause, error):
            cancel.check()
        return True
