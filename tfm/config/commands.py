"""The command lines typed before: a private file beside the state, one line of JSON each, newest last."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

from tfm.config.places import make_private, open_regular, read_all

MOST: Final = 200
_LARGEST: Final = 1024 * 1024


def load_commands(file: Path) -> list[str]:
    """What was typed, newest last, each once; what is damaged is left out. Raises OSError."""
    try:
        data = read_all(open_regular(file), _LARGEST)
    except FileNotFoundError:
        return []
    found: dict[str, None] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        try:
            text = json.loads(line)
        except ValueError:
            continue
        if isinstance(text, str) and text:
            found.pop(text, None)
            found[text] = None
    return list(found)[-MOST:]


def add_command(file: Path, text: str) -> None:
    """Append one; two instances at once lose nothing. Shortens the file now and then. Raises OSError."""
    make_private(file.parent)
    line = json.dumps(text).encode() + b"\n"
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, line)
        size = os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)
    if size > _LARGEST // 4:
        kept = "".join(json.dumps(each) + "\n" for each in load_commands(file))
        beside = file.with_name(f"{file.name}.{os.getpid()}")
        beside.write_text(kept, encoding="utf-8")
        beside.chmod(0o600)
        beside.replace(file)
