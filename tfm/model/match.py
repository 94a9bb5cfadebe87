"""Which names a pattern means."""

from __future__ import annotations

import fnmatch
import re


def name_filter(pattern: str) -> re.Pattern[str]:
    """Compiles `*.log;*.txt` (globs, `;` between alternatives), without regard to case.

    A pattern without wildcards means "contains".
    """
    parts = [part for part in pattern.split(";") if part] or ["*"]
    globs = [part if any(c in part for c in "*?[") else f"*{part}*" for part in parts]
    return re.compile("|".join(f"(?:{fnmatch.translate(glob)})" for glob in globs), re.IGNORECASE)
