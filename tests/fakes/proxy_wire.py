"""The sockets of the proxy: reading requests, passing them on, and breaking what rules want broken."""

import contextlib
import http.client
import select
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, TYPE_CHECKING, cast

from tests.fakes.proxy_log import Exchange
from tests.fakes.proxy_rules import (
    Action,
    Answer,
    CutResponse,
    DropAnswer,
    EditHeaders,
    FlipRequest,
    FlipResponse,
    Hold,
    ReplaceBody,
    Reset,
    of_kind,
)
from tests.fakes.proxy_s3 import (
    BLOCK,
    Fault,
    Meaning,
    Payload,
    classify,
    declared_digests,
    digest_fault,
    payload,
    request_fault,
)
from tests.fakes.proxy_truth import copy_fault

if TYPE_CHECKING:
    from tests.fakes.proxy import Proxy

IN_MEMORY = 1024 * 1024
HOP_BY_HOP = {
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
TRACKED = ("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload")


class _ResetNow(Exception):
    """The connection to the client is to be reset."""


class _Gone(ConnectionError):
    """The client left."""


class Listener(ThreadingHTTPServer):
    """Accepts; remembers the connections, so that none keeps a thread alive after the end."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, proxy: "Proxy") -> None:
        self.proxy = proxy
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def remember(self, sock: socket.socket) -> None:
        with self._lock:
            self._sockets.add(sock)

    def forget(self, sock: socket.socket) -> None:
        with self._lock:
            self._sockets.discard(sock)

    def drop_connections(self) -> None:
        with self._lock:
            for sock in self._sockets:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self.proxy.errors.append(error)


class _Handler(BaseHTTPRequestHandler):
    """One client connection, and one connection to the server behind it."""

    protocol_version = "HTTP/1.1"
    raw_requestline: bytes

    def setup(self) -> None:
        super().setup()
        self.listener = cast(Listener, self.server)
        self.proxy = self.listener.proxy
        self.listener.remember(self.connection)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host, port = self.proxy.upstream
        self.behind = http.client.HTTPConnection(host, port, timeout=120)

    def finish(self) -> None:
        self._hang_up_behind()
        self.listener.forget(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return

    def handle_expect_100(self) -> bool:
        return True  # said when the body is wanted, see _receive

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        target = self.raw_requestline.split()[1].decode("latin-1")
        meaning = classify(self.command, target, headers)
        exchange = self.proxy.begin(self.command, target, meaning, headers)
        try:
            self._exchange(exchange, meaning, self.proxy.actions(meaning, headers))
        except _ResetNow:
            exchange.error = "reset"
            self._reset()
        except ConnectionError as error:
            exchange.error = f"connection lost: {error}"
            self.close_connection = True
        finally:
            self.proxy.finish(exchange)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815

    def _exchange(self, exchange: Exchange, meaning: Meaning, actions: tuple[Action, ...]) -> None:
        resets = of_kind(actions, Reset)
        if any(r.after_request is None and r.after_response is None for r in resets):
            raise _ResetNow
        for hold in of_kind(actions, Hold):
            if hold.where == "request":
                hold.pause()
        stop_at = min(
            (r.after_request for r in resets if r.after_request is not None), default=None
        )
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:
            body = cast(IO[bytes], spool)
            exchange.request_length = self._receive(body, stop_at)
            found = payload(body, exchange.request_length, exchange.headers)
            for flip in of_kind(actions, FlipRequest):
                _flip_in_file(body, found.place(flip.offset), flip.mask)
            for answer in of_kind(actions, Answer):
                self._answer(exchange, Fault(answer.status, answer.code, answer.message), answer)
                return
            fault = self._fault(exchange, meaning, body, found) if self.proxy.checks else None
            if fault is not None:
                self._answer(exchange, fault)
                return
            response = self._forward(exchange, body, actions)
        self._return(exchange, meaning, response, actions, found.length)

    def _fault(
        self, exchange: Exchange, meaning: Meaning, body: IO[bytes], found: Payload
    ) -> Fault | None:
        declared = declared_digests(meaning.op, exchange.headers, found)
        exchange.digests = tuple(declared)
        if fault := request_fault(meaning, body) or digest_fault(declared, found, body):
            return fault
        if meaning.op == "CompleteMultipartUpload":
            body.seek(0)
            return self.proxy.uploads.fault(meaning, body.read())
        if meaning.op in ("CopyObject", "UploadPartCopy"):
            return copy_fault(self.proxy.server.client(), meaning, exchange.headers)
        return None

    def _receive(self, body: IO[bytes], stop_at: int | None) -> int:
        """Spool the request body; its length."""
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        total = 0
        for block in self._incoming(stop_at):
            body.write(block)
            total += len(block)
            if stop_at is not None and total >= stop_at:
                raise _ResetNow
        return total

    def _incoming(self, stop_at: int | None) -> Iterator[bytes]:
        most = BLOCK if stop_at is None else max(1, min(BLOCK, stop_at))
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            yield from self._exactly(int(self.headers.get("Content-Length", 0)), most)
            return
        while size := int(self._line().split(b";")[0], 16):
            yield from self._exactly(size, most)
            self._line()
        while self._line().strip():
            continue

    def _line(self) -> bytes:
        line = self.rfile.readline(BLOCK)
        if not line:
            raise _Gone("in the middle of its request")
        return line

    def _exactly(self, count: int, most: int) -> Iterator[bytes]:
        while count:
            block = self.rfile.read1(min(most, count)) if most < BLOCK else self._read(count)
            if not block:
                raise _Gone("in the middle of its request")
            count -= len(block)
            yield block

    def _read(self, count: int) -> bytes:
        return self.rfile.read(min(BLOCK, count))

    def _forward(
        self, exchange: Exchange, body: IO[bytes], actions: tuple[Action, ...]
    ) -> http.client.HTTPResponse:
        """Send the request on, untouched but for hop-by-hop and edited headers."""
        edits: dict[str, str | None] = {}
        for edit in of_kind(actions, EditHeaders):
            edits |= edit.request
        headers = _edited(self.headers.items(), edits)
        if exchange.request_length and "content-length" not in exchange.headers:
            headers.append(("Content-Length", str(exchange.request_length)))
        self._refresh_behind()
        self.behind.putrequest(
            self.command, exchange.target, skip_host=True, skip_accept_encoding=True
        )
        for name, value in headers:
            self.behind.putheader(name, value.encode("latin-1"))
        self.behind.endheaders()
        body.seek(0)
        while block := body.read(BLOCK):
            self.behind.send(block)
        exchange.forwarded = True
        return self.behind.getresponse()

    def _refresh_behind(self) -> None:
        """A server may have closed the idle connection: then take a new one."""
        sock = self.behind.sock
        if sock is not None and select.select([sock], [], [], 0)[0]:
            self._hang_up_behind()
        if self.behind.sock is None:
            self.behind.connect()
            made: socket.socket | None = self.behind.sock
            assert made is not None
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.listener.remember(made)

    def _hang_up_behind(self) -> None:
        if self.behind.sock is not None:
            self.listener.forget(self.behind.sock)
        self.behind.close()

    def _return(
        self,
        exchange: Exchange,
        meaning: Meaning,
        response: http.client.HTTPResponse,
        actions: tuple[Action, ...],
        sent: int,
    ) -> None:
        """Bring the answer back, with what the rules do to it."""
        status, headers = response.status, response.getheaders()
        body: bytes | None = None
        dropped = bool(of_kind(actions, DropAnswer))
        if meaning.op in TRACKED or dropped or of_kind(actions, ReplaceBody):
            body = response.read()
            self.proxy.uploads.note(meaning, status, sent, body)
        if dropped:
            raise _ResetNow
        for replace in of_kind(actions, ReplaceBody):
            body, status = replace.body, replace.status or status
            headers = [(n, v) for n, v in headers if n.lower() != "content-length"]
            headers.append(("Content-Length", str(len(body))))
        for hold in of_kind(actions, Hold):
            if hold.where == "response":
                hold.pause()
        edits: dict[str, str | None] = {}
        for edit in of_kind(actions, EditHeaders):
            edits |= edit.response
        bodyless = self.command == "HEAD" or status in (204, 304)
        names = {name.lower() for name, _ in headers}
        chunked = not bodyless and "content-length" not in names
        exchange.status = status
        self._head(status, _edited(headers, edits), chunked)
        blocks = iter(lambda: response.read(BLOCK), b"") if body is None else iter([body])
        if not bodyless:
            self._send(exchange, blocks, actions, chunked)
        if not response.isclosed():
            response.read()
        if response.will_close:
            self._hang_up_behind()

    def _head(self, status: int, headers: Iterable[tuple[str, str]], chunked: bool) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _send(
        self,
        exchange: Exchange,
        blocks: Iterator[bytes],
        actions: tuple[Action, ...],
        chunked: bool,
    ) -> None:
        stops: list[tuple[int, Action]] = [(cut.at, cut) for cut in of_kind(actions, CutResponse)]
        stops += [(h.after, h) for h in of_kind(actions, Hold) if h.where == "body"]
        stops += [
            (r.after_response, r) for r in of_kind(actions, Reset) if r.after_response is not None
        ]
        stops.sort(key=lambda stop: stop[0])
        at = 0
        for original in blocks:
            block = _flipped(original, at, of_kind(actions, FlipResponse))
            while stops and stops[0][0] < at + len(block):
                place, action = stops.pop(0)
                head, block = block[: place - at], block[place - at :]
                self._write(exchange, head, chunked)
                at = place
                if isinstance(action, Hold):
                    action.pause()
                elif isinstance(action, Reset):
                    self._hang_up_behind()
                    raise _ResetNow
                else:
                    self._hang_up_behind()
                    raise _Gone("cut by a rule")
            self._write(exchange, block, chunked)
            at += len(block)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _write(self, exchange: Exchange, block: bytes, chunked: bool) -> None:
        if block:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block) if chunked else block)
            exchange.response_length += len(block)

    def _answer(self, exchange: Exchange, fault: Fault, answer: Answer | None = None) -> None:
        """Answer in place of the server."""
        given = answer.body if answer is not None else None
        body = given if given is not None else fault.body(exchange.target)
        if self.command == "HEAD" or fault.status in (204, 304):
            body = b""
        extra = dict(answer.headers) if answer is not None else {}
        headers = {"Content-Type": "application/xml", "Content-Length": str(len(body))} | extra
        exchange.status = fault.status
        self._head(fault.status, headers.items(), chunked=False)
        self._write(exchange, body, chunked=False)

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.listener.forget(self.connection)
        self.rfile.close()  # it shares the socket, which closes with its last owner
        self.connection.close()


def _edited(
    headers: Iterable[tuple[str, str]], edits: Mapping[str, str | None]
) -> list[tuple[str, str]]:
    """Without hop-by-hop headers, with the edits."""
    gone = HOP_BY_HOP | {name.lower() for name in edits}
    kept = [(name, value) for name, value in headers if name.lower() not in gone]
    return kept + [(name, value) for name, value in edits.items() if value is not None]


def _flip_in_file(body: IO[bytes], place: int | None, mask: int) -> None:
    if place is None:
        return
    body.seek(place)
    byte = body.read(1)
    if byte:
        body.seek(place)
        body.write(bytes([byte[0] ^ mask]))


def _flipped(block: bytes, at: int, flips: list[FlipResponse]) -> bytes:
    for flip in flips:
        if at <= flip.offset < at + len(block):
            changed = bytearray(block)
            changed[flip.offset - at] ^= flip.mask
            block = bytes(changed)
    return block
