"""Names that older configuration files hold, what became of each, and whether that was told."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

from tfm.config.places import make_private, open_regular, read_all

_log = logging.getLogger("tfm.config")
_LARGEST_FILE = 64 * 1024

_NOT_YET = (
    "CONFIRM_EXTRACT_ARCHIVE",
    "CONFIRM_ARCHIVE_CREATE",
    "ARCHIVE_CACHE_MAX_OPEN",
    "ARCHIVE_CACHE_TTL",
    "SSH_CACHE_TTL",
    "SSH_CACHE_ERROR_TTL",
)

_NOT_NEEDED = {
    "MAX_JUMP_DIRECTORIES": "a place is typed and completed, and nothing is scanned for it",
    "COALESCE_DELAY_MS": "changes are gathered by themselves",
    "MAX_RELOADS_PER_SECOND": "changes are gathered by themselves",
    "FALLBACK_POLL_INTERVAL_S": "a directory that cannot be watched is read again with Ctrl-R",
}

_SUCCESSORS = {
    "COLOR_SCHEME": 'THEME ("tfm-dark" or "tfm-light")',
    "FILE_OP_WORKERS_S3": "S3_TRANSFER_THREADS",
    "THEMES": "a file in themes/ beside config.py for each theme",
    "CONFIRM_DUPLICATE": "CONFIRM_COPY",
    "LOG_LEVEL": "the levels of the log on the screen, or --debug",
    "LOG_PANE_ENABLED": "SHOW_LOG",
    "S3_MULTIPART_CHUNKSIZE": "S3_PART_SIZE",
    "UNICODE_MODE": 'ASCII ("auto", "always", "never")',
}

_NOTHING_MOVES = ("PROGRESS_ANIMATION_PATTERN", "PROGRESS_ANIMATION_SPEED", "REDUCED_MOTION")

_GONE = (
    "USE_COLORS",
    "S3_ENABLED",
    "INFO_DIALOG_WIDTH_RATIO",
    "INFO_DIALOG_HEIGHT_RATIO",
    "INFO_DIALOG_MIN_WIDTH",
    "INFO_DIALOG_MIN_HEIGHT",
    "LIST_DIALOG_WIDTH_RATIO",
    "LIST_DIALOG_HEIGHT_RATIO",
    "LIST_DIALOG_MIN_WIDTH",
    "LIST_DIALOG_MIN_HEIGHT",
    "UNICODE_WARNINGS",
    "UNICODE_FALLBACK_CHAR",
    "UNICODE_ENABLE_CACHING",
    "UNICODE_CACHE_SIZE",
    "UNICODE_TERMINAL_DETECTION",
    "UNICODE_FORCE_FALLBACK",
    "PREFERRED_BACKEND",
    "DESKTOP_FONT_NAME",
    "DESKTOP_FONT_SIZE",
    "DESKTOP_WINDOW_WIDTH",
    "DESKTOP_WINDOW_HEIGHT",
    "UI_FONT_NAME",
    "MONO_FONT_NAME",
    "FONT_SIZE",
)

EARLIER: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(_NOT_YET, "has no effect yet.")
    | {name: f"has no effect; use {new} instead." for name, new in _SUCCESSORS.items()}
    | dict.fromkeys(_NOTHING_MOVES, "is not needed, nothing moves on the screen; remove it.")
    | {name: f"is not needed: {why}; remove it." for name, why in _NOT_NEEDED.items()}
    | dict.fromkeys(_GONE, "has no effect in a terminal program; remove it.")
)

EARLIER_ACTIONS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        ("open_with_os", "reveal_in_os"),
        "is no action any more; see FILE_ASSOCIATIONS and PROGRAMS.",
    )
    | {
        "reset_log_height": "is no action any more; see log_higher and log_lower.",
        "unselect_all": "is no action any more; mark_all unmarks when all are marked.",
        "toggle_fallback_colors": "is no action any more; a theme of 16 colours serves such terminals.",
        "toggle_wrap": "is a key of the viewer.",
        "toggle_view_mode": "is a key of the viewer.",
    }
)


def not_told_yet(file: Path, names: Collection[str]) -> list[str]:
    """Those of the names that `file` does not remember; they are remembered now.

    A file that cannot be read or written is a reason to tell them once more, not to fail.
    """
    try:
        told = set(read_all(open_regular(file), _LARGEST_FILE).decode("ascii").split())
    except FileNotFoundError:
        told = set()
    except (OSError, UnicodeDecodeError) as error:
        _log.warning("What was told of older options cannot be read: %s", error)
        told = set()
    new = [name for name in names if name not in told]
    if new:
        _remember(file, new)
    return new


def _remember(file: Path, names: Collection[str]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        make_private(file.parent)
        descriptor = os.open(file, flags, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as open_file:
            open_file.write("".join(f"{name}\n" for name in names))
    except OSError as error:
        _log.warning("What was told of older options cannot be remembered: %s", error)
