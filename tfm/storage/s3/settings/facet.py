"""The `Settings` facet: reads and writes what the table lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import NOTHING, Change, around, beneath
from tfm.model.difference import changes, difference
from tfm.model.errors import Corrupt, Denied, InvalidName, StorageError, TooLate, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.bucket_facets import NEW_PART, Field, Setting, SettingValue
from tfm.storage.guard import guarded
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.keys import check_place
from tfm.storage.s3.manners import UNKNOWN_REQUEST
from tfm.storage.s3.rights import right_for
from tfm.storage.s3.settings import dangers, schema
from tfm.storage.s3.settings.documents import (
    Document,
    Fault,
    agrees,
    as_text,
    document_of,
    same,
    text_of,
)
from tfm.storage.s3.settings.examples import EXAMPLES
from tfm.storage.s3.settings.forms import FORMS, fault_in_own_tags
from tfm.storage.s3.settings.notifications import (
    target_fields,
    targets,
    with_target,
    without_target,
)
from tfm.storage.s3.settings.table import ROWS, Row, operation_name

_NO_SETTINGS = "this server has no settings of buckets"
_SHOWN_LINES = 6


class BucketSettings:
    """As the protocol."""

    settings: Sequence[Setting] = tuple(
        Setting(
            row.name,
            row.title,
            row.group,
            row.fixed,
            removable=bool(row.delete) or row.empty is not None,
            form=row.form,
            part=row.part,
            example=text_of(EXAMPLES.get(row.name, {})),
        )
        for row in ROWS.values()
    )

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._tell: tuple[Callable[[Location], None], ...] = ()
        self._model: Any = None
        calls.on_new_client(self._listen)

    def on_change(self, *tell: Callable[[Location], None]) -> None:
        """Tell these of each container of which a setting was written."""
        self._tell = tell

    def _listen(self, client: Any) -> None:
        self._model = client.meta.service_model

    # -- asking ------------------------------------------------------------------------------------

    def why_none(self, location: Location) -> str:
        """As the protocol."""
        begins = self._calls.begins
        if begins is not None and begins != _bucket(location):
            return "this connection begins inside the bucket"
        return "" if self._calls.manners.subresources else _NO_SETTINGS

    def read(self, location: Location, name: str, cancel: CancelToken = NEVER) -> SettingValue:
        """As the protocol; one request more at the first look at a server that is not Amazon's."""
        row = ROWS[name]
        verb = f"read {_called(row)} of"
        with guarded(location, verb):
            document = self._ask(row, _bucket(location), verb, cancel)
            return SettingValue(text_of(document), _words(row, document))

    def _ask(
        self, row: Row, bucket: Location, verb: str, cancel: CancelToken, *, bulk: bool = False
    ) -> Document:
        check_place(bucket, verb)
        self._check_server(bucket, verb)
        try:
            answer = self._pages(row, bucket, verb, cancel, bulk=bulk)
        except StorageError as error:
            if _says_unset(error.code):
                return {}
            raise _told_better(error, row.get, bucket, verb) from error
        return row.document(answer)

    def _pages(
        self, row: Row, bucket: Location, verb: str, cancel: CancelToken, *, bulk: bool
    ) -> Mapping[str, Any]:
        """The answer; of lists, the members of all that follow it."""
        sent: dict[str, Any] = {"Bucket": bucket.container}
        found: dict[str, list[Any]] = {name: [] for name in row.members}
        while True:
            answer = self._calls.send(row.get, bucket, verb, bulk=bulk, cancel=cancel, **sent)
            if not row.pages:
                return answer
            for name, rows in found.items():
                rows += answer.get(name) or []
            if not answer.get("IsTruncated"):
                return found
            token = answer.get("NextContinuationToken")
            if not token or token == sent.get("ContinuationToken"):
                raise _cut(bucket, verb)
            sent["ContinuationToken"] = token

    def _check_server(self, bucket: Location, verb: str) -> None:
        """Some servers take what is sent to a setting for the bucket itself."""
        if not self._calls.on_aws_for(bucket) and not self._calls.manners.met:
            self._calls.send("head_bucket", bucket, verb, Bucket=bucket.container)
        if why := self.why_none(bucket):
            raise Unsupported(
                f"Cannot {verb} {safe_text(str(bucket))}: {why}.", place=bucket, verb=verb
            )

    # -- judging -----------------------------------------------------------------------------------

    def fault_in(self, name: str, text: str) -> str:
        """As the protocol."""
        row = ROWS[name]
        if row.fixed:
            return f"{row.title}: {row.fixed}."
        try:
            document = document_of(text)
        except Fault as error:
            return str(error)
        if not document and not self._removable(row):
            return f"{row.title} cannot be taken away."
        if not document:
            return ""
        if self._model is None:
            self._calls.clients.get("", bulk=False)
        return schema.too_large(row, document) or schema.fault_in(row, document, self._model)

    @staticmethod
    def _removable(row: Row) -> bool:
        return bool(row.delete) or row.empty is not None

    def warnings(self, name: str, before: str, after: str) -> tuple[str, ...]:
        """As the protocol."""
        return dangers.warnings(name, document_of(before), document_of(after))

    # -- writing -----------------------------------------------------------------------------------

    def write(
        self,
        location: Location,
        name: str,
        text: str,
        expected: str,
        cancel: CancelToken = NEVER,
    ) -> Change:
        """As the protocol: a look, the write, and a look again."""
        row, bucket = ROWS[name], _bucket(location)
        verb = f"{'set' if text.strip() else 'remove'} {_called(row)} of"
        with guarded(location, verb):
            if fault := self.fault_in(name, text):
                raise InvalidName(
                    f"Cannot {verb} {safe_text(str(bucket))}: {fault}", place=bucket, verb=verb
                )
            wanted = row.tidy(document_of(text))
            before = self._ask(row, bucket, verb, cancel, bulk=True)
            _check_expected(bucket, verb, row.tidy(document_of(expected)), before)
            if same(before, wanted) or self._fell_back(row, wanted, before):
                return NOTHING
            _check_codes(row, bucket, verb, before, wanted)
            _check_own_tags(row, bucket, verb, before, wanted)
            cancel.check()
            operation = row.delete if row.delete and not wanted else row.put
            try:
                self._send(row, operation, bucket, verb, wanted)
            except StorageError as error:
                raise _told_better(error, operation, bucket, verb) from error
            finally:
                for tell in self._tell:
                    tell(bucket)
            self._look_again(row, bucket, verb, before, wanted)
            return beneath(bucket) if row.of_objects else around(bucket)

    def _look_again(
        self, row: Row, bucket: Location, verb: str, before: Document, wanted: Document
    ) -> None:
        """Nothing is done that does not show. It may show what was there before for a while."""
        pause = self._calls.options.retry_delay
        for last in (False, False, False, True):
            found = self._ask(row, bucket, verb, NEVER, bulk=True)
            if agrees(wanted, found) or self._is_plain(row, wanted, found):
                return
            if self._fell_back(row, wanted, found):
                return
            if not same(found, before):
                _raise_other(bucket, verb, wanted, found)
            if not last:
                NEVER.wait(pause)
                pause *= 2
        raise StorageError(
            f"The server took it, but still shows the old {_called(row).removeprefix('the ')} of "
            f"{safe_text(str(bucket))}.",
            place=bucket,
            verb=verb,
            hint="That may last some minutes: look again before you count on it.",
        )

    def _send(
        self, row: Row, operation: str, bucket: Location, verb: str, wanted: Document
    ) -> None:
        """Once it began it is not cancelled: what came of it is looked at in any case."""
        sent: dict[str, Any] = {"Bucket": bucket.container}
        if operation == row.delete:
            pass
        elif row.is_text:
            sent[row.parameter] = as_text(wanted)
        else:
            inner = {key: value for key, value in wanted.items() if key not in row.beside}
            sent[row.parameter] = inner or dict(row.empty or {})
            sent |= {key: wanted[key] for key in row.beside if key in wanted}
            if row.name == "versioning":
                sent[row.parameter].pop("MFADelete", None)  # as it was; naming it takes a code
        self._calls.send(operation, bucket, verb, bulk=True, **sent)

    @staticmethod
    def _is_plain(row: Row, wanted: Document, found: Document) -> bool:
        """What means nothing is not kept by every server."""
        return bool(row.plain) and wanted in ({}, row.plain) and not found

    @staticmethod
    def _fell_back(row: Row, wanted: Document, found: Document) -> bool:
        return not wanted and row.falls_back is not None and agrees(row.falls_back, found)

    # -- forms -------------------------------------------------------------------------------------

    def form(self, name: str, text: str, part: int | None = None) -> Sequence[Field]:
        """As the protocol."""
        document = document_of(text)
        return FORMS[name].fields(document) if part is None else target_fields(document, part)

    def filled(
        self, name: str, text: str, values: Mapping[str, str], part: int | None = None
    ) -> str:
        """As the protocol."""
        document = document_of(text)
        if part is None:
            return text_of(FORMS[name].make(document, values))
        return text_of(with_target(document, part, values))

    def parts(self, name: str, text: str) -> Sequence[str]:
        """As the protocol."""
        return [target.words for target in targets(document_of(text))] if ROWS[name].part else ()

    def without(self, name: str, text: str, part: int) -> str:
        """As the protocol."""
        document = document_of(text)
        assert ROWS[name].part
        assert part != NEW_PART
        return text_of(without_target(document, targets(document)[part]))


def _bucket(location: Location) -> Location:
    return Location(location.root, f"{location.container}/")


def _called(row: Row) -> str:
    return f"the {row.noun or f'{row.title[0].lower()}{row.title[1:]}'}"


def _words(row: Row, document: Document) -> tuple[str, ...]:
    return tuple(row.words(document)) if document else (row.unset,)


def _says_unset(code: str) -> bool:
    """`NoSuchLifecycleConfiguration`, `OwnershipControlsNotFoundError`; each setting has its own."""
    if code in ("NoSuchBucket", "NoSuchKey", "NoSuchUpload", "NoSuchVersion"):
        return False
    return code.startswith("NoSuch") or code.endswith(("NotFound", "NotFoundError"))


def _unsupported(bucket: Location, verb: str) -> Unsupported:
    return Unsupported(
        f"Cannot {verb} {safe_text(str(bucket))}: this server has no such setting.",
        place=bucket,
        verb=verb,
        reason="this server has no such setting.",
    )


def _cut(bucket: Location, verb: str) -> StorageError:
    return StorageError(
        f"Cannot {verb} {safe_text(str(bucket))}: more follows, but the server does not say where.",
        place=bucket,
        verb=verb,
    )


def _told_better(error: StorageError, operation: str, bucket: Location, verb: str) -> StorageError:
    """A missing right is named; what the server does not know is said in the same words everywhere.

    Whoever would pay for requests does not come in here either: this is for the owner of the bucket.
    """
    if error.code in UNKNOWN_REQUEST:
        return _unsupported(bucket, verb)
    if isinstance(error, Denied) and error.code in ("AccessDenied", "403"):
        right, _resource = right_for(operation_name(operation), bucket)
        return Denied(
            error.message,
            place=bucket,
            verb=verb,
            hint=f"Ask for {right} on the bucket.",
            code=error.code,
            request_id=error.request_id,
            reason=error.reason,
        )
    return error


def _check_expected(bucket: Location, verb: str, expected: Document, now: Document) -> None:
    if same(expected, now):
        return
    lines = difference(text_of(expected), text_of(now))
    raise TooLate(
        f"Cannot {verb} {safe_text(str(bucket))}: somebody changed it meanwhile: "
        f"{safe_text(changes(lines, _SHOWN_LINES))}.",
        place=bucket,
        verb=verb,
        hint="Nothing was written. Look at it again.",
    )


def _check_codes(row: Row, bucket: Location, verb: str, before: Document, wanted: Document) -> None:
    """What takes the code of a device goes another way."""
    if row.name != "versioning":
        return
    was, to_be = (part.get("MFADelete") or "Disabled" for part in (before, wanted))
    if was == to_be != "Enabled":
        return
    raise Unsupported(
        f"Cannot {verb} {safe_text(str(bucket))}: MFA delete takes a code of the root user's device.",
        place=bucket,
        verb=verb,
        hint="Use: aws s3api put-bucket-versioning --mfa.",
    )


def _check_own_tags(
    row: Row, bucket: Location, verb: str, before: Document, wanted: Document
) -> None:
    """What CloudFormation and others mark a bucket with goes along with each write, or it is refused."""
    if row.name == "tags" and (fault := fault_in_own_tags(before, wanted)):
        raise InvalidName(
            f"Cannot {verb} {safe_text(str(bucket))}: {fault}", place=bucket, verb=verb
        )


def _raise_other(bucket: Location, verb: str, wanted: Document, found: Document) -> None:
    lines = difference(text_of(wanted), text_of(found))
    raise Corrupt(
        f"The server took it, but does not keep what was sent for {safe_text(str(bucket))}: "
        f"{safe_text(changes(lines, _SHOWN_LINES))}.",
        place=bucket,
        verb=verb,
        hint="Look at it again.",
    )
