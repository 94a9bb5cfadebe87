"""Running the app, and leaving it: whatever happens, the terminal is given back."""

from __future__ import annotations

import sys
import threading

from tfm.storage.vfs import Vfs
from tfm.ui.app import JOBS_END_WITHIN, TfmApp
from tfm.ui.last_resort import see_jobs_out

UPLOADS_GIVEN_UP_AFTER = 1.0
"""Seconds a cancelled job has to abort its upload itself; it may hang in a part that nobody answers."""


def run(app: TfmApp) -> int:
    """Run until the user leaves; the exit code.

    Jobs still running are cancelled and have three seconds to clean up; `app.late_jobs` names those
    that did not manage. Those that a signal or a lost terminal cut off stay in their journals. The
    terminal is in order by then. When the screen fails by a fault of its own, the jobs go on first.
    """
    app.run(mouse=app.settings.mouse)
    if app.failed and app.died_of is None:
        see_jobs_out(app.jobs, sys.stderr)
    giving_up = threading.Timer(UPLOADS_GIVEN_UP_AFTER, _give_up_uploads, [app.vfs])
    giving_up.daemon = True
    giving_up.start()
    app.late_jobs = app.jobs.shutdown(
        JOBS_END_WITHIN, cut_off=app.failed or app.died_of is not None
    )
    giving_up.cancel()
    return app.return_code or 0


def _give_up_uploads(vfs: Vfs) -> None:
    """Send the aborts without waiting for their answers."""
    for storage in vfs.opened():
        if storage.facets.unfinished is not None:
            storage.facets.unfinished.abort_unfinished(0.0)
