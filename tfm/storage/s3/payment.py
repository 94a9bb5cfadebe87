"""Buckets for which the requester pays: named by the settings, or agreed to while the program runs.

Their owner bills requests and transfer to whoever sends them; a request must say that it agrees.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from tfm.model.errors import Denied, NeedsPayment, StorageError
from tfm.model.location import Location
from tfm.storage.s3.options import S3Options

HEADER, REQUESTER = "x-amz-request-payer", "requester"
PRICE = (
    "Your account then pays, as of 2026-02, about",
    "0.005 USD for 1,000 lists, 0.0004 USD for 1,000 reads,",
    "0.09 USD for each GB that leaves Amazon (0.02 to another region).",
)
_HINT = (
    "It may be a bucket for which the requester pays. Answer the question of the panes, or use --requester-pays"
    " or S3_BUCKETS: your account is billed then (see docs/s3.md)."
)
_PLAIN = ("", "access denied", "forbidden")
"""What a server says of a bucket of somebody else; of one's own it names the right that is missing."""


class Payers:
    """The `Payment` facet, and the mark that every request to such a bucket gets."""

    price = PRICE

    def __init__(self, options: S3Options) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._answers: dict[str, bool] = {}

    def answer(self, location: Location, *, pay: bool) -> None:
        """As the protocol."""
        with self._lock:
            self._answers[location.container] = pay

    def pays(self, location: Location) -> bool:
        """As the protocol."""
        return self.pays_for(location.container)

    def pays_for(self, bucket: str) -> bool:
        """The same by name."""
        if not bucket:
            return False
        return self._answers.get(bucket, False) or self._options.of_bucket(bucket).requester_pays

    def is_open(self, bucket: str) -> bool:
        """Whether it is worth asking about this bucket."""
        known = bucket in self._answers or self.pays_for(bucket)
        return bool(bucket) and not known and not self._options.no_sign_request

    def watch(self, client: Any) -> None:
        """Mark the requests of a client; also those for which the SDK has no parameter, such as HeadBucket."""
        client.meta.events.register("before-call.s3", self._mark)

    def _mark(self, params: Mapping[str, Any], context: Mapping[str, Any], **_more: Any) -> None:
        told = context.get("s3_redirect") or {}
        source = (told.get("params") or {}).get("CopySource")
        buckets = [told.get("bucket")]
        if isinstance(source, Mapping):
            buckets.append(source.get("Bucket"))
        elif isinstance(source, str):
            buckets.append(source.lstrip("/").partition("/")[0])
        if any(isinstance(each, str) and self.pays_for(each) for each in buckets):
            params["headers"][HEADER] = REQUESTER


def wants_payment(built: StorageError, error: BaseException, payers: Payers) -> StorageError:
    """The same error, or that somebody may have to pay, if that may be all that is missing."""
    place = built.place
    if type(built) is not Denied or place is None or not payers.is_open(place.container):
        return built
    answer = getattr(error, "response", None) or {}
    words = str(answer.get("Error", {}).get("Message", "") or "").lower().strip().rstrip(".")
    says_so = "requester pays" in words or "request-payer" in words
    if not says_so and (built.code not in ("AccessDenied", "403") or words not in _PLAIN):
        return built
    wanted = NeedsPayment(
        built.message,
        place=place,
        verb=built.verb,
        hint=_HINT,
        code=built.code,
        request_id=built.request_id,
        reason=built.reason,
    )
    wanted.__cause__ = error
    return wanted
