"""As whom requests are signed: where the credentials come from, and how long they last. Never the secret."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tfm.model.location import Location
from tfm.model.redact import redact
from tfm.model.text import SafeText, duration, local_time, safe_text
from tfm.storage.facets import Fact
from tfm.storage.guard import guarded
from tfm.storage.s3.errors import sdk_errors

if TYPE_CHECKING:
    from tfm.storage.s3.calls import Calls

_SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "env": "environment variables",
        "explicit": "the environment variables of S3_CONNECTIONS",
        "assume-role": "a role of the profile",
        "assume-role-with-web-identity": "a web identity",
        "sso": "IAM Identity Center (aws sso login)",
        "login": "aws login",
        "shared-credentials-file": "the credentials file of AWS",
        "custom-process": "credential_process",
        "config-file": "the config file of AWS",
        "container-role": "the role of the container",
        "iam-role": "the role of the machine",
    }
)
"""What the SDK calls its sources, in words; docs/s3.md has the same order."""

_UNSIGNED = "none: requests are not signed"


@dataclass(frozen=True, slots=True)
class Used:
    """The credentials in use. `key` is the end of the access key; `until` in seconds since 1970, None
    where they do not end, or nobody knows.
    """

    source: str
    key: str
    until: float | None
    profile: str

    @property
    def words(self) -> SafeText:
        """In one line."""
        of = f" of profile {self.profile}" if self.profile else ""
        return safe_text(f"key …{self.key}{of}, from {self.source}")


_OF_NO_PROFILE = ("env", "explicit", "container-role", "iam-role")


def used_by(session: Any, profile: str) -> Used | None:
    """What a session of the SDK has signed with so far; looks nothing up and asks nobody."""
    found = getattr(getattr(session, "_session", None), "_credentials", None)
    if found is None:
        return None
    # the public names of those that renew themselves would do so now
    key = getattr(found, "_access_key", None) or found.__dict__.get("access_key")
    if not key:
        return None
    until = getattr(found, "_expiry_time", None)
    method = str(getattr(found, "method", "") or "")
    return Used(
        _SOURCES.get(method, method or "not known"),
        str(key)[-4:],
        until.timestamp() if isinstance(until, datetime) else None,
        "" if method in _OF_NO_PROFILE else profile,
    )


class Logins:
    """The `Login` facet."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def known(self) -> str:
        """As the protocol."""
        if self._calls.options.no_sign_request:
            return _UNSIGNED
        return self._calls.who

    def login(self, location: Location) -> Sequence[Fact]:
        """As the protocol: one GetCallerIdentity, where there is a service to ask."""
        with guarded(location, "ask who this is at"):
            calls, facts = self._calls, []
            if location.root.connection:
                facts.append(Fact("Connection", location.root.connection))
            on_aws = calls.on_aws_for(location)
            server = "Amazon S3" if on_aws else redact(calls.clients.endpoint)
            facts.append(Fact("Server", server))
            if calls.options.no_sign_request:
                return [*facts, Fact("Credentials", _UNSIGNED)]
            try:
                told = calls.clients.ask_identity()
            except sdk_errors() as error:
                raise calls.translated(error, location, "ask who this is at") from error
            used = calls.clients.used
            if used is not None:
                facts += credentials_facts(used)
            return [*facts, *told]


def credentials_facts(used: Used) -> list[Fact]:
    """The lines of a reader: source, key, profile, end."""
    facts = [Fact("Credentials", used.source), Fact("Access key", f"…{used.key}")]
    if used.profile:
        facts.insert(1, Fact("Profile", used.profile))
    if used.until is None:
        return [*facts, Fact("Good until", "no end is known")]
    left = used.until - time.time()
    when = f"{local_time(int(used.until * 1e9), UTC)} UTC"
    return [*facts, Fact("Good until", f"{when}, {_left(left)}")]


def _left(seconds: float) -> str:
    if seconds <= 0:
        return "over"
    return f"{duration(seconds)} left"
