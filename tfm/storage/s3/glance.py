"""Buckets at a glance: versions, default encryption, public access; asked for the rows on the screen."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from tfm.model.cancel import CancelToken
from tfm.model.columns import Column
from tfm.model.entry import ContainerDetails, Entry
from tfm.model.errors import Denied, NotFound, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.order import SortKey
from tfm.model.text import SafeText, local_time, safe_text
from tfm.storage.container_facets import Glance
from tfm.storage.object_facets import Keeping, Pairs
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.new_bucket import algorithm_of
from tfm.storage.s3.retention import Versioning
from tfm.storage.s3.rights import right_for

VERB = "look at"
UNKNOWN = "?"
_PUBLIC_GROUPS = ("/global/AllUsers", "/global/AuthenticatedUsers")
_NOT_SET = (
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchBucketPolicy",
    "ServerSideEncryptionConfigurationNotFoundError",
)

_VERSIONS = {
    Keeping.ON: ("on", "on"),
    Keeping.SUSPENDED: ("susp", "suspended"),
    Keeping.OFF: ("off", "off"),
    Keeping.NONE: ("", "not known to this server"),
    Keeping.DENIED: (UNKNOWN, "access denied; the right to ask is s3:GetBucketVersioning"),
}
_ENCRYPTIONS = {
    "AES256": ("SSE-S3", "SSE-S3"),
    "aws:kms": ("KMS", "SSE-KMS"),
    "aws:kms:dsse": ("DSSE", "SSE-KMS in two layers"),
    "": ("none", "none by default"),
}


def _region(entry: Entry) -> SafeText:
    details = entry.details
    return safe_text(details.region if isinstance(details, ContainerDetails) else "")


def _told(name: str) -> Column:
    title, width = {"versions": ("Vers", 4), "encryption": ("Encr", 6), "public": ("Public", 6)}[
        name
    ]

    def text(entry: Entry) -> SafeText:
        details = entry.details
        found = details.told if isinstance(details, ContainerDetails) else ()
        return safe_text(dict(found).get(name, ""))

    return Column(name, title, width, text)


BARE_COLUMNS = (
    Column("time", "Created", 16, lambda entry: local_time(entry.mtime_ns), SortKey.TIME),
    Column("region", "Region", 14, _region),
)
ASKED_COLUMNS = tuple(_told(name) for name in ("versions", "encryption", "public"))


class _Refused(Exception):
    """It may not be asked; the text is the right that is missing."""


class Glances:
    """Looks at buckets, and remembers what was found for as long as listings are kept."""

    def __init__(self, calls: Calls, versioning: Versioning) -> None:
        self._calls = calls
        self._versioning = versioning
        self._known: dict[str, tuple[Glance, float]] = {}

    def known(self, location: Location) -> Glance | None:
        """As the protocol."""
        found = self._known.get(location.container)
        return found[0] if found is not None and time.monotonic() < found[1] else None

    def forget(self, location: Location) -> None:
        """The next look asks."""
        self._known.pop(location.container, None)

    def glance(self, location: Location, cancel: CancelToken) -> Glance:
        """As the protocol: three requests, two more where public access is not blocked."""
        found = self.known(location)
        if found is not None:
            return found
        versions = _VERSIONS[self._versioning.keeping(location)]
        cancel.check()
        blind = not self._calls.manners.subresources
        not_known = ("", "not known to this server")
        encryption = not_known if blind else self._encryption(location, cancel)
        public = not_known if blind else self._public(location, cancel)
        named = (("versions", versions), ("encryption", encryption), ("public", public))
        labels = {
            "versions": "Versions",
            "encryption": "Default encryption",
            "public": "Public access",
        }
        made = Glance(
            tuple((name, short) for name, (short, _words) in named),
            tuple((labels[name], words) for name, (_short, words) in named),
        )
        self._known[location.container] = made, time.monotonic() + self._calls.options.cache_ttl
        return made

    def _ask(self, operation: str, location: Location, cancel: CancelToken) -> dict[str, Any]:
        """The answer; nothing where nothing is set. Raises _Refused, Unsupported."""
        try:
            return self._calls.send(
                operation, location, VERB, cancel=cancel, Bucket=location.container
            )
        except NotFound as error:
            if error.code in _NOT_SET:
                return {}
            raise
        except Denied as error:
            if error.code in ("MethodNotAllowed", "405", "AccessControlListNotSupported"):
                raise Unsupported(str(error), place=location) from error
            name = operation.title().replace("_", "")
            raise _Refused(right_for(name, location)[0]) from error

    def _encryption(self, location: Location, cancel: CancelToken) -> tuple[str, str]:
        try:
            answer = self._ask("get_bucket_encryption", location, cancel)
        except _Refused as refused:
            return UNKNOWN, f"access denied; the right to ask is {refused}"
        except Unsupported:
            return "", "not known to this server"
        found = algorithm_of(answer)
        return _ENCRYPTIONS.get(found, (found[:6], found))

    def _public(self, location: Location, cancel: CancelToken) -> tuple[str, str]:
        """Blocked, else what the policy and the access list say."""
        refused: list[str] = []
        answers: list[dict[str, Any]] = []
        for operation, verdict in (
            ("get_public_access_block", _blocked),
            ("get_bucket_policy_status", _by_policy),
            ("get_bucket_acl", _by_list),
        ):
            try:
                answer = self._ask(operation, location, cancel)
            except _Refused as error:
                refused.append(str(error))
                continue
            except Unsupported:
                continue
            answers.append(answer)
            if found := verdict(answer):
                return found
        if refused:
            return UNKNOWN, f"access denied; the right to ask is {', '.join(refused)}"
        if not answers:
            return "", "not known to this server"
        return "no", "not blocked, but neither the policy nor the access list lets everybody in"


def _blocked(answer: Mapping[str, Any]) -> tuple[str, str] | None:
    told = answer.get("PublicAccessBlockConfiguration", {})
    if told.get("IgnorePublicAcls") and told.get("RestrictPublicBuckets"):
        return "no", "blocked"
    return None


def _by_policy(answer: Mapping[str, Any]) -> tuple[str, str] | None:
    if answer.get("PolicyStatus", {}).get("IsPublic"):
        return "PUBLIC", "the policy of the bucket lets everybody in"
    return None


def _by_list(answer: Mapping[str, Any]) -> tuple[str, str] | None:
    grants = [
        str(grant.get("Permission", ""))
        for grant in answer.get("Grants") or ()
        if str(grant.get("Grantee", {}).get("URI", "")).endswith(_PUBLIC_GROUPS)
    ]
    if grants:
        return "PUBLIC", f"the access list of the bucket gives everybody {', '.join(grants)}"
    return None


def facts_of(glances: Glances, location: Location) -> Pairs:
    """What a look at a bucket tells, for its details; what cannot be found out goes unsaid."""
    try:
        return glances.glance(location, CancelToken()).facts
    except StorageError as error:
        return (("Settings", f"not known: {error}"),)
