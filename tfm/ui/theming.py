"""Colours by meaning → what Textual and the line renderers need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from rich.style import Style
from textual.theme import Theme

from tfm.config.themes import ANSI_COLOURS, ThemeSpec


@runtime_checkable
class Dressed(Protocol):
    """A widget that keeps a palette; one that asks for it at every line need not be told."""

    def dress(self, palette: Palette) -> None:
        """Draw in other colours from now on."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Ready-made styles of everything that is drawn line by line."""

    text: Style
    muted: Style
    accent: Style
    directory: Style
    link: Style
    special: Style
    executable: Style
    marked: Style
    cursor: Style
    cursor_marked: Style
    cursor_inactive: Style
    cursor_inactive_marked: Style
    header: Style
    header_active: Style
    titles: Style
    rail: Style
    thumb: Style
    bar_key: Style
    bar_text: Style
    bar_muted: Style
    panel: Style
    panel_muted: Style
    panel_accent: Style
    panel_warning: Style
    panel_error: Style
    success: Style
    warning: Style
    error: Style


def palette_of(theme: ThemeSpec, *, colours: bool = True) -> Palette:
    """The styles of a theme; without colours, states are told apart by reverse and underline."""

    def style(front: str, back: str = "background", bold: bool = False) -> Style:
        # None and not False: a style that says nothing of bold is shorter on the line
        return Style(color=_rich(theme[front]), bgcolor=_rich(theme[back]), bold=bold or None)

    if not colours:
        return _plain()
    return Palette(
        text=style("text"),
        muted=style("muted"),
        accent=style("accent"),
        directory=style("directory"),
        link=style("link"),
        special=style("special"),
        executable=style("success"),
        marked=style("marked", bold=True),
        cursor=style("cursor_text", "cursor_background"),
        cursor_marked=style("cursor_text", "cursor_background", bold=True),
        cursor_inactive=style("cursor_inactive_text", "cursor_inactive_background"),
        cursor_inactive_marked=style(
            "cursor_inactive_text", "cursor_inactive_background", bold=True
        ),
        header=style("header_text", "header_background"),
        header_active=style("header_active_text", "header_active_background", bold=True),
        titles=style("muted"),
        rail=style("border"),
        thumb=style("muted"),
        bar_key=style("bar_key", "bar_background"),
        bar_text=style("bar_text", "bar_background"),
        bar_muted=style("muted", "bar_background"),
        panel=style("text", "panel"),
        panel_muted=style("muted", "panel"),
        panel_accent=style("accent", "panel"),
        panel_warning=style("warning", "panel"),
        panel_error=style("error", "panel"),
        success=style("success"),
        warning=style("warning"),
        error=style("error"),
    )


def _plain() -> Palette:
    plain, bold = Style(), Style(bold=True)
    reverse, lines = Style(reverse=True), Style(underline=True)
    return Palette(
        text=plain,
        muted=plain,
        accent=plain,
        directory=bold,
        link=plain,
        special=plain,
        executable=plain,
        marked=bold,
        cursor=reverse,
        cursor_marked=Style(reverse=True, bold=True),
        cursor_inactive=lines,
        cursor_inactive_marked=Style(underline=True, bold=True),
        header=plain,
        header_active=reverse,
        titles=lines,
        rail=plain,
        thumb=plain,
        bar_key=bold,
        bar_text=plain,
        bar_muted=plain,
        panel=plain,
        panel_muted=plain,
        panel_accent=bold,
        panel_warning=bold,
        panel_error=bold,
        success=plain,
        warning=bold,
        error=bold,
    )


def textual_theme(theme: ThemeSpec, *, colours: bool = True) -> Theme:
    """The same colours for style sheets: `$tfm-accent`, `$tfm-panel` …"""
    return Theme(
        name=theme.name,
        primary=theme["accent"],
        secondary=theme["directory"],
        accent=theme["accent"],
        warning=theme["warning"],
        error=theme["error"],
        success=theme["success"],
        foreground=theme["text"],
        background=theme["background"],
        surface=theme["background"],
        panel=theme["panel"],
        dark=theme.dark,
        # else Textual turns the colours of the terminal into its own idea of them
        ansi=any(colour in ANSI_COLOURS for colour in theme.colours.values()),
        variables=_variables(theme.colours)
        | {"input-cursor-text-style": "none" if colours else "reverse"},
    )


def _variables(colours: Mapping[str, str]) -> dict[str, str]:
    ours = {f"tfm-{name.replace('_', '-')}": colour for name, colour in colours.items()}
    return ours | {
        "input-selection-background": colours["selection_background"],
        "input-selection-foreground": colours["selection_text"],
        "input-cursor-background": colours["text"],
        "input-cursor-foreground": colours["background"],
        "ansi-background": colours["background"],
        "ansi-foreground": colours["text"],
    }


def _rich(colour: str) -> str:
    """Rich's word for a colour; the terminal's own palette goes by the names without `ansi_`."""
    return colour.removeprefix("ansi_")
