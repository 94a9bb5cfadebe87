"""Names that older configuration files hold, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_NOT_YET = (
    "DEFAULT_LOG_HEIGHT_RATIO",
    "MAX_LOG_MESSAGES",
    "MAX_SEARCH_RESULTS",
    "MAX_JUMP_DIRECTORIES",
    "PROGRESS_ANIMATION_PATTERN",
    "PROGRESS_ANIMATION_SPEED",
    "SEPARATE_EXTENSIONS",
    "MAX_EXTENSION_LENGTH",
    "THEMES",
    "START_LEFT",
    "START_RIGHT",
    "REDUCED_MOTION",
    "CONFIRM_EXTRACT_ARCHIVE",
    "CONFIRM_ARCHIVE_CREATE",
    "CONFIRM_DUPLICATE",
    "ARCHIVE_CACHE_MAX_OPEN",
    "ARCHIVE_CACHE_TTL",
    "SSH_CACHE_TTL",
    "SSH_CACHE_ERROR_TTL",
    "COALESCE_DELAY_MS",
    "MAX_RELOADS_PER_SECOND",
    "FALLBACK_POLL_INTERVAL_S",
    "LOG_LEVEL",
    "LOG_PANE_ENABLED",
)

_SUCCESSORS = {
    "COLOR_SCHEME": 'THEME ("tfm-dark" or "tfm-light")',
    "FILE_OP_WORKERS_S3": "S3_TRANSFER_THREADS",
    "S3_MULTIPART_CHUNKSIZE": "S3_PART_SIZE",
}

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
    "UNICODE_MODE",
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
    | dict.fromkeys(_GONE, "has no effect in a terminal program; remove it.")
)
