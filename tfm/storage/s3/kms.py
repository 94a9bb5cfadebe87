"""Keys of KMS in the region of a bucket, and what they are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.errors import Denied, Unsupported
from tfm.model.location import Location
from tfm.model.past import now
from tfm.storage.guard import guarded
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.errors import sdk_errors
from tfm.storage.server_keys import KeyFacts, ServerKey

_LISTING = "list the keys for"
_LOOKING = "look at a key for"
_OF_AWS = "alias/aws/"
_OF_S3 = "alias/aws/s3"
_ALIASES, _KEYS = 100, 1000
"""How many one answer may list: what KMS allows at most."""


class KmsKeys:
    """The `ServerKeys` facet."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def keys(self, location: Location, cancel: CancelToken) -> Iterator[Sequence[ServerKey]]:
        """As the protocol: one ListAliases for each 100, one ListKeys for each 1,000."""
        location = now(location)
        with guarded(location, _LISTING):
            named: set[str] = set()
            for page in self._pages("list_aliases", location, cancel, _ALIASES):
                rows = [row for row in page.get("Aliases") or () if row.get("TargetKeyId")]
                named.update(_key_of(row) for row in rows)
                yield [_by_alias(row) for row in rows]
            try:
                for page in self._pages("list_keys", location, cancel, _KEYS):
                    names = [str(row.get("KeyArn") or row["KeyId"]) for row in page["Keys"]]
                    yield [ServerKey(name) for name in names if name not in named]
            except Denied:
                return  # those with a name are all that is told

    def about(self, location: Location, key: ServerKey, cancel: CancelToken = NEVER) -> KeyFacts:
        """As the protocol: DescribeKey."""
        location = now(location)
        with guarded(location, _LOOKING):
            cancel.check()
            answer = self._call("describe_key", location, _LOOKING, KeyId=key.name)
            told: Mapping[str, Any] = answer.get("KeyMetadata") or {}
            state = str(told.get("KeyState") or "")
            words = [
                str(told.get("Description") or ""),
                "managed by AWS" if told.get("KeyManager") == "AWS" else "",
                "" if state == "Enabled" else state,
                str(told.get("KeySpec") or ""),
            ]
            return KeyFacts("; ".join(word for word in words if word), _refusal(told))

    def _pages(
        self, operation: str, location: Location, cancel: CancelToken, limit: int
    ) -> Iterator[Mapping[str, Any]]:
        parameters: dict[str, Any] = {"Limit": limit}
        while True:
            cancel.check()
            page = self._call(operation, location, _LISTING, **parameters)
            yield page
            following = page.get("NextMarker")
            if not page.get("Truncated") or not following or following == parameters.get("Marker"):
                return
            parameters["Marker"] = following

    def _call(
        self, operation: str, location: Location, verb: str, **parameters: Any
    ) -> dict[str, Any]:
        try:
            with self._calls.clients.service("kms", location.container) as client:
                if client is None:
                    raise Unsupported(
                        "This server tells no keys: type the id of one.",
                        place=location,
                        verb=verb,
                        hint="AWS_ENDPOINT_URL_KMS names the service that keeps them, if there is one.",
                    )
                answer: dict[str, Any] = getattr(client, operation)(**parameters)
        except sdk_errors() as error:
            raise self._calls.translated(error, location, verb) from error
        return answer


def _key_of(alias: Mapping[str, Any]) -> str:
    """The ARN of the key that an alias leads to: what a server tells of an object afterwards."""
    start = str(alias.get("AliasArn") or "").rpartition(":alias/")[0]
    target = str(alias["TargetKeyId"])
    return f"{start}:key/{target}" if start else target


def _by_alias(row: Mapping[str, Any]) -> ServerKey:
    alias = str(row.get("AliasName") or "")
    other = alias.startswith(_OF_AWS) and alias != _OF_S3
    return ServerKey(_key_of(row), alias, "for another service" if other else "")


def _refusal(told: Mapping[str, Any]) -> str:
    state = str(told.get("KeyState") or "Enabled")
    if state != "Enabled":
        return f"the key is in the state {state}"
    spec = str(told.get("KeySpec") or told.get("CustomerMasterKeySpec") or "SYMMETRIC_DEFAULT")
    usage = str(told.get("KeyUsage") or "ENCRYPT_DECRYPT")
    if spec != "SYMMETRIC_DEFAULT" or usage != "ENCRYPT_DECRYPT":
        return "S3 encrypts with symmetric keys only"
    return ""
