"""The screen of edited copies that never went home: write one back, go to it, discard it, or leave it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tfm.jobs.loans import Stranded
from tfm.model.text import local_time, safe_text
from tfm.ui.dialogs.choose import Choice
from tfm.ui.dialogs.frame import Button
from tfm.ui.dialogs.offers import Offers

What = Literal["back", "go", "discard"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become of which copy."""

    what: What
    stranded: Stranded


class StrandedDialog(Offers[Wish, Stranded]):
    """Gives a wish for one of the copies."""

    def __init__(self, copies: Sequence[Stranded]) -> None:
        super().__init__(
            "Edited copies",
            "These were changed, and did not get back.",
            [Choice(each, str(each.borrowed.home), _since(each), keep_end=True) for each in copies],
            (
                Button("back", "Write", "w"),
                Button("go", "Go to", "g"),
                Button("discard", "Discard", "d"),
                Button("later", "Later", "l"),
            ),
            2,
        )

    def details_of(self, chosen: Stranded) -> Sequence[str]:
        """Where it lies, and what stands against writing it back."""
        return str(chosen.borrowed.copy), more_of(chosen)

    def wish(self, button: str, chosen: Stranded) -> Wish | None:
        """What the buttons say."""
        wishes: dict[str, What] = {"back": "back", "go": "go", "discard": "discard"}
        return Wish(wishes[button], chosen) if button in wishes else None


def more_of(stranded: Stranded) -> str:
    """What stands against writing it back, or lies beside it; empty if nothing does."""
    if stranded.refusal:
        return safe_text(stranded.refusal)
    if not stranded.others:
        return ""
    names = ", ".join(safe_text(name) for name in stranded.others)
    return f"Beside it lies: {names}"


def _since(stranded: Stranded) -> str:
    return local_time(int(stranded.since * 10**9), full=False)
