"""The clipboard of the terminal a person sits at, also over SSH: OSC 52.

A terminal never answers whether it took the text; many have to be told to. So whoever copies says
what was sent, and nothing more.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

LONGEST = 74_994
"""Bytes that xterm, tmux and kitty all take: 100,000 characters once encoded, with what goes around."""


def send(app: TfmApp, text: str) -> bool:
    """Hand text to the terminal; False if it is longer than terminals take. Names stay verbatim."""
    data = text.encode("utf-8", "surrogateescape")
    if len(data) > LONGEST:
        return False
    # base64 alone: nothing in a name can end the sequence or begin another
    sequence = f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"
    if app._driver is not None:
        app._driver.write(sequence)
        app._driver.flush()
    return True
