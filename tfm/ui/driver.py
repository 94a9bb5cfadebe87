"""The terminal, without what a file manager over SSH does not want.

Textual's driver asks for every movement of the mouse and for focus reports, reads late answers as
keys, and loops for ever when the terminal is gone. This one asks only for buttons and the wheel,
drops answers, and ends the program when its terminal has ended.
"""

from __future__ import annotations

import os
import selectors
import signal
import threading
from codecs import getincrementaldecoder
from collections.abc import Iterator
from queue import Empty, Full, Queue
from typing import IO

from textual import constants
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tfm.ui.input_filter import InputFilter
from tfm.ui.suspend import wait_in_background

_FOCUS_REPORTS_ON = "\x1b[?1004h"
_POINTER_SHAPE = "\x1b]22;"
_POLL = 0.1
_ESCAPE_DELAY = 0.05


class CalmWriter(WriterThread):
    """Writes until the terminal fails; after that it swallows everything, so nobody ever blocks."""

    def __init__(self, file: IO[str]) -> None:
        super().__init__(file)
        self._gone = threading.Event()

    def write(self, text: str) -> None:
        """Queue text; waits while the line is slow, not once it is dead."""
        while not self._gone.is_set():
            try:
                self._queue.put(text, timeout=0.2)
            except Full:
                continue
            return

    def run(self) -> None:
        """Write what is queued."""
        try:
            super().run()
        except (OSError, ValueError):  # the terminal is closed
            self._gone.set()

    def stop(self) -> None:
        """End the thread after what is queued, but never wait for a dead or stuck line."""
        self.write("")
        if not self._gone.is_set():
            try:
                self._queue.put(None, timeout=1.0)
            except Full:
                self._drop_queued(self._queue)
        self.join(timeout=1.0)

    @staticmethod
    def _drop_queued(queue: Queue[str | None]) -> None:
        try:
            while True:
                queue.get_nowait()
        except Empty:
            queue.put(None)


class CalmDriver(LinuxDriver):
    """Textual's driver for Linux and macOS with calmer manners."""

    _bell: tuple[int, int] | None = None
    _stopping = False

    def write(self, data: str) -> None:
        """Write to the terminal, except for focus reports and the shapes of a mouse pointer."""
        if data != _FOCUS_REPORTS_ON and not data.startswith(_POINTER_SHAPE):
            super().write(data)

    def start_application_mode(self) -> None:
        """Take the terminal over, with a writer that survives its end."""
        if "ESCDELAY" not in os.environ:
            constants.ESCAPE_DELAY = _ESCAPE_DELAY  # type: ignore[misc]
        # the base class looks its writer up by this name
        vars(linux_driver)["WriterThread"] = CalmWriter
        self._close_bell()
        self._bell = os.pipe()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def disable_input(self) -> None:
        """Read no more; whoever waits for input is woken, not waited for."""
        if self._bell is None:  # the panes are gone, and what is typed since is for the shell
            return
        os.write(self._bell[1], b"!")
        super().disable_input()
        self._close_bell()

    def _close_bell(self) -> None:
        if self._bell is not None:
            for end in self._bell:
                os.close(end)
            self._bell = None

    # -- stopped by the shell ------------------------------------------------------------------

    def _sigtstp_application(self, *_: object) -> None:
        """Somebody sent SIGTSTP; the screen is left on the event loop, not in the middle of a write."""
        if self._auto_restart:
            self._loop.call_soon_threadsafe(self.stop_process)
        else:  # another program has the terminal, and stops as well
            os.kill(os.getpid(), signal.SIGSTOP)

    def _sigcont_application(self, *_: object) -> None:
        """Continued after a stop nobody announced: the shell has set the terminal up for itself."""
        if self._auto_restart and not self._stopping:
            self._loop.call_soon_threadsafe(self._take_terminal_again)

    def stop_process(self, *, whole_group: bool = False) -> None:
        """Give the terminal back and stop, until the shell continues us in front."""
        self._stopping = True
        try:
            self.suspend_application_mode()
            # as every program that has a handler does it: the default stops us, but never one
            # that nobody could continue
            before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            if whole_group:
                os.killpg(os.getpgrp(), signal.SIGTSTP)
            else:
                os.kill(os.getpid(), signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, before)
            self._return()
        finally:
            self._stopping = False

    def _take_terminal_again(self) -> None:
        self.suspend_application_mode()
        self._return()

    def _return(self) -> None:
        wait_in_background(self.fileno)
        self.resume_application_mode()
        self._app.refresh(layout=True)

    def _enable_mouse_support(self) -> None:
        if self._mouse:
            self.write("\x1b[?1000h\x1b[?1006h")
            self.flush()

    def _disable_mouse_support(self) -> None:
        if self._mouse:
            self.write("\x1b[?1006l\x1b[?1000l")
            self.flush()

    def _query_in_band_window_resize(self) -> None:
        """Not asked for: it would turn on mouse reports by pixel."""

    def run_input_thread(self) -> None:
        """Read until told to stop or until the terminal is gone."""
        reader = _Reader(self.fileno)
        with selectors.DefaultSelector() as selector:
            try:
                selector.register(self.fileno, selectors.EVENT_READ)
                if self._bell is not None:
                    selector.register(self._bell[0], selectors.EVENT_READ)
            except PermissionError:  # a file as standard input is never ready
                return
            while not self.exit_event.is_set():
                ready = {key.fd for key, _ in selector.select(reader.patience())}
                idle = not ready
                if self.fileno in ready:
                    data = reader.read()
                    if data is None:
                        self._terminal_gone()
                        return
                    for message in reader.feed(data):
                        self.process_message(message)
                for message in reader.tick(idle=idle):
                    self.process_message(message)

    def _terminal_gone(self) -> None:
        ended = getattr(self._app, "die", None)
        if ended is not None:
            self._loop.call_soon_threadsafe(ended, signal.SIGHUP)


class _Reader:
    """Bytes → messages; no malformed sequence ends the program."""

    def __init__(self, fileno: int) -> None:
        self._fileno = fileno
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._filter = InputFilter()
        self._parser = XTermParser()

    def patience(self) -> float:
        """Seconds to wait for input before something else must be looked at."""
        waiting = self._parser._timeout_time is not None or self._filter.holds
        return min(_POLL, constants.ESCAPE_DELAY / 2) if waiting else _POLL

    def read(self) -> bytes | None:
        """What is there; None when the terminal is gone."""
        try:
            return os.read(self._fileno, 4096) or None
        except InterruptedError:
            return b""
        except OSError:
            return None

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that `data` completes."""
        text = self._filter.feed(self._decode(data))
        if text:
            yield from self._guarded(text)

    def _guarded(self, text: str) -> Iterator[Message]:
        try:
            yield from self._parser.feed(text)
        except (ValueError, OverflowError, ParseError):  # a malformed extended key
            self._parser = XTermParser()

    def tick(self, *, idle: bool) -> Iterator[Message]:
        """What is due because time has passed: a lone Esc."""
        if idle and self._filter.holds:
            self._filter.give_up()
        yield from self._parser.tick()
