"""An S3 storage behind the checking, counting, fault-making proxy, on the AWS-like server."""

from collections.abc import Callable, Iterator
from typing import Final

import pytest

from tests.fakes.proxy import Proxy
from tests.servers.server import Server
from tfm.model.location import S3, Location
from tfm.storage.facets import Transfer
from tfm.storage.s3.storage import S3Storage

MIB = 1024 * 1024


@pytest.fixture
def proxy(ministack_server: Server, proxy_for: Callable[[Server], Proxy]) -> Proxy:
    return proxy_for(ministack_server)


@pytest.fixture
def box(ministack_server: Server, new_bucket: Callable[[Server], str]) -> str:
    return new_bucket(ministack_server)


HASTY: Final[dict[str, object]] = {
    "max_retries": 4,
    "retry_delay": 0.01,
    "outage_wait": 0.0,
    "read_timeout": 5.0,
    "bulk_read_timeout": 10.0,
}
"""Options of a storage that gives up soon."""


@pytest.fixture
def options() -> dict[str, object]:
    """What `storage` is opened with; a module may have its own."""
    return HASTY


@pytest.fixture
def storage(
    proxy: Proxy, options: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> Iterator[S3Storage]:
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    opened = S3Storage(S3, options)
    yield opened
    opened.close()


@pytest.fixture
def at(box: str) -> Callable[[str], Location]:
    """The place of a key in the bucket of this test."""
    return lambda key: Location(S3, f"{box}/{key}")


@pytest.fixture
def transfer(storage: S3Storage) -> Transfer:
    found = storage.facets.transfer
    assert found is not None
    return found
