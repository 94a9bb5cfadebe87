"""A strict, observing, fault-making S3 endpoint in front of a real one.

    with Proxy(server) as proxy:                      # or the fixture `proxy_for(server)`
        ... use proxy.endpoint_url with the server's keys (path style) ...
        proxy.expect({"ListObjectsV2": 1})            # exactly these requests, else AssertionError
        proxy.rule("PutObject", FlipRequest(7), key="*.bin", nth=1)   # tests/fakes/proxy_rules.py
        proxy.wait_for("UploadPart", 2)               # a request counts as soon as its head arrived
        assert proxy.open_uploads() == []

It refuses what AWS refuses and the servers let pass: bodies that do not fit Content-MD5 or
x-amz-checksum-crc32/sha1/sha256 (BadDigest), keys over 1,024 bytes, over 1,000 keys in DeleteObjects, parts
under 5 MiB, failed conditions of CopyObject. A request body is spooled (1 MiB in memory, the rest on disk)
before the server sees any of it, for a server may store what was cut short; answers are streamed.
"""

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from tests.fakes.proxy_log import Log
from tests.fakes.proxy_rules import Action, Hold, Rule, of_kind
from tests.fakes.proxy_s3 import Meaning
from tests.fakes.proxy_truth import Upload, Uploads
from tests.fakes.proxy_wire import Listener
from tests.servers.server import Server


class Proxy(Log):
    """A running proxy; see the module. `rule` adds faults, `Log` tells what was asked.

    Without `checks` it refuses nothing by itself: then the server is as it is, and whoever sends must find
    out alone what became of the bytes.
    """

    def __init__(self, server: Server, *, checks: bool = True) -> None:
        super().__init__()
        self.server = server
        self.checks = checks
        upstream = urlsplit(server.endpoint_url)
        self.upstream = (upstream.hostname or "127.0.0.1", upstream.port or 80)
        self.uploads = Uploads()
        self.errors: list[BaseException] = []
        self._rules: list[Rule] = []
        self._listener = Listener(self)
        self.endpoint_url = f"http://127.0.0.1:{self._listener.server_address[1]}"
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(0.05,), name="proxy", daemon=True
        )
        self._thread.start()

    def client(self) -> Any:
        """A plain boto3 client that goes through the proxy."""
        return self.server.client(self.endpoint_url)

    def environment(self) -> dict[str, str]:
        """Variables that let a program under test go through the proxy."""
        return self.server.environment() | {"AWS_ENDPOINT_URL": self.endpoint_url}

    def rule(
        self,
        op: str,
        *actions: Action,
        key: str = "*",
        bucket: str = "*",
        nth: int | None = None,
        times: int | None = None,
        page: Literal[1, 2] | None = None,
    ) -> Rule:
        """Do `actions` to matching requests (globs; `nth` from 1; `page=2`: any listing page but the first)."""
        rule = Rule(op, actions, key, bucket, nth, times, page)
        with self._changed:
            self._rules.append(rule)
        return rule

    def clear_rules(self) -> None:
        """Forget all rules and let held requests go."""
        with self._changed:
            rules, self._rules = self._rules, []
        for rule in rules:
            for hold in of_kind(rule.actions, Hold):
                hold.release()

    def actions(self, meaning: Meaning, headers: Mapping[str, str]) -> tuple[Action, ...]:
        """What is to be done to this request; counts it in the rules."""
        with self._changed:
            rules = [rule for rule in self._rules if rule.applies(meaning, headers)]
        return tuple(action for rule in rules for action in rule.actions)

    def open_uploads(self) -> list[Upload]:
        """Multipart uploads begun through the proxy and neither completed nor aborted."""
        return self.uploads.list()

    def close(self) -> None:
        """Stop, drop every connection, wait for the threads; AssertionError if the proxy itself failed."""
        self.clear_rules()
        self._listener.shutdown()
        self._thread.join()
        self._listener.drop_connections()
        self._listener.server_close()
        assert not self.errors, f"the proxy itself failed: {self.errors!r}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
