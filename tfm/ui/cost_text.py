"""What a job sends and costs, in a line that fits."""

from __future__ import annotations

from tfm.ops.estimate import Estimate
from tfm.ui.dialogs.frame import text_width
from tfm.ui.pane.lines import first_that_fits


def cost_line(estimate: Estimate | None, screen_width: int) -> str:
    """For a wide dialog on a screen of that width; empty where nothing is known."""
    wordings = [] if estimate is None else estimate.wordings()
    return first_that_fits(wordings, text_width(screen_width)) if wordings else ""
