"""Old names beside new ones, with what would become of each."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tfm.model.text import safe_text
from tfm.ops.rename_plan import State, Verdict
from tfm.ui.cells import cut_name, pad
from tfm.ui.dialogs.frame import palette_for
from tfm.ui.dialogs.scrolling import ScrollingLines
from tfm.ui.theming import Palette

_STATE = 10
_ARROW = " → "


class Preview(ScrollingLines[str]):
    """Draws only the lines that are seen; without verdicts the old names alone."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._lines = names
        self._verdicts: Sequence[Verdict] = ()
        self._told = -1

    def show(self, verdicts: Sequence[Verdict]) -> None:
        """Other verdicts, one for each name, or none."""
        self._verdicts = verdicts
        self._told = -1
        self.refresh()

    def next_hindrance(self) -> int:
        """Shows the next row that keeps all from being done; the first after the last. Its number."""
        bad = [at for at, verdict in enumerate(self._verdicts) if verdict.hinders]
        at = next((at for at in bad if at > self._told), bad[0])
        self._told = at
        if not self.top <= at < self.top + self.size.height:
            self.top = at
            self.scroll_rows(0)
        self.refresh()
        return at

    def render_line(self, y: int) -> Strip:
        """One row: old name, new name, state."""
        palette, width, at = palette_for(self), self.size.width, self.top + y
        if at >= len(self._lines):
            return Strip([Segment(" " * width, palette.panel)], width)
        room = max(2, width - _STATE - len(_ARROW))
        left = (room + 1) // 2
        old = cut_name(safe_text(self._lines[at]), left)
        if at >= len(self._verdicts):
            return Strip([Segment(pad(old, width), palette.panel_muted)], width)
        verdict = self._verdicts[at]
        new = "" if verdict.state is State.UNCHANGED else safe_text(verdict.new)
        style = _style(palette, verdict.state)
        lit = Style(reverse=True) if at == self._told else Style()
        strip = Strip(
            [
                Segment(old, palette.panel),
                Segment(_ARROW if new else " " * len(_ARROW), palette.panel_muted),
                Segment(cut_name(new, room - left), palette.panel),
                Segment(f" {verdict.state.value:<{_STATE - 1}}", style + lit),
            ]
        )
        return strip.adjust_cell_length(width, palette.panel)


def _style(palette: Palette, state: State) -> Style:
    if state is State.UNCHANGED:
        return palette.panel_muted
    colour = palette.success if state is State.OK else palette.error
    return palette.panel + Style(color=colour.color, bold=colour.bold)
