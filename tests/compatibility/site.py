"""One server as a check sees it: tfm's own engine on the one side, a plain client on the other."""

from __future__ import annotations

import contextlib
import enum
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.servers.server import Server
from tfm.model.entry import Entry
from tfm.model.errors import Cancelled, StorageError, Unexpected
from tfm.model.location import S3, Location, local
from tfm.ops.context import OpContext, Outcome, Report
from tfm.ops.plan import Picked, pick
from tfm.ops.tree import copy
from tfm.storage.facets import Facets
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs

MIB = 1024 * 1024
_WHERE = re.compile(r"^Cannot [^:]*s3://\S+: | (of|for) s3://[^\s:]+(?=[:.])")
"""Places in messages, which are others in each run."""
OWN_KEY = "TFM_COMPATIBILITY_KEY"
"""The environment variable with the key of a customer, for SSE-C."""


class Found(enum.Enum):
    """What a check found."""

    YES = "yes"
    DIFFERS = "differs"
    NO = "no"
    FAILS = "fails"


class Finding(NamedTuple):
    """The state, and in words what differs, why not, or what is wrong with tfm."""

    state: Found
    what: str = ""


class Differs(Exception):
    """The feature works, but in another way; the text says in which."""


class Lacks(Exception):
    """The server has not got it, as a plain client found; the text says how that shows."""


Check = Callable[["Site"], None]


@dataclass
class Site:
    """A running server, a bucket on it, and tfm.

    Checks get keys below a directory of their own, so that none meets another's. `bucket` keeps no versions.
    """

    server: Server
    bucket: str
    directory: Path
    kms_key: str = ""
    _count: int = 0
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def client(self) -> Any:
        """A plain boto3 client: the truth beside what tfm says."""
        return self.server.client()

    def tfm(self, **options: object) -> OpContext:
        """An engine of its own: what one check teaches it must not help another."""
        given = {
            "endpoint_url": self.server.endpoint_url,
            "region": self.server.region,
            "retry_delay": 0.05,
            "max_retries": 2,
            "outage_wait": 0.0,
            **options,
        }
        vfs = Vfs({"s3": given})
        self._stack.callback(vfs.close)
        return OpContext(vfs)

    def storage(self, ctx: OpContext) -> S3Storage:
        """The backend of an engine."""
        ctx.vfs.features(self.top)
        (found,) = (one for one in ctx.vfs.opened() if isinstance(one, S3Storage))
        return found

    def facets(self, ctx: OpContext) -> Facets:
        """Its abilities."""
        return ctx.vfs.facets(self.top)

    @property
    def top(self) -> Location:
        """The bucket."""
        return Location(S3, f"{self.bucket}/")

    def fresh(self) -> Location:
        """An empty directory for one check."""
        self._count += 1
        return Location(S3, f"{self.bucket}/check-{self._count:02}/")

    def new_bucket(self) -> str:
        """Another bucket, made by the plain client; it goes with the site."""
        name = self.server.new_bucket("matrix")
        self._stack.callback(self.server.discard, name)
        return name

    def new_name(self) -> str:
        """A name that no bucket has."""
        self._count += 1
        return f"{self.bucket}-{self._count}"

    def buckets(self) -> list[str]:
        """Their names, without tfm."""
        return [row["Name"] for row in self.client.list_buckets()["Buckets"]]

    def empty(self, bucket: str) -> None:
        """Remove all that is in it, versions and markers too, without tfm."""
        try:
            told = self.client.list_object_versions(Bucket=bucket)
            for row in [*told.get("Versions", ()), *told.get("DeleteMarkers", ())]:
                more = {"VersionId": row["VersionId"]} if row.get("VersionId") else {}
                self.client.delete_object(Bucket=bucket, Key=row["Key"], **more)
        except self.client.exceptions.ClientError:
            for key in self.server.keys(bucket):
                self.client.delete_object(Bucket=bucket, Key=key)

    def abort(self, place: Location, upload: str) -> None:
        """End an upload without tfm, if it is still there."""
        with contextlib.suppress(self.client.exceptions.ClientError):
            self.client.abort_multipart_upload(
                Bucket=place.container, Key=place.inner_key, UploadId=upload
            )

    def bucket_with_versions(self) -> str:
        """Another bucket, which keeps versions. Raises Lacks where there are none."""
        name = self.server.new_bucket("versions")
        self._stack.callback(self.server.discard, name)
        try:
            self.client.put_bucket_versioning(
                Bucket=name, VersioningConfiguration={"Status": "Enabled"}
            )
        except Exception as error:
            raise Lacks(f"versioning cannot be switched on: {_code(error)}") from error
        return name

    # -- the plain client --------------------------------------------------------------------------

    def put(self, place: Location, data: bytes = b"data", **more: Any) -> dict[str, Any]:
        """Store an object without tfm."""
        answer: dict[str, Any] = self.client.put_object(
            Bucket=place.container, Key=place.inner_key, Body=data, **more
        )
        return answer

    def read(self, place: Location, **more: Any) -> bytes:
        """The bytes of an object, without tfm."""
        body: bytes = self.client.get_object(Bucket=place.container, Key=place.inner_key, **more)[
            "Body"
        ].read()
        return body

    def head(self, place: Location, **more: Any) -> dict[str, Any]:
        """The headers of an object, without tfm."""
        answer: dict[str, Any] = self.client.head_object(
            Bucket=place.container, Key=place.inner_key, **more
        )
        return answer

    def keys(self, place: Location) -> list[str]:
        """What lies beneath, without tfm."""
        prefix = place.inner_key
        return [key.removeprefix(prefix) for key in self.server.keys(place.container, prefix)]

    # -- tfm ---------------------------------------------------------------------------------------

    def file(self, data: bytes) -> Location:
        """A local file with these bytes."""
        self._count += 1
        path = self.directory / f"file-{self._count}"
        path.write_bytes(data)
        return local(path)

    def entry(self, ctx: OpContext, place: Location) -> Entry:
        """As tfm sees it, asked afresh."""
        return ctx.vfs.stat(place, fresh=True)

    def picked(self, ctx: OpContext, place: Location) -> list[Picked]:
        """What an operation is given."""
        return list(pick(ctx, [place]))

    def carry(self, ctx: OpContext, source: Location, target: Location) -> Report:
        """A copy by tfm, from anywhere to anywhere; raises what kept it from being done."""
        return done(copy(ctx, pick(ctx, [source]), target, into=False))

    def close(self) -> None:
        """Close engines, remove buckets."""
        self._stack.close()


def done(report: Report) -> Report:
    """The report, if everything in it was done. Raises what kept the first item from it."""
    for item in report.items:
        if item.outcome is not Outcome.DONE:
            raise item.error or StorageError(item.reason or item.outcome.value)
    return report


def notes_of(report: Report) -> str:
    """What the report says beside "done"."""
    return " ".join(dict.fromkeys(item.note for item in report.items if item.note))


@contextlib.contextmanager
def opened(server: Server, *, kms_key: str = "") -> Iterator[Site]:
    """A site on a server: with its keys in the environment, and a bucket that goes again."""
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in server.environment().items():
            patch.setenv(name, value)
        patch.delenv(
            "AWS_SESSION_TOKEN", raising=False
        )  # some refuse links with one that they do not know
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv(OWN_KEY, "00" * 32)
        made = stack.enter_context(tempfile.TemporaryDirectory(prefix="tfm-compatibility-"))
        bucket = server.new_bucket("matrix")
        stack.callback(server.discard, bucket)
        site = Site(server, bucket, Path(made), kms_key)
        stack.callback(site.close)
        yield site


def finding(check: Check, site: Site) -> Finding:
    """Run one check. What tfm refuses with a reason is an answer; everything else is a fault of ours."""
    try:
        check(site)
    except Differs as error:
        return Finding(Found.DIFFERS, str(error))
    except Lacks as error:
        return Finding(Found.NO, str(error))
    except (Unexpected, Cancelled, AssertionError) as error:
        return Finding(Found.FAILS, f"{type(error).__name__}: {_line(error)}")
    except StorageError as error:
        return Finding(Found.NO, _reason(error))
    except Exception as error:  # noqa: BLE001 - that is what the matrix looks for
        return Finding(Found.FAILS, f"{type(error).__name__}: {_line(error)}")
    return Finding(Found.YES)


def _reason(error: StorageError) -> str:
    text = _WHERE.sub("", error.reason or error.message)
    return f"{text} ({error.code})" if error.code else text


def _line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0][:200] if lines else ""


def _code(error: BaseException) -> str:
    answer = getattr(error, "response", None) or {}
    return str(answer.get("Error", {}).get("Code") or type(error).__name__)


def lacks(error: BaseException, what: str) -> Lacks:
    """For a fault of the plain client: the server itself has not got it."""
    return Lacks(f"{what}: {_code(error)}")
