"""What every test gets: a machine of its own (home, environment, network) and, on request, S3 servers.

Always on: HOME and XDG_* in a temporary directory, no AWS_* of the user, no proxies, UTC, UTF-8, nothing
beyond loopback (tests/house/network_guard.py), no secret in what it makes (tests/house/planted.py); a skip needs a listed reason (tests/house/skip_policy.py).

On request (session-wide, one per xdist worker, started at first use):
  moto_server, ministack_server, rclone_server: Server     tests/servers/server.py
  s3_server: Server            each of the three in turn; `@pytest.mark.parametrize("s3_server", ["moto"],
                               indirect=True)` picks some
  new_bucket(server) -> str    a fresh bucket, emptied and removed after the test
  bucket: str                  a fresh bucket on s3_server
  cloud: Cloud                 a server that gives out credentials; AWS_CONFIG_FILE has its profiles
  proxy_for(server) -> Proxy   a checking, counting, fault-making proxy; closed after the test
"""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.fakes.cloud import PROFILES, Cloud, running
from tests.fakes.proxy import Proxy
from tests.house import network_guard, planted
from tests.house.skip_policy import SkipPolicy
from tests.servers.kinds import MINISTACK, MOTO, RCLONE
from tests.servers.server import Server, ServerFailed, start

ALLOWED_SKIPS: Final = Path(__file__).with_name("allowed-skips.txt")

XDG: Final = {
    "XDG_CONFIG_HOME": ".config",
    "XDG_CACHE_HOME": ".cache",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "XDG_RUNTIME_DIR": "run",
}
FOREIGN: Final = ("AWS_", "TFM_", "BOTO_", "RCLONE_")
KEPT: Final = ("TFM_MINISTACK_PYTHON",)


def pytest_configure(config: pytest.Config) -> None:
    """Close the network, look for secrets and watch the skips."""
    network_guard.install()
    planted.install()
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            # Started by nohup, or behind a shell. Programs under test shall hear it all the same: what is
            # ignored they inherit, a handler they do not.
            signal.signal(number, lambda *_: None)
    config.pluginmanager.register(SkipPolicy(ALLOWED_SKIPS), "skip-policy")


def isolate(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Take everything of the user's out of the environment; `home` becomes the home directory."""
    for name in list(os.environ):
        foreign = name.startswith(FOREIGN) and name not in KEPT
        if foreign or name.lower().endswith("_proxy") or name.startswith("LC_"):
            monkeypatch.delenv(name)
    for name in (
        "COLORTERM",
        "NO_COLOR",
        "FORCE_COLOR",
        "EDITOR",
        "VISUAL",
        "PAGER",
        "TMUX",
        "SSH_TTY",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    for name, place in XDG.items():
        monkeypatch.setenv(name, str(home / place))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / "no-aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "no-aws-credentials"))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture(autouse=True)
def home(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The home directory of this test: empty, and its own. Fails the test if it tried the network."""
    directory = tmp_path_factory.mktemp("home")
    isolate(monkeypatch, directory)
    network_guard.attempts()
    planted.watch_removals(directory)
    yield directory
    planted.look_below(directory)
    seen = planted.found()
    assert not seen, f"a secret was seen in {seen}"
    refused = network_guard.attempts()
    assert not refused, f"this test tried to leave the machine: {refused}"


@pytest.fixture(scope="session")
def moto_server() -> Iterator[Server]:
    """The server `tfm --demo` embeds."""
    with start(MOTO) as server:
        yield server


@pytest.fixture(scope="session")
def ministack_server() -> Iterator[Server]:
    """The AWS-like server."""
    try:
        with start(MINISTACK) as server:
            yield server
    except ServerFailed as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def rclone_server() -> Iterator[Server]:
    """The crude server."""
    with start(RCLONE) as server:
        yield server


@pytest.fixture(scope="session", params=["moto", "ministack", "rclone"])
def s3_server(request: pytest.FixtureRequest) -> Server:
    """Each server in turn."""
    server = request.getfixturevalue(f"{request.param}_server")
    assert isinstance(server, Server)
    return server


@pytest.fixture
def new_bucket() -> Iterator[Callable[[Server], str]]:
    """Make fresh buckets; they are removed after the test."""
    made: list[tuple[Server, str]] = []

    def make(server: Server) -> str:
        name = server.new_bucket()
        made.append((server, name))
        return name

    yield make
    for server, name in made:
        server.discard(name)


@pytest.fixture
def bucket(s3_server: Server, new_bucket: Callable[[Server], str]) -> str:
    """A fresh bucket on `s3_server`."""
    return new_bucket(s3_server)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cloud]:
    """A server that gives out credentials, and the profiles that lead to it."""
    config = tmp_path / "config"
    config.write_text(PROFILES)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with running() as state:
        monkeypatch.setenv("AWS_ENDPOINT_URL", state.url)
        yield state


@pytest.fixture
def proxy_for() -> Iterator[Callable[[Server], Proxy]]:
    """Put a proxy before a server."""
    with contextlib.ExitStack() as stack:
        yield lambda server: stack.enter_context(Proxy(server))
