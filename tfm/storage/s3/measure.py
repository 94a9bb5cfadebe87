"""What acceleration gains from where we are: a sample sent and fetched both ways, and a verdict.

Prices as of 2026-02, Amazon S3 pricing, "Data transfer", S3 Transfer Acceleration.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from tfm.model.cancel import CancelToken
from tfm.model.errors import Corrupt, Denied, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text, short_size
from tfm.storage.container_facets import Gain
from tfm.storage.guard import guarded
from tfm.storage.s3.accelerate import DOTS, OFF
from tfm.storage.s3.calls import Calls, log
from tfm.storage.s3.errors import sdk_errors

VERB = "measure acceleration of"
SURCHARGE = "It costs 0.04 USD more for each GB through the United States, Europe and Japan, 0.08 elsewhere."
NEAR = 0.02
"""Seconds of a round trip below which the bucket is as good as next door."""
PAYS = 1.2
"""How many times as fast it has to be before a surcharge is worth a thought."""


class Acceleration:
    """The `Acceleration` facet."""

    def __init__(self, calls: Calls, clock: Callable[[], float] = time.monotonic) -> None:
        self._calls = calls
        self._clock = clock

    def measure(self, directory: Location, size: int, cancel: CancelToken) -> Gain:
        """As the protocol."""
        place = directory.as_directory()
        with guarded(place, VERB):
            self._check(place, cancel)
            usual, fast = (place.child(f".tfm-sample-{secrets.token_hex(6)}") for _ in range(2))
            data = os.urandom(size)
            stored = dict.fromkeys((usual, fast), "")
            put = (
                partial(self._put, usual, data, stored, fast=False),
                partial(self._put, fast, data, stored, fast=True),
            )
            get = (
                partial(self._get, usual, data, fast=False),
                partial(self._get, fast, data, fast=True),
            )
            try:
                round_trip = self._round_trip(place)
                up = self._timed(put[0], cancel), self._timed(put[1], cancel)
                down = self._timed(get[0], cancel), self._timed(get[1], cancel)
            finally:
                self._clear(stored)
            gain = Gain(size, up, down, round_trip)
            return replace(gain, verdict=verdict(gain))

    def _check(self, place: Location, cancel: CancelToken) -> None:
        why = ""
        if not self._calls.on_aws_for(place):
            why = "only Amazon has accelerated endpoints"
        elif "." in place.container:
            why = DOTS
        else:
            answer = self._calls.send(
                "get_bucket_accelerate_configuration",
                place,
                VERB,
                cancel=cancel,
                Bucket=place.container,
            )
            why = "" if answer.get("Status") == "Enabled" else OFF
            why = why or self._why_it_would_stay(place, cancel)
        if why:
            raise Unsupported(f"Cannot {VERB} {safe_text(str(place))}: {why}.", place=place)

    def _why_it_would_stay(self, place: Location, cancel: CancelToken) -> str:
        operation, bucket = "get_object_lock_configuration", place.container
        try:
            answer = self._calls.send(operation, place, VERB, cancel=cancel, Bucket=bucket)
        except StorageError:
            return ""  # most buckets have none
        rule = (answer.get("ObjectLockConfiguration") or {}).get("Rule")
        return (
            "this bucket locks whatever is stored for a time, so that the samples would stay"
            if rule
            else ""
        )

    def _round_trip(self, place: Location) -> float:
        """The shorter of two, for the first one opens the connection."""
        return min(
            self._timed(
                lambda: self._calls.send("head_bucket", place, VERB, Bucket=place.container),
                CancelToken(),
            )
            for _ in range(2)
        )

    def _timed(self, act: Callable[[], object], cancel: CancelToken) -> float:
        cancel.check()
        began = self._clock()
        act()
        return max(self._clock() - began, 1e-6)

    def _send(self, operation: str, place: Location, *, fast: bool, **more: Any) -> dict[str, Any]:
        names = {"Bucket": place.container, "Key": place.inner_key}
        try:
            return self._calls.once(operation, place, {**names, **more}, fast=fast)
        except sdk_errors() as error:
            raise self._calls.translated(error, place, VERB) from error

    def _put(
        self, place: Location, data: bytes, stored: dict[Location, str], *, fast: bool
    ) -> None:
        answer = self._send("put_object", place, fast=fast, Body=data)
        stored[place] = str(answer.get("VersionId") or "")

    def _get(self, place: Location, data: bytes, *, fast: bool) -> None:
        try:
            with self._send("get_object", place, fast=fast)["Body"] as body:
                came = body.read()
        except sdk_errors() as error:
            raise self._calls.translated(error, place, VERB) from error
        if came != data:
            raise Corrupt(
                f"Cannot {VERB} {safe_text(str(place))}: other bytes came back.", place=place
            )

    def _clear(self, stored: Mapping[Location, str]) -> None:
        """Their very versions, where versions are kept: a sample would be paid for as one from now on."""
        for place, version in stored.items():
            try:
                try:
                    self._delete(place, **({"VersionId": version} if version else {}))
                except Denied:
                    if not version:
                        raise
                    log.warning("A version may be left behind: %s", safe_text(str(place)))
                    self._delete(place)
            except StorageError as error:
                log.warning("A sample may be left behind: %s", safe_text(str(error)))

    def _delete(self, place: Location, **version: str) -> None:
        names: dict[str, Any] = {"Bucket": place.container, "Key": place.inner_key, **version}
        self._calls.send("delete_object", place, "remove", **names)


def verdict(gain: Gain) -> tuple[str, ...]:
    """What was measured, what that costs, and when it does not pay; in sentences."""
    lines = [
        _line("Up", gain.size, gain.up),
        _line("Down", gain.size, gain.down),
        f"A round trip to the bucket takes {gain.round_trip * 1000:.0f} ms.",
        SURCHARGE,
    ]
    best = max(gain.up[0] / gain.up[1], gain.down[0] / gain.down[1])
    if gain.round_trip < NEAR:
        lines.append("It does not pay from here: the bucket is close, as in the same region.")
    elif best < PAYS:
        lines.append("It does not pay from here: the plain endpoint is about as fast.")
    lines.append("Small objects gain little: most of their time is a round trip, not transfer.")
    return tuple(lines)


def _line(way: str, size: int, seconds: tuple[float, float]) -> str:
    plain, fast = (short_size(int(size / each)) for each in seconds)
    return f"{way}: {plain}/s plain, {fast}/s accelerated, {seconds[0] / seconds[1]:.1f} times as fast."
