"""The figures of this program, sent to CloudWatch where the user wants that; off unless a namespace is set.

What the tally of a storage counted goes there about once a minute from a thread of its own, signed as the requests
were. Nothing waits for it, its own requests are not counted, and a refusal ends it for this run.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from tfm.model.errors import NeedsLogin, StorageError, Unsupported
from tfm.model.location import Location, Root
from tfm.storage.device_codes import unasked
from tfm.storage.guard import guarded
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.errors import sdk_errors, translate
from tfm.storage.statistics import Charge, RequestFigures

_log = logging.getLogger("tfm.s3")

_VERB = "send metrics about"
_EVERY = 60.0
"""Seconds: CloudWatch keeps one figure a minute."""
_MOST = 1000
"""Figures in one PutMetricData; with at most 70 values in each they stay below its limit of 1 MB."""


class Metrics:
    """The `Reports` facet of one storage; any thread.

    Its thread begins with the first request, and waits as long as nothing is counted.
    """

    def __init__(self, calls: Calls, root: Root, namespace: str) -> None:
        self._calls = calls
        self._place = Location(root, "")
        self._namespace = namespace
        self._cache: Callable[[], tuple[int, int]] = lambda: (0, 0)
        self._told_of_cache = (0, 0)
        self._told: dict[str, RequestFigures] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._counted = threading.Event()
        self._over = threading.Event()
        self._off = False
        self._said = False
        calls.ledger.tally.listen(self._hear)

    def use_cache(self, used: Callable[[], tuple[int, int]]) -> None:
        """As the protocol."""
        self._cache = used

    def end(self) -> None:
        """As the protocol."""
        self._over.set()
        self._counted.set()

    def ended(self, seconds: float) -> bool:
        """As the protocol."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def _hear(self) -> None:
        """Something was counted."""
        if self._off or self._counted.is_set():
            return
        self._counted.set()
        with self._lock:
            if self._thread is None and not self._over.is_set():
                self._thread = threading.Thread(target=self._run, daemon=True, name="tfm-metrics")
                self._thread.start()

    def _run(self) -> None:
        last = False
        while not (self._off or last):
            self._counted.wait()
            self._counted.clear()
            last = self._over.wait(_EVERY)
            try:
                with guarded(self._place, _VERB), unasked():
                    self._send()
            except StorageError as error:
                self._failed(error)

    def _failed(self, error: StorageError) -> None:
        """What passes, or is wrong with the login, is tried again with the figures of the next minute."""
        self._off = not (error.retryable or isinstance(error, NeedsLogin))
        if not self._said or self._off:
            self._said = True
            what = "No metrics are sent any more" if self._off else "Metrics could not be sent"
            _log.warning("%s: %s", what, error.in_full)

    def _send(self) -> None:
        figures = self._calls.ledger.tally.figures()
        batches = list(_batches([each for each in figures if each != self._told.get(each.kind)]))
        cache = self._cache()
        if not batches and cache == self._told_of_cache:
            return
        calls = self._calls
        try:
            with calls.clients.service("cloudwatch") as client:
                if client is None:
                    raise Unsupported(
                        "This server has no CloudWatch.",
                        hint="AWS_ENDPOINT_URL_CLOUDWATCH names who takes metrics.",
                    )
                for batch in batches or [[]]:
                    data = [self._data_of(each) for each in batch]
                    # with the first, which leaves room for it
                    data.append(_of_cache(self._told_of_cache, cache))
                    sent = list(chain.from_iterable(data))
                    client.put_metric_data(Namespace=self._namespace, MetricData=sent)
                    # so far: what comes now may fail
                    self._told.update((each.kind, each) for each in batch)
                    self._told_of_cache = cache
        except sdk_errors() as error:
            # not by way of `calls.translated`, which makes the next request of the storage log in anew
            who, profile = calls.who, calls.clients.profile
            raise translate(error, self._place, _VERB, who, profile) from error

    def _data_of(self, now: RequestFigures) -> list[dict[str, Any]]:
        return _of_requests(self._told.get(now.kind) or RequestFigures(now.kind, Charge.FREE), now)


def _batches(figures: Sequence[RequestFigures]) -> Iterator[Sequence[RequestFigures]]:
    """As many kinds as fit into one request, with the two figures of the cache."""
    most = (_MOST - 2) // 7
    for start in range(0, len(figures), most):
        yield figures[start : start + most]


def _of_requests(was: RequestFigures, now: RequestFigures) -> list[dict[str, Any]]:
    """What has been counted since, without what is 0: each figure that is sent at all is paid for."""
    operation = [*_PROGRAM, {"Name": "Operation", "Value": now.kind}]
    counted = (
        ("Requests", "Count", now.sent - was.sent),
        ("Errors", "Count", now.failed - was.failed),
        ("Retries", "Count", now.repeated - was.repeated),
        ("Throttled", "Count", now.throttled - was.throttled),
        ("BytesUp", "Bytes", now.bytes_up - was.bytes_up),
        ("BytesDown", "Bytes", now.bytes_down - was.bytes_down),
    )
    data: list[dict[str, Any]] = [
        {"MetricName": name, "Dimensions": operation, "Unit": unit, "Value": float(value)}
        for name, unit, value in counted
        if value
    ]
    # values with their counts, not a sum of them: of these CloudWatch makes percentiles
    answers = now.latency.since(was.latency)
    if answers:
        data.append(
            {
                "MetricName": "Latency",
                "Dimensions": operation,
                "Unit": "Milliseconds",
                "Values": [seconds * 1000 for seconds, _ in answers],
                "Counts": [float(count) for _, count in answers],
            }
        )
    return data


def _of_cache(was: tuple[int, int], now: tuple[int, int]) -> list[dict[str, Any]]:
    return [
        {"MetricName": name, "Dimensions": _PROGRAM, "Unit": "Count", "Value": float(new - old)}
        for name, old, new in zip(("CacheHits", "CacheMisses"), was, now, strict=True)
        if new > old
    ]


_PROGRAM = [{"Name": "Program", "Value": "tfm"}]
