"""No test leaves the machine: connects and name look-ups beyond loopback are refused in this process.

`install()` once per process; `attempts()` hands out (and forgets) what was refused, so that a refusal
somebody swallowed still fails the test. Programs started by tests are kept in by their environment.
"""

import functools
import ipaddress
import socket
import threading
from collections.abc import Callable
from typing import Any, Final

RESERVED: Final = (".invalid", ".test", ".example")
"""Names that never resolve (RFC 2606): asking for them gets the answer a resolver would give."""

_lock = threading.Lock()
_attempts: list[str] = []


class NetworkUseError(RuntimeError):
    """A test tried to reach something beyond this machine."""


def attempts() -> list[str]:
    """The refused attempts since the last call."""
    with _lock:
        taken = list(_attempts)
        _attempts.clear()
    return taken


def is_loopback(host: object) -> bool:
    """True for loopback addresses, `localhost` and names below it, and "any address" of a listener."""
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if text.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse(what: str) -> None:
    with _lock:
        _attempts.append(what)
    raise NetworkUseError(f"tests stay on this machine, but something tried to {what}")


def _checked(method: Callable[..., Any], address_at: int) -> Callable[..., Any]:
    @functools.wraps(method)
    def guarded(self: socket.socket, *args: Any) -> Any:
        address = args[address_at]
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(address[0]):
            _refuse(f"reach {address[0]!r} port {address[1]}")
        return method(self, *args)

    return guarded


def install() -> None:
    """Guard every socket made in this process from now on; there is no way back."""
    if getattr(socket.getaddrinfo, "guarded", False):
        return
    for name, address_at in (("connect", 0), ("connect_ex", 0), ("sendto", -1)):
        setattr(socket.socket, name, _checked(getattr(socket.socket, name), address_at))
    resolve = socket.getaddrinfo

    @functools.wraps(resolve)
    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(host, str) and host.rstrip(".").endswith(RESERVED):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if not is_loopback(host):
            _refuse(f"look up {host!r}")
        return resolve(host, *args, **kwargs)

    getaddrinfo.guarded = True  # type: ignore[attr-defined]
    socket.getaddrinfo = getaddrinfo
