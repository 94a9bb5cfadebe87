from __future__ import annotations

import threading

import pytest

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.errors import Cancelled


def test_a_fresh_token_lets_pass() -> None:
    token = CancelToken()
    token.check()
    assert not token.cancelled
    assert not token.paused
    assert not token.wait(0)


def test_a_cancelled_token_stops_whoever_checks() -> None:
    token = CancelToken()
    token.cancel()
    assert token.cancelled
    assert token.wait(60)
    with pytest.raises(Cancelled):
        token.check()


def test_callbacks_run_once() -> None:
    token = CancelToken()
    calls: list[str] = []
    token.on_cancel(lambda: calls.append("early"))
    forget = token.on_cancel(lambda: calls.append("forgotten"))
    forget()
    forget()
    token.cancel()
    token.cancel()
    assert calls == ["early"]
    token.on_cancel(lambda: calls.append("late"))
    assert calls == ["early", "late"]


def test_a_callback_may_ask_the_token() -> None:
    token = CancelToken()
    seen: list[bool] = []
    token.on_cancel(lambda: seen.append(token.cancelled))
    token.cancel()
    assert seen == [True]


def _checker(token: CancelToken) -> tuple[threading.Thread, list[str]]:
    outcome: list[str] = []

    def run() -> None:
        try:
            token.check()
        except Cancelled:
            outcome.append("cancelled")
        else:
            outcome.append("passed")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, outcome


def test_a_pause_holds_until_it_is_resumed() -> None:
    token = CancelToken()
    token.pause()
    assert token.paused
    thread, outcome = _checker(token)
    assert outcome == []
    token.resume()
    thread.join(20)
    assert outcome == ["passed"]
    assert not token.paused


def test_a_cancel_ends_a_pause() -> None:
    token = CancelToken()
    token.pause()
    thread, outcome = _checker(token)
    token.cancel()
    thread.join(20)
    assert outcome == ["cancelled"]
    token.pause()
    assert not token.paused


def test_nobody_cancels_what_everybody_shares() -> None:
    with pytest.raises(AssertionError):
        NEVER.cancel()
    NEVER.check()
