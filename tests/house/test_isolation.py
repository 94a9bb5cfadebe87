import os
import socket
import urllib.request
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.house import network_guard
from tests.house.network_guard import NetworkUseError


def test_home_is_empty_and_temporary(home: Path, tmp_path: Path) -> None:
    assert Path.home() == home
    assert list(home.iterdir()) == []
    assert home.parent == tmp_path.parent
    assert os.environ["XDG_STATE_HOME"].startswith(str(home))


def test_nothing_of_the_user_reaches_a_test() -> None:
    allowed = {
        "AWS_EC2_METADATA_DISABLED",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
    }
    assert {name for name in os.environ if name.startswith("AWS_")} == allowed
    assert not [name for name in os.environ if name.lower().endswith("_proxy")]
    assert not Path(os.environ["AWS_CONFIG_FILE"]).exists()
    assert os.environ["TZ"] == "UTC"


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80), ("example.com", 80)])
def test_a_connection_beyond_loopback_is_refused(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as outward, pytest.raises(NetworkUseError):
        outward.connect(address)
    with socket.socket(family) as outward, pytest.raises(NetworkUseError):
        outward.connect_ex(address)
    with socket.socket(family, socket.SOCK_DGRAM) as outward, pytest.raises(NetworkUseError):
        outward.sendto(b"x", address)
    assert len(network_guard.attempts()) == 3


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(NetworkUseError):
        urllib.request.urlopen("http://example.com/", timeout=1)
    assert network_guard.attempts() == ["look up 'example.com'"]


def test_a_reserved_name_fails_as_a_resolver_would() -> None:
    with pytest.raises(socket.gaierror):
        socket.create_connection(("nowhere.invalid", 80))
    assert network_guard.attempts() == []


def test_loopback_works() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(("localhost", listener.getsockname()[1]), timeout=5) as client,
    ):
        peer, _ = listener.accept()
        with peer:
            client.sendall(b"x")
            assert peer.recv(1) == b"x"


@given(st.integers())
def test_isolation_and_hypothesis_go_together(number: int) -> None:
    assert os.environ["TZ"] == "UTC" and isinstance(number, int)
