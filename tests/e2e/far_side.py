"""What really is in a bucket, asked with plain boto3 past the program and past every proxy."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

from tests.e2e.odd_names import Held
from tests.servers.server import Server

_THREADS = 8
NO_TIME = -1


def put_all(server: Server, bucket: str, objects: Mapping[str, bytes]) -> None:
    """Make these objects."""
    client = server.client()
    with ThreadPoolExecutor(_THREADS) as pool:
        for _done in pool.map(
            lambda row: client.put_object(Bucket=bucket, Key=row[0], Body=row[1]), objects.items()
        ):
            pass


def held(server: Server, bucket: str, prefix: str = "") -> tuple[dict[str, Held], set[str]]:
    """Objects beneath the prefix, with the time stored for them, and the names of markers."""
    keys = server.keys(bucket, prefix)
    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(lambda key: _object(server, bucket, key), keys))
    files = {
        key[len(prefix) :]: one
        for key, one in zip(keys, found, strict=True)
        if not key.endswith("/")
    }
    return files, {key[len(prefix) : -1] for key in keys if key.endswith("/")}


def _object(server: Server, bucket: str, key: str) -> Held:
    answer = server.client().get_object(Bucket=bucket, Key=key)
    with answer["Body"] as body:
        data = body.read()
    stored = {name.lower(): value for name, value in answer["Metadata"].items()}.get("mtime")
    return Held(data, NO_TIME if stored is None else int(Decimal(stored) * 10**9))


def body(server: Server, bucket: str, key: str) -> bytes | None:
    """What an object holds, None if there is none."""
    try:
        answer = server.client().get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise
    with answer["Body"] as stream:
        data: bytes = stream.read()
    return data


def metadata(server: Server, bucket: str, key: str) -> dict[str, Any]:
    """The HEAD of an object."""
    answer: dict[str, Any] = server.client().head_object(Bucket=bucket, Key=key)
    return answer
