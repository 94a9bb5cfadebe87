"""A fault in a file of the user's, told so that a tired person can mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tfm.model.text import safe_text


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One fault: where it is, what is wrong, and what to do next (`hint` may be empty)."""

    file: Path
    line: int | None
    name: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """One line, free of control characters: `/home/u/.config/tfm/config.py:12: ...`."""
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        told = f"{where}: {self.message}"
        return str(safe_text(f"{told} {self.hint}" if self.hint else told))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`Did you mean 'X'?`, or an empty text when nothing known is close."""
    candidates = {each.lower(): each for each in known}
    close = difflib.get_close_matches(name.lower(), candidates, n=1, cutoff=0.6)
    return f"Did you mean {candidates[close[0]]}?" if close else ""
