"""Access lists of objects, where a bucket still has them: new ones leave everything to policies."""

from __future__ import annotations

from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change, around
from tfm.model.location import Location
from tfm.storage.guard import guarded
from tfm.storage.object_facets import Pairs, Tier
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.keys import check_place

_GROUPS = {
    "http://acs.amazonaws.com/groups/global/AllUsers": "everybody",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "everybody with an AWS account",
    "http://acs.amazonaws.com/groups/s3/LogDelivery": "the delivery of logs",
}


class AccessLists:
    """The `Access` facet."""

    kinds = (
        Tier("private", "only its owner"),
        Tier("bucket-owner-read", "the owner of the bucket reads"),
        Tier("bucket-owner-full-control", "the owner of the bucket does everything"),
        Tier("authenticated-read", "everybody with an AWS account reads"),
        Tier("public-read", "everybody reads"),
    )

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def access(self, location: Location) -> Pairs:
        """As the protocol."""
        verb = "look at the access list of"
        with guarded(location, verb):
            check_place(location, verb)
            self._calls.check_subresources(location, verb)
            answer = self._calls.send("get_object_acl", location, verb, **_named(location))
            owner = str((answer.get("Owner") or {}).get("ID") or "")
            return tuple(
                (_who(row.get("Grantee") or {}, owner), str(row.get("Permission") or ""))
                for row in answer.get("Grants") or ()
            )

    def set_access(self, location: Location, kind: str, cancel: CancelToken = NEVER) -> Change:
        """As the protocol."""
        verb = "set access to"
        with guarded(location, verb):
            check_place(location, verb)
            # a server that has no access lists may take this for the object itself
            self._calls.check_subresources(location, verb)
            if not self._calls.on_aws:
                self._calls.send("get_object_acl", location, verb, bulk=True, **_named(location))
            self._calls.send(
                "put_object_acl",
                location,
                verb,
                bulk=True,
                cancel=cancel,
                ACL=kind,
                **_named(location),
            )
            return around(location)


def _named(location: Location) -> dict[str, Any]:
    return {"Bucket": location.container, "Key": location.inner_key}


def _who(grantee: dict[str, Any], owner: str) -> str:
    name = str(grantee.get("URI") or grantee.get("ID") or "")
    return "its owner" if name == owner else _GROUPS.get(name, name)
