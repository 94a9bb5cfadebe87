"""What `--stats` prints at the end."""

from __future__ import annotations

from tfm.cli.console import Console
from tfm.storage.vfs import Vfs


def tell_statistics(vfs: Vfs, console: Console) -> None:
    """The requests by kind and the use of the caches, to standard error; asks nobody."""
    from tfm.session.statistics import lines_of
    from tfm.storage.statistics import statistics

    console.tell(line.text for line in lines_of(statistics(vfs)))
