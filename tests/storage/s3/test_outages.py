"""A server that goes away in the middle, a login that runs out: jobs wait, and go on by themselves.

Time is not spent but added up: the token that is waited on says how long it would have been.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Action, Answer, Reset
from tests.servers.server import Server
from tests.storage.s3.conftest import MIB
from tests.storage.s3.pieces import LARGE, MemorySink, MemorySource, row, stored, work
from tfm.model.cancel import NEVER, CancelToken
from tfm.model.errors import Cancelled, NeedsLogin, Offline, StorageError, Throttled
from tfm.model.location import S3, Location
from tfm.storage.base import Evidence, Hints
from tfm.storage.s3.storage import S3Storage

At = Callable[[str], Location]

TEN_MINUTES = 600.0
LOGIN = Answer(400, "ExpiredToken")


class FakeTime(CancelToken):
    """Pauses take no time; `on_pause` is called with what they would have added up to."""

    def __init__(self, on_pause: Callable[[float], None] = lambda _seconds: None) -> None:
        super().__init__()
        self.seconds = 0.0
        self._on_pause = on_pause
        self._adding = threading.Lock()

    def wait(self, seconds: float) -> bool:
        with self._adding:
            self.seconds += seconds
        self._on_pause(self.seconds)
        return self.cancelled


@pytest.fixture
def patient(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Storage]:
    """A storage as users have it."""
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tfm.storage.s3.client._RENEW_SECONDS", 0.0)
    opened = S3Storage(S3, {})
    yield opened
    opened.close()


def away_for(proxy: Proxy, action: Action, seconds: float) -> FakeTime:
    """Everything is answered with `action` until so much time would have passed."""
    proxy.rule("*", action)

    def look(passed: float) -> None:
        if passed >= seconds:
            proxy.clear_rules()

    return FakeTime(look)


@pytest.mark.parametrize(
    "action", [Answer(503, "SlowDown"), Reset(), LOGIN], ids=["slow", "gone", "login"]
)
def test_an_upload_outlasts_ten_minutes_and_sends_no_part_twice(
    proxy: Proxy,
    patient: S3Storage,
    at: At,
    ministack_server: Server,
    box: str,
    action: Action,
) -> None:
    transfer = patient.facets.transfer
    assert transfer is not None
    source = MemorySource(LARGE)
    time: list[FakeTime] = []

    class Breaking(MemorySource):
        """The server goes away once the second part is read."""

        def read_at(self, offset: int, size: int) -> bytes:
            if offset >= 8 * MIB and not started.is_set():
                started.set()
                time.append(away_for(proxy, action, TEN_MINUTES))
                waiting.wrapped = time[0]
            return super().read_at(offset, size)

    class Passing(CancelToken):
        wrapped: FakeTime | None = None

        def wait(self, seconds: float) -> bool:
            return self.wrapped.wait(seconds) if self.wrapped else False

    started, waiting = threading.Event(), Passing()
    written = transfer.upload(Breaking(source.data), at("file"), Hints(), work(cancel=waiting))
    assert written.evidence is Evidence.CHECKSUM
    assert time[0].seconds >= TEN_MINUTES
    good = Counter(
        exchange.query["partNumber"]
        for exchange in proxy.exchanges("UploadPart")
        if exchange.status == 200
    )
    assert set(good.values()) == {1}
    assert ministack_server.uploads(box) == []


@pytest.mark.parametrize(
    "action", [Answer(503, "SlowDown"), Reset(), LOGIN], ids=["slow", "gone", "login"]
)
def test_a_download_and_a_delete_outlast_ten_minutes(
    proxy: Proxy, patient: S3Storage, at: At, ministack_server: Server, action: Action
) -> None:
    transfer, many = patient.facets.transfer, patient.facets.delete_many
    assert transfer is not None
    assert many is not None
    stored(ministack_server, at("file"), LARGE)
    entry, sink = row(patient, at("file")), MemorySink()
    time = away_for(proxy, action, TEN_MINUTES)
    assert transfer.download(at("file"), entry, sink, work(cancel=time)).checked
    assert bytes(sink.data) == LARGE
    assert time.seconds >= TEN_MINUTES
    time = away_for(proxy, action, TEN_MINUTES)
    (removal,) = many.delete_many([(at("file"), None)], time)
    assert removal.error is None
    assert time.seconds >= TEN_MINUTES


def test_it_does_not_wait_for_ever(proxy: Proxy, patient: S3Storage, at: At) -> None:
    list(patient.scan(at(""), NEVER))
    time = away_for(proxy, Reset(), 1e9)
    with pytest.raises(Offline) as caught:
        transfer = patient.facets.transfer
        assert transfer is not None
        transfer.upload(MemorySource(b"x"), at("file"), Hints(), work(cancel=time))
    assert 900 <= time.seconds <= 1000
    assert caught.value.passing


@pytest.mark.parametrize(
    ("action", "kind"),
    [(Reset(), Offline), (Answer(500, "InternalError"), Throttled)],
    ids=["reset", "fault"],
)
def test_a_fault_of_one_object_is_no_outage(
    proxy: Proxy, patient: S3Storage, at: At, action: Action, kind: type[StorageError]
) -> None:
    """The bucket answers, so waiting for this one would be in vain."""
    list(patient.scan(at(""), NEVER))
    proxy.rule("PutObject", action)
    time = FakeTime()
    with pytest.raises(kind) as caught:
        transfer = patient.facets.transfer
        assert transfer is not None
        transfer.upload(MemorySource(b"x"), at("file"), Hints(), work(cancel=time))
    assert time.seconds < 120
    assert proxy.count("PutObject") == 7
    assert not caught.value.passing


def test_what_never_worked_is_not_waited_for(proxy: Proxy, patient: S3Storage, at: At) -> None:
    proxy.rule("*", LOGIN)
    time = FakeTime()
    with pytest.raises(NeedsLogin):
        transfer = patient.facets.transfer
        assert transfer is not None
        transfer.upload(MemorySource(b"x"), at("file"), Hints(), work(cancel=time))
    assert time.seconds == 0


def test_a_cancel_ends_the_waiting(proxy: Proxy, patient: S3Storage, at: At) -> None:
    list(patient.scan(at(""), NEVER))
    proxy.rule("*", Reset())
    time = FakeTime(lambda passed: time.cancel() if passed > 60 else None)
    with pytest.raises(Cancelled):
        transfer = patient.facets.transfer
        assert transfer is not None
        transfer.upload(MemorySource(b"x"), at("file"), Hints(), work(cancel=time))


def test_answers_that_still_came_while_it_went_away_do_not_hide_that_it_is_gone(
    proxy: Proxy,
    patient: S3Storage,
    at: At,
    ministack_server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored(ministack_server, at("file"), b"x")
    row(patient, at("file"))
    calls = patient._calls
    plain, first = calls._routed, threading.Event()

    def routed(*arguments: Any) -> Any:
        if not first.is_set():  # what other hands had under way ends well, after this one was sent
            first.set()
            calls.manners.successes += 1
        return plain(*arguments)

    monkeypatch.setattr(calls, "_routed", routed)
    proxy.rule("*", Reset())
    place, time = at("file"), FakeTime()
    with pytest.raises(StorageError) as told:
        calls.send(
            "get_object",
            place,
            "read",
            bulk=True,
            cancel=time,
            Bucket=place.container,
            Key=place.inner_key,
        )
    assert told.value.passing
    assert time.seconds >= 900.0
