"""Icons before the names, from the Font Awesome part of every Nerd Font: one cell each."""

from __future__ import annotations

from collections.abc import Iterator

from tfm.model.entry import Entry, Kind
from tfm.model.order import extension

_FOLDER, _FILE, _LINK, _SPECIAL = "\uf07b", "\uf15b", "\uf0c1", "\uf1e6"

_BY_EXTENSION = {
    "\uf15c": "txt md rst log tex org doc docx odt rtf",  # lines of text
    "\uf1c9": "py js ts c h cpp hpp rs go java rb php sh bash zsh fish lua pl sql html css vue swift kt scala r jl",
    "\uf013": "toml yaml yml json ini cfg conf env xml lock",  # a gear
    "\uf1c5": "png jpg jpeg gif bmp svg webp tif tiff ico heic avif raw",
    "\uf1c7": "mp3 flac ogg opus wav m4a aac wma",
    "\uf1c8": "mp4 mkv avi mov webm wmv mpg mpeg m4v",
    "\uf1c6": "zip tar gz tgz bz2 tbz2 xz txz zst 7z rar deb rpm jar whl iso",
    "\uf1c1": "pdf ps epub",
    "\uf1c3": "csv tsv xls xlsx ods parquet",
    "\uf1c0": "db sqlite sqlite3 mdb",
    "\uf023": "pem key crt cer gpg asc pub",  # a padlock
}


def _pairs() -> Iterator[tuple[str, str]]:
    for icon, extensions in _BY_EXTENSION.items():
        for each in extensions.split():
            yield each, icon


_ICONS = dict(_pairs())


def icon_of(entry: Entry) -> str:
    """One character for what a row is."""
    if entry.kind is Kind.DIRECTORY:
        return _FOLDER
    if entry.kind is Kind.LINK:
        return _LINK
    return _SPECIAL if entry.kind.is_special else _ICONS.get(extension(entry.name), _FILE)
