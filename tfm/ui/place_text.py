"""Places in fields: shown safely, and still themselves if nobody changed the text."""

from __future__ import annotations

from dataclasses import dataclass

from tfm.model.location import BadPlace, Location, parse
from tfm.model.text import SafeText, safe_text


@dataclass(frozen=True, slots=True)
class PlaceText:
    """`shown` may go into a field; `place` is what it stands for, odd bytes included."""

    place: Location
    shown: SafeText
    base: Location

    @classmethod
    def of(cls, directory: Location, *, base: Location) -> PlaceText:
        """The text of a directory, with a slash at its end; typed texts are relative to `base`."""
        text = str(directory)
        return cls(directory, safe_text(text if text.endswith("/") else f"{text}/"), base)

    def place_of(self, text: str) -> Location:
        """What the text in the field means now. Raises BadPlace."""
        return self.place if text == self.shown else parse(text, base=self.base)

    def fault(self, text: str) -> str:
        """What is wrong with the text, or nothing."""
        try:
            self.place_of(text)
        except BadPlace as error:
            return str(error)
        return ""
