"""Writes the configuration of the first run: all settings, all of them asleep."""

from __future__ import annotations

import os

from tfm.config.document import config_template
from tfm.config.load import found_file
from tfm.config.places import Places, make_private


def write_template(places: Places) -> bool:
    """Write `config.py` if there is none, here or of the earlier program; whether it was written.

    Private (0600), never over anything. Raises OSError.
    """
    file = places.config_file
    if os.path.lexists(file) or found_file(places) != file:
        return False
    make_private(file.parent)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:  # another instance was quicker
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as open_file:
        open_file.write(config_template())
    return True
