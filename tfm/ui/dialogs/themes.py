"""Choosing a theme, which is worn while the cursor stands on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual import events

from tfm.config.themes import ThemeSpec
from tfm.ui.dialogs.choose import Choice, Choose


class ChooseTheme(Choose[ThemeSpec]):
    """Gives the theme that was chosen; who leaves is to put on again what was worn before."""

    def __init__(
        self, themes: Mapping[str, ThemeSpec], worn: str, wear: Callable[[ThemeSpec], None]
    ) -> None:
        in_order = sorted(themes.values(), key=lambda theme: (not theme.dark, theme.title))
        super().__init__(
            "Theme",
            [Choice(theme, theme.title, theme.name) for theme in in_order],
            at=next((at for at, theme in enumerate(in_order) if theme.name == worn), 0),
            lines=len(in_order),
        )
        self._wear = wear
        self._shown = worn

    def take_key(self, event: events.Key) -> None:
        """Move and show, choose, or leave."""
        super().take_key(event)
        self._show_it()

    def on_mouse_up(self) -> None:
        """A click moves the cursor too."""
        self._show_it()

    def _show_it(self) -> None:
        row = self.list.current
        theme: ThemeSpec | None = row.value if row is not None else None
        if self.is_current and theme is not None and theme.name != self._shown:
            self._shown = theme.name
            self._wear(theme)
