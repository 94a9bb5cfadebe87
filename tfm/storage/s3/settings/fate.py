"""When an object will move or expire: by the rules of its bucket, which are remembered for a while."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.storage.facets import Fact
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.settings.documents import document_of
from tfm.storage.s3.settings.facet import BucketSettings
from tfm.storage.s3.settings.lifecycle import Facts, fate, fate_words, told_by_header


class Fates:
    """Tells of objects; one request for each bucket, remembered as long as a listing is."""

    def __init__(self, calls: Calls, settings: BucketSettings) -> None:
        self._calls = calls
        self._settings = settings
        self._known: dict[str, tuple[Mapping[str, Any], float]] = {}

    def forget(self, location: Location) -> None:
        """Its rules are others now."""
        self._known.pop(location.container, None)

    def of(
        self, location: Location, head: Mapping[str, Any], tags: Mapping[str, str] | None
    ) -> list[Fact]:
        """What will become of an object that a HEAD told of; `tags` is None where they are not known.

        Where the rules may not be read, what the HEAD itself says: when it is deleted, if ever.
        """
        rules, modified = self._rules(location), head.get("LastModified")
        told: list[str] = []
        if rules and isinstance(modified, datetime):
            facts = Facts(
                location.inner_key,
                int(head.get("ContentLength") or 0),
                modified,
                str(head.get("StorageClass") or "STANDARD"),
                tags,
            )
            told = fate_words(fate(rules, facts), datetime.now(UTC))
        expiration = str(head.get("Expiration") or "")
        if expiration and not any(words.startswith("is deleted") for words in told):
            told.append(told_by_header(expiration))
        return [Fact("Lifecycle", words) for words in told]

    def _rules(self, location: Location) -> Mapping[str, Any]:
        bucket = location.container
        known = self._known.get(bucket)
        if known is None or time.monotonic() >= known[1]:
            known = self._ask(location), time.monotonic() + self._calls.options.cache_ttl
            self._known[bucket] = known
        return known[0]

    def _ask(self, location: Location) -> Mapping[str, Any]:
        if self._settings.why_none(location):
            return {}
        try:
            return document_of(self._settings.read(location, "lifecycle").text)
        except StorageError:
            return {}  # nobody asked for the rules: the object is what is looked at
