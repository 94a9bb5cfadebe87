"""The abilities of a server in words, and how it is asked for them: reads alone, or a trial that is removed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from tfm.model.cancel import CancelToken
from tfm.model.change import around
from tfm.model.errors import Denied, NeedsLogin, NotFound, Offline, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.guard import guarded
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.keys import check_place
from tfm.storage.s3.list_pages import key_page
from tfm.storage.s3.manners import Sighting
from tfm.storage.s3.trial import Trial
from tfm.storage.server_facets import Ability, Acquaintance, Can, Tried

_MEASURED = "its answers"
_TRIED = "a trial here"


class _Row(NamedTuple):
    title: str
    yes: str
    no: str


_ROWS: Final[Mapping[str, _Row]] = {
    "list_v2": _Row(
        "Listings, version 2",
        "directories are listed by 1,000 rows",
        "directories are listed by the older request; you see no difference",
    ),
    "conditions": _Row(
        "Conditional writes",
        "who writes at the same moment is never overwritten",
        "overwrites are not atomic here: tfm looks right before it writes",
    ),
    "copy_conditions": _Row(
        "Conditional copies",
        "copies on the server take exactly what was seen",
        "copies on the server are not atomic here: tfm looks before and after",
    ),
    "delete_many": _Row(
        "Batch delete",
        "1,000 keys are deleted by one request",
        "each key is deleted by a request of its own",
    ),
    "delete_conditions": _Row(
        "Conditional batch delete",
        "a move deletes its sources 1,000 at a time",
        "not trusted here: a move looks at each source and deletes it singly",
    ),
    "markers": _Row(
        "Empty directories",
        "kept, as markers",
        "a directory appears with the first file inside",
    ),
    "subresources": _Row(
        "Questions about an object",
        "tags and access lists are told apart from the object itself",
        "tags and access lists are never sent: they would replace the object",
    ),
    "parts": _Row(
        "Uploads in parts",
        "large files go in parallel, and go on where they were cut off",
        "each file is one request; over 5 GiB it cannot be stored",
    ),
    "part_copies": _Row(
        "Copies in parts",
        "objects over 5 GiB are copied by the server",
        "objects over 5 GiB cannot be copied or changed by the server",
    ),
    "uploads": _Row(
        "Unfinished uploads listed",
        "remains of uploads are found and can be removed",
        "remains of uploads cannot be found here",
    ),
    "etag_md5": _Row(
        "ETags that are MD5",
        "they prove what was sent and received",
        "bytes are proved by checksums, or read twice",
    ),
    "checksums": _Row(
        "Checksums kept",
        "downloads are proved by the checksum of the upload",
        "downloads are proved by MD5, or read twice",
    ),
    "tags": _Row("Tags", "objects can be tagged", "objects have no tags here"),
    "access": _Row("Access lists", "shown, and can be set", "who may read is decided elsewhere"),
    "classes": _Row("Storage classes", "chosen at upload and changed later", "one class for all"),
    "restore": _Row("Archive", "objects can be brought back", "nothing is archived here"),
    "server_keys": _Row(
        "Encryption, SSE-S3", "with keys of the server", "not with keys of the server"
    ),
    "kms": _Row("Encryption, SSE-KMS", "with keys of a key service", "no keys of a key service"),
    "customer_keys": _Row(
        "Encryption, SSE-C", "with keys of your own", "not with keys of your own"
    ),
    "versions": _Row(
        "Versions",
        "a bucket can keep what is overwritten and deleted",
        "what is overwritten or deleted is gone",
    ),
    "lock": _Row("Object lock", "objects can be held for a time", "objects cannot be locked"),
    "lifecycle": _Row("Lifecycle rules", "a bucket can have them", "a bucket has none"),
    "cors": _Row("CORS rules", "a bucket can have them", "a bucket has none"),
    "policy": _Row("Bucket policy", "a bucket can have one", "a bucket has none"),
    "public_access": _Row(
        "Public access block", "a bucket can have one", "public access is not blocked by a switch"
    ),
    "block_acls": _Row(
        "Public access lists blocked",
        "a new bucket takes none",
        "left out for new buckets: with that, nobody could write",
    ),
    "bucket_encryption": _Row(
        "Encryption of a bucket", "a bucket can say how it encrypts", "a bucket cannot say"
    ),
    "notifications": _Row("Notifications", "a bucket can send events", "a bucket sends no events"),
    "requester_pays": _Row(
        "Requester pays", "who reads can be made to pay", "the owner of a bucket pays"
    ),
}
"""All abilities, in the order in which a reader wants them."""

ABILITIES: Final = tuple(_ROWS)

_ASKED_OF_BUCKETS: Final = (
    "get_bucket_versioning",
    "get_object_lock_configuration",
    "get_bucket_lifecycle_configuration",
    "get_bucket_cors",
    "get_bucket_policy",
    "get_public_access_block",
    "get_bucket_encryption",
    "get_bucket_notification_configuration",
    "get_bucket_request_payment",
    "list_multipart_uploads",
)


class ServerAbilities:
    """The `Abilities` facet."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def known(self, location: Location) -> Acquaintance:
        """As the protocol."""
        self._calls.on_aws_for(location)  # the address is looked up with the first client
        manners = self._calls.manners
        server = manners.server
        rows = tuple(self._ability(name) for name in ABILITIES)
        return Acquaintance("" if server is None else server.name, manners.recognised, rows)

    def _ability(self, name: str) -> Ability:
        """A trial counts most, then what answers showed, then the table; where they agree, the table
        has the source.
        """
        manners, row = self._calls.manners, _ROWS[name]
        seen = manners.sighting(name) or self._behaviour(name)
        told = None if manners.server is None else manners.server.facts.get(name)
        if seen is not None and seen.sure:
            source = f"{_TRIED}: {seen.what}" if seen.what else _TRIED
            return Ability(name, row.title, seen.can, _meaning(row, seen.can, ""), source)
        if seen is not None and (told is None or not _agree(told.can, seen.can)):
            source = f"{_MEASURED}: {seen.what}" if seen.what else _MEASURED
            return Ability(name, row.title, seen.can, _meaning(row, seen.can, ""), source)
        if told is not None:
            return Ability(
                name, row.title, told.can, _meaning(row, told.can, told.what), told.source
            )
        if name == "delete_conditions":
            return Ability(name, row.title, Can.NO, row.no, "only Amazon is trusted with it")
        return Ability(name, row.title, Can.UNKNOWN, "")

    def _behaviour(self, name: str) -> Sighting | None:
        """What the storage itself found out while it worked."""
        manners = self._calls.manners
        if name == "markers":
            return None if manners.markers is None else Sighting(_can(manners.markers))
        if name == "copy_conditions" and manners.copies_met:
            return Sighting(_can(manners.copy_conditions))
        if name == "list_v2":
            return None if manners.list_v2 is None else Sighting(_can(manners.list_v2))
        if name == "delete_many":
            return None if manners.batches else Sighting(Can.NO)
        if name in ("conditions", "subresources"):
            return None if getattr(manners, name) else Sighting(Can.NO)
        if name == "etag_md5" and not manners.etag_is_md5:
            return Sighting(Can.NO)
        return None

    # -- asking ------------------------------------------------------------------------------------

    def probe(self, location: Location, cancel: CancelToken) -> Acquaintance:
        """As the protocol: ten questions about the bucket, a listing, and three about one object."""
        verb = "ask the server of"
        with guarded(location, verb):
            check_place(location, verb)
            if not location.container:
                raise StorageError(
                    "Open a bucket first: most of what a server can do is asked of one.",
                    place=location,
                    verb=verb,
                )
            found = self._first_object(location, cancel)
            for operation in _ASKED_OF_BUCKETS:
                cancel.check()
                self._ask(operation, location, cancel, Bucket=location.container)
            if found:
                named = {"Bucket": location.container, "Key": found}
                self._ask("head_object", location, cancel, ChecksumMode="ENABLED", **named)
                if self._calls.manners.subresources:
                    self._ask("get_object_tagging", location, cancel, **named)
                    self._ask("get_object_acl", location, cancel, **named)
            return self.known(location)

    def _first_object(self, location: Location, cancel: CancelToken) -> str:
        """The key of some object there, for questions about one; empty if there is none."""
        prefix = location.as_directory().inner_key if location.inner_key else ""
        try:
            page = key_page(self._calls, location, "list", cancel=cancel, Prefix=prefix, MaxKeys=10)
        except (Denied, Unsupported, NotFound):
            return ""
        return next((row.key for row in page.rows if not row.key.endswith("/")), "")

    def _ask(
        self, operation: str, location: Location, cancel: CancelToken, **parameters: Any
    ) -> None:
        """Whatever the answer is, `Manners` learns from it; only where nobody answers this raises."""
        try:
            self._calls.send(operation, location, "look at", cancel=cancel, **parameters)
        except (Offline, NeedsLogin):
            raise
        except StorageError as error:
            if error.code == "NoSuchBucket":
                raise

    # -- a trial -----------------------------------------------------------------------------------

    def trial_names(self, location: Location) -> Sequence[Location]:
        """As the protocol."""
        word = f".tfm-trial-{secrets.token_hex(6)}"
        here = location.as_directory() if location.inner_key else location
        return tuple(here.child(f"{word}-{number}") for number in (1, 2))

    def try_writing(
        self, location: Location, names: Sequence[Location], cancel: CancelToken
    ) -> Tried:
        """As the protocol."""
        verb = "try writing in"
        with guarded(location, verb):
            for place in names:
                check_place(place, verb)
            left = Trial(self._calls, names[0], names[1], cancel).run()
            told = ", ".join(safe_text(str(place)) for place in left)
            return Tried(around(*names), told)


def _can(value: bool) -> Can:
    return Can.YES if value else Can.NO


def _agree(told: Can, seen: Can) -> bool:
    """What works, though in another way, was seen to work."""
    return told is seen or (told is Can.DIFFERS and seen is Can.YES)


def _meaning(row: _Row, can: Can, what: str) -> str:
    if can is Can.YES:
        return row.yes
    if can is Can.DIFFERS:
        return what
    if can is Can.DENIED:
        return "this login may not ask"
    return row.no
