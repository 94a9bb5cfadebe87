"""Where the configuration of a running program comes from, so that it can be edited and read again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tfm.config.load import Loaded, found_file, load_config
from tfm.config.places import Places
from tfm.config.template import write_template


@dataclass(frozen=True, slots=True)
class ConfigSource:
    """The file to edit and what was read from it last; the functions touch the disk.

    `again` reads it and never raises; `prepare` writes it from the template if there is none, says
    whether it did, and may raise OSError.
    """

    file: Path
    loaded: Loaded
    again: Callable[[], Loaded]
    prepare: Callable[[], bool]


def usual_source(loaded: Loaded, places: Places, environ: Mapping[str, str]) -> ConfigSource:
    """The file that is read when none is named."""
    return ConfigSource(
        found_file(places),
        loaded,
        again=lambda: load_config(None, places, environ),
        prepare=lambda: write_template(places),
    )


def named_source(
    file: Path, loaded: Loaded, places: Places, environ: Mapping[str, str]
) -> ConfigSource:
    """A file named on the command line; it is there."""
    return ConfigSource(
        file,
        loaded,
        again=lambda: load_config(file, places, environ),
        prepare=lambda: False,
    )
