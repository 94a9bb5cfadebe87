"""A terminal for real programs: a pseudo-terminal, a screen to read, keys to press, a slow line.

    with Terminal([sys.executable, "-m", "tfm", "--demo"], columns=120, rows=40) as terminal:
        terminal.wait_for("demo-bucket")              # text on the screen, or a predicate over its lines
        mark = terminal.mark()
        terminal.send("down", "space", "shift+j"); terminal.type_text("s3://b/")
        terminal.wait_quiet(0.2); assert terminal.bytes_since(mark) < 300
        terminal.send("f10"); assert terminal.wait_exit() == 0; assert terminal.restored(), terminal.leftovers()

Nothing here sleeps for luck: every wait ends as soon as its condition holds and raises TerminalTimeout with
the screen otherwise. Only `throttle` spends time: it is the line. Start it from the main thread: the program
is killed when the thread that started it ends.
"""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pyte.screens import Char

from tests.e2e.terminal_keys import key_bytes, mouse_bytes
from tests.e2e.terminal_screen import Display, cursor_left_hidden, modes_left_on
from tests.house import planted

LAUNCHER: Final = Path(__file__).with_name("terminal_launch.py")
READ_BYTES: Final = 65536
SLICES_PER_SECOND: Final = 50
"""A throttled line delivers in so many pieces a second."""

UNWANTED_MODES: Final = {
    1: "application cursor keys",
    1000: "mouse clicks",
    1002: "mouse drags",
    1003: "mouse moves",
    1004: "focus reports",
    1006: "mouse coordinates (SGR)",
    1015: "mouse coordinates (urxvt)",
    1016: "mouse pixels",
    1049: "alternate screen",
    2004: "bracketed paste",
    2026: "synchronized output",
    2048: "in-band resize",
}


class TerminalTimeout(AssertionError):
    """What was waited for did not come; the message shows the screen."""


class Terminal:
    """One program in one pseudo-terminal; see the module. Safe to use from one test thread."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> None:
        """Start `command`; `env` is added to this process's environment, which conftest made clean."""
        self._changed = threading.Condition()
        self._typed = threading.Condition()
        self._queue: deque[tuple[float, bytes]] = deque()
        self._transcript = bytearray()
        self._last_output = time.monotonic()
        self._rate: int | None = None
        self._delay = 0.0
        self._stopping = threading.Event()
        self._display = Display(columns, rows, self.send_bytes)
        self._master, self._slave = pty.openpty()
        self._wake_read, self._wake_write = os.pipe()
        self._open = True
        os.set_blocking(self._master, False)
        self._set_size(columns, rows)
        # This end stays open, so that the state the program leaves behind can be read after its end.
        self._cooked = termios.tcgetattr(self._slave)
        self.process = self._start(command, env, cwd)
        self._threads = [
            threading.Thread(target=work, name=f"terminal {work.__name__}", daemon=True)
            for work in (self._read, self._write)
        ]
        for thread in self._threads:
            thread.start()

    def _start(
        self,
        command: Sequence[str],
        env: Mapping[str, str] | None,
        cwd: str | os.PathLike[str] | None,
    ) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            **(env or {}),
        }
        for size in ("COLUMNS", "LINES"):  # they would overrule the terminal
            environment.pop(size, None)
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(LAUNCHER), *command],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=environment,
            cwd=cwd,
            start_new_session=True,
        )

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    # -- the two threads that are the line

    def _read(self) -> None:
        while not self._stopping.is_set():
            ready, _, _ = select.select([self._master, self._wake_read], [], [])
            if self._wake_read in ready:
                return
            rate = self._rate
            most = READ_BYTES if rate is None else max(1, rate // SLICES_PER_SECOND)
            try:
                data = os.read(self._master, most)
            except BlockingIOError:
                continue
            except OSError:
                return
            if rate is not None:
                self._stopping.wait(len(data) / rate)
            with self._changed:
                self._transcript += data
                self._display.feed(data)
                self._last_output = time.monotonic()
                self._changed.notify_all()

    def _write(self) -> None:
        while True:
            with self._typed:
                while not self._queue and not self._stopping.is_set():
                    self._typed.wait()
                if self._stopping.is_set():
                    return
                due, data = self._queue.popleft()
            self._stopping.wait(max(0.0, due - time.monotonic()))
            while data and not self._stopping.is_set():
                if select.select([], [self._master], [], 0.1)[1]:
                    try:
                        data = data[os.write(self._master, data) :]
                    except BlockingIOError:
                        continue
                    except OSError:
                        return

    def throttle(self, bytes_per_second: int | None, delay_ms: float = 0) -> None:
        """Make the line slow: output is metered, input arrives `delay_ms` later. None ends the metering."""
        self._rate = bytes_per_second
        self._delay = delay_ms / 1000

    # -- input

    def send(self, *keys: str) -> None:
        """Press keys: names ("down", "f5", "shift+j", "ctrl+c") or single characters."""
        for key in keys:
            self.send_bytes(key_bytes(key))

    def type_text(self, text: str) -> None:
        """Type literal text."""
        self.send_bytes(text.encode("utf-8", "surrogateescape"))

    def paste(self, text: str) -> None:
        """Paste text, bracketed when the program asked for it."""
        body = text.encode("utf-8", "surrogateescape")
        with self._changed:
            bracketed = 2004 in modes_left_on(bytes(self._transcript))
        self.send_bytes(b"\x1b[200~" + body + b"\x1b[201~" if bracketed else body)

    def click(self, row: int, column: int, button: int = 0) -> None:
        """Press and release a mouse button; rows and columns from 0."""
        self.send_bytes(
            mouse_bytes(button, row, column) + mouse_bytes(button, row, column, release=True)
        )

    def wheel(self, row: int, column: int, *, up: bool = False) -> None:
        """Turn the mouse wheel one step."""
        self.send_bytes(mouse_bytes(64 if up else 65, row, column))

    def send_bytes(self, data: bytes) -> None:
        """Send raw input."""
        with self._typed:
            self._queue.append((time.monotonic() + self._delay, data))
            self._typed.notify()

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window; the program gets SIGWINCH."""
        with self._changed:
            self._display.resize(columns, rows)
        self._set_size(columns, rows)

    # -- output

    def screen(self) -> list[str]:
        """The rows, padded to the width (a wide character takes two columns and is one character)."""
        with self._changed:
            return self._display.lines

    def text(self) -> str:
        """The screen as one string, without trailing blanks."""
        return "\n".join(line.rstrip() for line in self.screen()).rstrip()

    def cell(self, row: int, column: int) -> Char:
        """Character and style of one cell (pyte's `Char`: data, fg, bg, bold, reverse ...)."""
        with self._changed:
            return self._display.cell(row, column)

    def find(self, text: str) -> tuple[int, int] | None:
        """Row and string index of the first place that shows `text`."""
        for row, line in enumerate(self.screen()):
            if (column := line.find(text)) >= 0:
                return row, column
        return None

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column of the cursor."""
        with self._changed:
            return self._display.cursor

    @property
    def title(self) -> str:
        """The window title."""
        with self._changed:
            return self._display.title

    @property
    def transcript(self) -> bytes:
        """Everything the program wrote."""
        with self._changed:
            return bytes(self._transcript)

    @property
    def painting(self) -> bool:
        """True in the middle of a frame (synchronized output), of which a terminal shows nothing yet."""
        with self._changed:
            begun, ended = (self._transcript.rfind(b"\x1b[?2026" + end) for end in (b"h", b"l"))
            return begun > ended

    @property
    def bytes_written(self) -> int:
        """How many bytes the program wrote."""
        with self._changed:
            return len(self._transcript)

    def mark(self) -> int:
        """A point in the output, for the two below."""
        return self.bytes_written

    def bytes_since(self, mark: int) -> int:
        """Bytes written after the mark."""
        return self.bytes_written - mark

    def output_since(self, mark: int) -> bytes:
        """What was written after the mark."""
        return self.transcript[mark:]

    # -- waiting

    def wait_for(self, what: str | Callable[[list[str]], bool], timeout: float = 10.0) -> None:
        """Wait until the screen shows a text in one row, or a predicate over its rows holds."""
        if isinstance(what, str):
            self._wait(
                lambda: any(what in line for line in self._display.lines), repr(what), timeout
            )
        else:
            self._wait(lambda: what(self._display.lines), f"{what}", timeout)

    def wait_gone(self, text: str, timeout: float = 10.0) -> None:
        """Wait until no row shows the text."""
        self._wait(
            lambda: not any(text in line for line in self._display.lines), f"no {text!r}", timeout
        )

    def wait_bytes(self, sequence: bytes, mark: int = 0, timeout: float = 10.0) -> None:
        """Wait until the raw output after `mark` contains the bytes."""
        self._wait(lambda: self._transcript.find(sequence, mark) >= 0, repr(sequence), timeout)

    def wait_quiet(self, seconds: float, timeout: float = 10.0) -> None:
        """Wait until the program wrote nothing for so long, counted from now or its last output."""
        began = time.monotonic()
        with self._changed:
            while True:
                now = time.monotonic()
                left = seconds - (now - max(began, self._last_output))
                if left <= 0:
                    return
                if now - began >= timeout:
                    raise TerminalTimeout(self._report(f"{seconds} s of silence", timeout))
                self._changed.wait(min(left, began + timeout - now))

    def _wait(self, holds: Callable[[], bool], what: str, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        with self._changed:
            while not holds():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TerminalTimeout(self._report(what, timeout))
                seen = len(self._transcript)
                self._changed.wait(min(left, 0.25))
                over = self.process.poll() is not None and len(self._transcript) == seen
                if over and not self._pending() and not holds():
                    raise TerminalTimeout(self._report(what, timeout))

    def _pending(self) -> bool:
        return self._open and bool(select.select([self._master], [], [], 0)[0])

    def _report(self, what: str, timeout: float) -> str:
        status = self.process.poll()
        state = "still runs" if status is None else f"ended with status {status}"
        frame = "-" * 8
        shown = "\n".join(line.rstrip() for line in self._display.lines)
        return f"waited {timeout} s for {what}; the program {state}; screen:\n{frame}\n{shown}\n{frame}"

    # -- the end

    def signal(self, number: int) -> None:
        """Send a signal to the program alone."""
        os.kill(self.process.pid, number)

    def wait_exit(self, timeout: float = 10.0) -> int:
        """Wait for the end and for the last output; the status, negative for a signal."""
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            with self._changed:
                raise TerminalTimeout(self._report("the end", timeout)) from None
        deadline = time.monotonic() + timeout
        with self._changed:
            # The kernel hands the last bytes over a moment after the process is gone.
            while self._open and time.monotonic() < deadline:
                if time.monotonic() - self._last_output > 0.1 and not self._pending():
                    break
                self._changed.wait(0.11)
        return status

    def leftovers(self) -> list[str]:
        """What the program did not put back; empty when the terminal is as it was. Not after `close()`."""
        if not self._open:
            raise RuntimeError("the terminal is closed: nothing can be said about it")
        transcript = self.transcript
        left = [
            f"{UNWANTED_MODES[m]} on" for m in sorted(modes_left_on(transcript) & {*UNWANTED_MODES})
        ]
        if cursor_left_hidden(transcript):
            left.append("cursor hidden")
        if termios.tcgetattr(self._slave) != self._cooked:
            left.append("line settings changed (not cooked)")
        return left

    def restored(self) -> bool:
        """True when nothing is left over: cooked mode, main screen, cursor shown, mouse off."""
        return not self.leftovers()

    def close(self) -> None:
        """Hang up, as a lost connection does; the program gets SIGHUP. Reading the screen still works."""
        if not self._open:
            return
        self._open = False
        self._stopping.set()
        os.write(self._wake_write, b"x")
        with self._typed:
            self._typed.notify_all()
        for thread in self._threads:
            thread.join()
        planted.look("a terminal", self.transcript)
        for descriptor in (self._master, self._slave, self._wake_read, self._wake_write):
            os.close(descriptor)

    def kill(self, patience: float = 3.0) -> None:
        """Close; a program that does not end in time is killed with its process group."""
        self.close()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
