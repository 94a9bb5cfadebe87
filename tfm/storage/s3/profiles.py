"""The profiles of the AWS configuration files, for a list of where one can go. No request, no credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfm.model.location import S3, Location
from tfm.storage.base import Connection
from tfm.storage.guard import guarded

_SPEAKS_UP = ("credential_process", "mfa_serial")
_LONGEST_CHAIN = 5


def profiles() -> tuple[Connection, ...]:
    """Every profile, in the order of the files. Raises StorageError for files that cannot be read."""
    import botocore.session

    with guarded(Location(S3, ""), "read the profiles of"):
        found: Mapping[str, Any] = botocore.session.Session().full_config.get("profiles", {})
        return tuple(Connection(name, quiet=_is_quiet(name, found)) for name in found)


def _is_quiet(name: str, found: Mapping[str, Any]) -> bool:
    """Whether using it asks nobody and runs nothing, all the profiles it leans on included."""
    for _ in range(_LONGEST_CHAIN):
        profile = found.get(name, {})
        if any(word in profile for word in _SPEAKS_UP):
            return False
        following = profile.get("source_profile", "")
        if not following or following == name:
            return True
        name = following
    return False
