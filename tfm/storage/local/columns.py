"""What stands beside a name on a local disk, the most important first."""

from __future__ import annotations

import stat

from tfm.model.columns import Column
from tfm.model.entry import Entry, LocalDetails
from tfm.model.order import SortKey
from tfm.model.text import SafeText, local_time, safe_text, short_size


def _permissions(entry: Entry) -> SafeText:
    if not isinstance(entry.details, LocalDetails):
        return SafeText("")
    return safe_text(stat.filemode(entry.details.mode)[1:])


COLUMNS = (
    Column("size", "Size", 5, lambda entry: short_size(entry.size), SortKey.SIZE, right=True),
    Column("time", "Modified", 16, lambda entry: local_time(entry.mtime_ns), SortKey.TIME),
    Column("mode", "Mode", 9, _permissions),
)
