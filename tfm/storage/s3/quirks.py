"""Makes of server that speak S3: how each is recognised, and what it does otherwise than Amazon's.

The one place for such facts, each with its source: the address of a page, or "measured with" what. A fact that
is not here is not assumed; it is asked of the server, or shows in its answers. Who adds a server adds a row.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from tfm.storage.server_facets import Can

Headers = Mapping[str, str]
"""Of an answer, with names in lower case."""


class Told(NamedTuple):
    """One fact about a make of server; `what` says in which way it differs."""

    can: Can
    source: str
    what: str = ""


Facts = Mapping[str, Told]
"""By the name of the ability (`abilities.py`)."""


@dataclass(frozen=True, slots=True)
class Server:
    """A make of server, or a provider.

    `provider` is what `S3_CONNECTIONS` calls it, empty where there is no preset. `hosts` are ends of the
    names of its hosts. `shows` finds it out by the headers of an answer; never Amazon, whose headers others
    imitate. `encodes_silently` is true where keys of unfinished uploads come encoded, as asked, and no
    word is said of it.
    """

    name: str
    provider: str = ""
    hosts: tuple[str, ...] = ()
    shows: Callable[[Headers], bool] = lambda _headers: False
    facts: Facts = field(default_factory=dict)
    encodes_silently: bool = False


def _of(source: str, can: Can, *names: str) -> dict[str, Told]:
    return dict.fromkeys(names, Told(can, source))


def _differs(source: str, **names: str) -> dict[str, Told]:
    return {name: Told(Can.DIFFERS, source, what) for name, what in names.items()}


def _rows(*parts: Mapping[str, Told]) -> Facts:
    return MappingProxyType({name: told for part in parts for name, told in part.items()})


def _is_gofakes3(headers: Headers) -> bool:
    """gofakes3, of which `rclone serve s3` is made: its x-amz-id-2 is its request id four times over."""
    request_id, second = headers.get("x-amz-request-id", ""), headers.get("x-amz-id-2", "")
    return bool(request_id) and second == base64.b64encode(request_id.encode() * 4).decode()


_CEPH = re.compile(r"tx[0-9a-f]{21}-[0-9a-f]{10}-[0-9a-f]+-")
"""How Ceph RGW begins the id of each request: counter, time, instance, zone."""


def _says(*words: str) -> Callable[[Headers], bool]:
    """True where the Server header begins with one of these."""
    return lambda headers: headers.get("server", "").lower().startswith(words)


def _is_moto(headers: Headers) -> bool:
    return "x-amzn-requestid" in headers and _says("werkzeug")(headers)


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _is_ministack(headers: Headers) -> bool:
    """Ids of requests as two protocols of Amazon's have them, one of them a UUID, and no name."""
    uuid = _UUID.fullmatch(headers.get("x-amzn-requestid", ""))
    return bool(uuid) and "x-amz-request-id" in headers and "server" not in headers


_AWS = "https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html"
_MINIO = "https://docs.min.io/community/minio-object-store/reference/s3-api-compatibility.html"
_CEPH_PAGE = "https://docs.ceph.com/en/latest/radosgw/s3/"
_CEPH_EVENTS = "https://docs.ceph.com/en/latest/radosgw/s3-notification-compatibility/"
_CEPH_16 = "measured with Ceph RGW 16.2.15"
_SPACES = "https://docs.digitalocean.com/products/spaces/reference/s3-compatibility/"
_R2 = "https://developers.cloudflare.com/r2/api/s3/api/"
_WASABI = "https://docs.wasabi.com/docs/wasabi-api"
_B2 = "https://www.backblaze.com/docs/cloud-storage-s3-compatible-api"
_GARAGE = "https://garagehq.deuxfleurs.fr/documentation/reference-manual/s3-compatibility/"
_SEAWEED = "https://github.com/seaweedfs/seaweedfs/wiki/Amazon-S3-API"
_GCS = "https://cloud.google.com/storage/docs/interoperability"
_RCLONE_TABLE = "https://rclone.org/s3/"
_RCLONE = "measured with rclone 1.75.2"
_MOTO = "measured with moto 5.2.5"
_MINISTACK = "measured with MiniStack 1.5.33"

_YES, _NO = Can.YES, Can.NO

AWS: Final = Server(
    "Amazon S3",
    "aws",
    hosts=(".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".amazonaws.eu"),
    facts=_rows(
        _of(_AWS, _YES, "list_v2", "conditions", "copy_conditions", "delete_conditions"),
        _of(_AWS, _YES, "delete_many", "subresources", "parts", "part_copies", "uploads"),
        _of(_AWS, _YES, "markers", "checksums", "tags", "access", "classes", "restore"),
        _of(_AWS, _YES, "server_keys", "kms", "customer_keys", "versions", "lock"),
        _of(_AWS, _YES, "lifecycle", "cors", "policy", "public_access", "notifications"),
        _of(_AWS, _YES, "bucket_encryption", "requester_pays", "block_acls"),
        _differs(
            _AWS, etag_md5="not of objects in parts, nor of those encrypted with KMS or SSE-C"
        ),
    ),
)

SERVERS: Final[tuple[Server, ...]] = (
    AWS,
    Server(
        "Cloudflare R2",
        "r2",
        hosts=(".r2.cloudflarestorage.com",),
        facts=_rows(
            _of(_R2, _YES, "list_v2", "conditions", "delete_many", "parts", "part_copies"),
            _of(_R2, _YES, "uploads", "customer_keys", "lifecycle", "cors", "checksums"),
            _of(_R2, _NO, "tags", "access", "versions", "lock", "policy", "public_access"),
            _of(_R2, _NO, "notifications", "requester_pays", "kms", "restore"),
            _differs(_R2, classes="STANDARD and STANDARD_IA only"),
        ),
    ),
    Server(
        "Wasabi",
        "wasabi",
        hosts=(".wasabisys.com",),
        shows=_says("wasabis3"),
        facts=_rows(
            _of(_WASABI, _YES, "tags", "versions", "lock", "policy", "access"),
            _of(_WASABI, _NO, "classes", "restore"),
        ),
    ),
    Server(
        "DigitalOcean Spaces",
        "digitalocean",
        hosts=(".digitaloceanspaces.com",),
        facts=_rows(
            _of(_SPACES, _YES, "list_v2", "parts", "customer_keys", "versions", "policy"),
            _of(_SPACES, _NO, "bucket_encryption", "classes", "restore"),
            _differs(
                _SPACES,
                part_copies="not across regions or clusters",
                lifecycle="expiry by time and unfinished uploads only, not by tags",
            ),
            _of("its request ids are those of Ceph RGW", _NO, "copy_conditions"),
        ),
    ),
    Server(
        "Backblaze B2",
        "backblaze",
        hosts=(".backblazeb2.com",),
        facts=_rows(
            _of(_B2, _YES, "list_v2", "delete_many", "parts", "part_copies", "uploads"),
            _of(_B2, _YES, "customer_keys", "server_keys", "lock"),
            _of(_B2, _NO, "tags", "classes", "restore", "kms", "requester_pays"),
            _differs(
                _B2,
                access="an object has the list of its bucket: private or public-read",
                versions="always on",
            ),
        ),
    ),
    Server(
        "Google Cloud Storage",
        "gcs",
        hosts=("storage.googleapis.com",),
        shows=_says("uploadserver"),
        facts=_rows(
            _of(_RCLONE_TABLE, _NO, "part_copies", "lock"),
            _differs(
                _GCS,
                versions="generations, not versions: by Google's own requests only",
                lifecycle="rules of Google's own form",
                conditions="by generations: a header of Google's own",
                classes="those of Google",
            ),
        ),
    ),
    Server(
        "MinIO",
        "minio",
        shows=_says("minio"),
        facts=_rows(
            _of(_MINIO, _NO, "access", "public_access", "requester_pays", "restore"),
            _differs(
                _MINIO,
                uploads="listed for one exact key only: those of a whole bucket are not shown",
                classes="STANDARD and REDUCED_REDUNDANCY only",
            ),
        ),
    ),
    Server(
        "Ceph RGW",
        "ceph",
        shows=lambda headers: bool(_CEPH.match(headers.get("x-amz-request-id", ""))),
        facts=_rows(
            _of(_CEPH_PAGE, _YES, "parts", "tags", "access", "versions", "lifecycle", "policy"),
            _of(_CEPH_16, _YES, "list_v2", "conditions", "delete_many", "markers", "lock"),
            _of(_CEPH_16, _NO, "copy_conditions", "delete_conditions", "checksums", "restore"),
            _of(_CEPH_16, _NO, "bucket_encryption", "block_acls"),
            _differs(_CEPH_16, customer_keys="such objects cannot be copied by the server"),
            _differs(_CEPH_PAGE, classes="names of pools: nothing is archived"),
            _differs(_CEPH_EVENTS, notifications="to topics of Ceph, not to queues or functions"),
        ),
        encodes_silently=True,  # measured with 16.2.15
    ),
    Server(
        "Garage",
        "garage",
        facts=_rows(
            _of(_GARAGE, _YES, "list_v2", "delete_many", "parts", "part_copies", "uploads"),
            _of(_GARAGE, _YES, "cors", "customer_keys"),
            _of(_GARAGE, _NO, "tags", "access", "versions", "lock", "policy", "public_access"),
            _of(_GARAGE, _NO, "notifications", "requester_pays", "server_keys", "kms"),
            _of(_GARAGE, _NO, "restore", "classes", "bucket_encryption"),
            _differs(_GARAGE, lifecycle="expiry and unfinished uploads only"),
        ),
    ),
    Server(
        "SeaweedFS",
        "seaweedfs",
        shows=_says("seaweedfs"),
        facts=_rows(
            _of(_SEAWEED, _YES, "delete_many", "parts", "part_copies", "tags"),
            _of(_SEAWEED, _NO, "restore", "requester_pays"),
            _differs(_RCLONE_TABLE, etag_md5="not of objects in parts"),
        ),
    ),
    Server(
        "rclone serve s3",
        shows=_is_gofakes3,
        facts=_rows(
            _of(_RCLONE, _YES, "list_v2", "delete_many", "parts", "etag_md5"),
            _of(_RCLONE, _NO, "conditions", "copy_conditions", "delete_conditions"),
            _of(_RCLONE, _NO, "subresources", "tags", "access", "versions", "markers"),
            _of(_RCLONE, _NO, "checksums", "part_copies", "lock", "restore"),
        ),
    ),
    Server(
        "moto",
        shows=_is_moto,
        facts=_rows(
            _of(_MOTO, _YES, "list_v2", "conditions", "delete_many", "markers", "parts"),
            _of(_MOTO, _YES, "tags", "versions", "etag_md5"),
            _of(_MOTO, _NO, "copy_conditions", "requester_pays"),
            _differs(
                _MOTO,
                customer_keys="the key is not checked",
                restore="done at once",
                checksums="kept, but never compared",
            ),
        ),
    ),
    Server(
        "MiniStack",
        shows=_is_ministack,
        facts=_rows(
            _of(_MINISTACK, _YES, "list_v2", "conditions", "delete_many", "markers", "parts"),
            _of(_MINISTACK, _YES, "tags", "versions", "lock", "checksums", "etag_md5"),
            _of(_MINISTACK, _NO, "requester_pays"),
            # the proxy of our tests judges them, and stands for Amazon
            _differs(
                _MINISTACK,
                copy_conditions="those about the destination are ignored",
                restore="never completed",
            ),
        ),
    ),
)
"""In the order in which they are asked; an address tells more than an answer."""


def by_address(endpoint_url: str) -> Server | None:
    """Whose endpoint that is, by the name of its host."""
    host = (urlsplit(endpoint_url).hostname or "").lower()
    for server in SERVERS:
        if any(host.endswith(end) or host == end.removeprefix(".") for end in server.hosts):
            return server
    return None


def by_name(provider: str) -> Server | None:
    """What the configuration calls by that name; Amazon shows by its address alone."""
    known = (server for server in SERVERS if server is not AWS and server.provider == provider)
    return next(known, None) if provider else None


def by_answer(headers: Headers) -> Server | None:
    """Who shows himself by the headers of an answer."""
    return next((server for server in SERVERS if server.shows(headers)), None)
