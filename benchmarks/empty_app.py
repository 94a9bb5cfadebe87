"""Two empty panes and nothing else: what a Textual program of this shape costs at the least."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static


class Empty(App[None]):
    """Two frames side by side, one line below."""

    CSS = """
    Horizontal { height: 1fr; }
    .pane { width: 1fr; height: 100%; border: round gray; }
    #line { height: 1; }
    """

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static("left", classes="pane")
            yield Static("right", classes="pane")
        yield Static("painted", id="line")


if __name__ == "__main__":
    Empty().run()
