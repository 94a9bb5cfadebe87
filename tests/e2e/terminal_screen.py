"""What a terminal shows: pyte, with what modern programs send and pyte does not know kept away from it.

`Display.feed(bytes)` takes output in any pieces; queries a terminal answers go to `reply`. Synchronized
output (2026) is said to be supported, in-band resize (2048) and the kitty keyboard protocol are not.
"""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pyte
from pyte.screens import Char
from wcwidth import wcwidth

_SEQUENCE: Final = re.compile(
    rb"\x1b(?:\[(?P<parameters>[0-?]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    rb"|\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    rb"|[P_^X][^\x1b]*\x1b\\)"
)
_UNFINISHED: Final = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[P_^X][^\x1b]*\x1b?)?\Z"
)
_MODE: Final = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
ALTERNATE: Final = 1049
KNOWN_MODES: Final = {2026: 2}
"""DECRQM answers: 2 = known, off. Everything else: 0 = not known."""


class Display:
    """The picture, and the modes that were switched on and off."""

    def __init__(self, columns: int, rows: int, reply: Callable[[bytes], None]) -> None:
        self._screen = _Screen(columns, rows, reply)
        self._stream = pyte.ByteStream(self._screen)
        self._reply = reply
        self._held = b""
        self.title = ""

    def feed(self, data: bytes) -> None:
        """Show output; an escape sequence cut in two waits for its rest."""
        data = self._held + data
        cut = _UNFINISHED.search(data)
        self._held = data[cut.start() :] if cut else b""
        if cut:
            data = data[: cut.start()]
        self._stream.feed(_SEQUENCE.sub(self._sifted, data))
        self.title = self._screen.title

    def _sifted(self, match: re.Match[bytes]) -> bytes:
        whole, osc = match.group(), match["osc"]
        if osc is not None:
            return whole if osc[:2] in (b"0;", b"1;", b"2;") else b""
        if match["final"] is None:
            return b""
        parameters, between, final = match["parameters"], match["between"], match["final"]
        if between == b"$" and final == b"p" and parameters.startswith(b"?"):
            mode = int(parameters[1:] or 0)
            self._reply(f"\x1b[?{mode};{KNOWN_MODES.get(mode, 0)}$y".encode())
        if between or b":" in parameters or parameters[:1] in (b"<", b"=", b">"):
            return b""
        if parameters.startswith(b"?") and final not in b"hlJK":
            return b""
        return whole

    @property
    def lines(self) -> list[str]:
        """Every row, padded to the width; half of a wide character that was drawn over is a blank."""
        screen = self._screen
        return ["".join(_drawn(screen.buffer[y], screen.columns)) for y in range(screen.lines)]

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column, from 0."""
        return self._screen.cursor.y, self._screen.cursor.x

    @property
    def cursor_hidden(self) -> bool:
        return bool(self._screen.cursor.hidden)

    def cell(self, row: int, column: int) -> Char:
        """Character and style of one cell: data, fg, bg, bold, reverse ..."""
        return self._screen.buffer[row][column]

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the picture."""
        self._screen.resize(rows, columns)


def _drawn(row: Mapping[int, Char], columns: int) -> Iterator[str]:
    behind_wide = False
    for column in range(columns):
        data = row[column].data or " "
        if not behind_wide:
            yield data
        behind_wide = not behind_wide and wcwidth(data[0]) == 2


class _Screen(pyte.Screen):
    """pyte's screen with a second, alternate one, and with answers."""

    def __init__(self, columns: int, rows: int, reply: Callable[[bytes], None]) -> None:
        self._reply = reply
        self._main: tuple[Any, Any] | None = None
        super().__init__(columns, rows)

    def write_process_input(self, data: str) -> None:
        self._reply(data.encode())

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        super().set_mode(*modes, **kwargs)
        if kwargs.get("private") and ALTERNATE in modes and self._main is None:
            self._main = copy.deepcopy(self.buffer), copy.copy(self.cursor)
            self.erase_in_display(2)

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        super().reset_mode(*modes, **kwargs)
        if kwargs.get("private") and ALTERNATE in modes and self._main is not None:
            buffer, cursor = self._main
            self.buffer.clear()
            self.buffer.update(buffer)
            self.cursor.x, self.cursor.y = cursor.x, cursor.y
            self._main = None


def modes_left_on(transcript: bytes) -> set[int]:
    """Private modes whose last word in the output was "on"."""
    on: set[int] = set()
    for numbers, switch in _MODE.findall(transcript):
        for number in numbers.split(b";"):
            (on.add if switch == b"h" else on.discard)(int(number or 0))
    return on


def cursor_left_hidden(transcript: bytes) -> bool:
    """True when the cursor was hidden and not shown again."""
    return transcript.rfind(b"\x1b[?25l") > transcript.rfind(b"\x1b[?25h")
