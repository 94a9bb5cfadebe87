"""Tags of objects: up to ten names with values, kept beside the object."""

from __future__ import annotations

import re
from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change, around
from tfm.model.errors import StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.guard import guarded
from tfm.storage.object_facets import Pairs
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.keys import check_place, names
from tfm.storage.s3.manners import UNKNOWN_REQUEST

MOST = 10
_NAME_LENGTH, _VALUE_LENGTH = 128, 256
_LEGAL = re.compile(r"[\w\s+\-=.:/@]*")
"""Letters, digits and spaces of any script, and these marks (Amazon S3 user guide, object tagging)."""


class ObjectTags:
    """The `Tags` facet."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def tags(self, location: Location, cancel: CancelToken = NEVER) -> Pairs:
        """As the protocol."""
        with guarded(location, "read the tags of"):
            check_place(location, "read the tags of")
            return tags_of(self._calls, location, cancel)

    def fault_in(self, tags: Pairs) -> str:
        """As the protocol."""
        if len(tags) > MOST:
            return f"An object has {MOST} tags at most."
        for name, value in tags:
            if not name or len(name) > _NAME_LENGTH or name.lower().startswith("aws:"):
                return (
                    f"The name of a tag has 1 to {_NAME_LENGTH} characters, and no aws: in front."
                )
            if len(value) > _VALUE_LENGTH:
                return f"The value of a tag has {_VALUE_LENGTH} characters at most."
            if not _LEGAL.fullmatch(name) or not _LEGAL.fullmatch(value):
                return f"Tag {safe_text(name)}: only letters, digits, spaces and + - = . _ : / @."
        return ""

    def set_tags(self, location: Location, tags: Pairs, cancel: CancelToken = NEVER) -> Change:
        """As the protocol; one request, beside Amazon's two."""
        with guarded(location, "tag"):
            check_place(location, "tag")
            if not self._calls.on_aws:
                # a server that does not know tags takes this for the object itself
                tags_of(self._calls, location, cancel)
            put_tags(self._calls, location, tags, cancel)
            return around(location)


def put_tags(calls: Calls, location: Location, tags: Pairs, cancel: CancelToken = NEVER) -> None:
    """Write them, where they were read before."""
    where: dict[str, Any] = {"Bucket": location.container, "Key": location.inner_key}
    operation = "put_object_tagging" if tags else "delete_object_tagging"
    if tags:
        where["Tagging"] = {"TagSet": [{"Key": name, "Value": value} for name, value in tags]}
    calls.send(operation, location, "tag", bulk=True, cancel=cancel, **where)


def tags_of(calls: Calls, location: Location, cancel: CancelToken = NEVER) -> Pairs:
    """Ask for them. Raises Unsupported also where the answer is that to a GET of the object."""
    verb = "read the tags of"
    calls.check_subresources(location, verb)
    try:
        answer = calls.send(
            "get_object_tagging",
            location,
            verb,
            bulk=True,
            cancel=cancel,
            **names(location),
        )
    except StorageError as error:
        if error.code == "NoSuchTagSet":
            return ()
        if error.code in UNKNOWN_REQUEST and not isinstance(error, Unsupported):
            raise Unsupported(error.message, place=location, verb=verb, code=error.code) from error
        raise
    if "etag" in answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}):
        calls.manners.subresources = False
        calls.check_subresources(location, verb)
    rows = answer.get("TagSet") or ()
    return tuple(sorted((str(row["Key"]), str(row.get("Value") or "")) for row in rows))


def keep_tags(calls: Calls, location: Location, tags: Pairs, cancel: CancelToken) -> str:
    """Some servers forget tags that an upload in parts was begun with; empty, or that they are lost."""
    try:
        if tags_of(calls, location, cancel) != tuple(sorted(tags)):
            put_tags(calls, location, tags, cancel)
    except StorageError as error:
        return f"Its tags were lost. {safe_text(error.message)}"
    return ""
