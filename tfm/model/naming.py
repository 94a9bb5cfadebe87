"""Names that a local disk cannot hold, written so that it can: one way, and back again.

Keys of an object store may have components that are no file names: empty ones, `.`, `..`, with NUL,
over 255 bytes. `encode_component` gives each of them a name of its own, and leaves every ordinary
name alone, also one that looks percent-encoded. The escape character is `␦` (the symbol for
"substitute"); a `␦` of the name itself is doubled.

| component | encoded |
|---|---|
| empty | `␦0` |
| `.`, `..` | `␦.`, `␦..` |
| `␦` | `␦␦` |
| NUL, `/` | `␦@`, `␦s` |
| half a surrogate pair; bytes that are not UTF-8 but spell UTF-8 when joined | `␦uD800` |
| a file beside a directory of the same name | its encoding and `␦f` |
| over 255 bytes once encoded | its beginning, `␦~`, 32 digits of its SHA-256, its extension |

The last rule cannot be undone; different names still get different ones. `is_shortened` tells them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from itertools import count

ESCAPE = "␦"
LONGEST = 255  # bytes of one name on every common file system

_WHOLE = {"": ESCAPE + "0", ".": ESCAPE + ".", "..": ESCAPE + ".."}
_TWIN = ESCAPE + "f"
_WHOLE_BACK = {encoded: name for name, encoded in _WHOLE.items()}
_SINGLE = {ESCAPE: ESCAPE * 2, "\0": ESCAPE + "@", "/": ESCAPE + "s"}
_SINGLE_BACK = {encoded: name for name, encoded in _SINGLE.items()}
_UNSAFE = re.compile(f"[{ESCAPE}\0/]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_TOKEN = re.compile(f"{ESCAPE}(?:[{ESCAPE}@s]|u[0-9A-F]{{4}})|[^{ESCAPE}]+")
_SHORTENED = re.compile(f"{ESCAPE}~[0-9a-f]{{32}}(?:\\.[A-Za-z0-9]{{1,10}})?\\Z")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}\Z")


def encode_component(name: str) -> str:
    """A name that any local disk can hold; equal only for equal names."""
    whole = _WHOLE.get(name)
    if whole is not None:
        return whole
    encoded = _UNSAFE.sub(lambda found: _SINGLE[found[0]], name)
    if not name.isascii() and not _survives(name):
        encoded = _SURROGATE.sub(lambda found: f"{ESCAPE}u{ord(found[0]):04X}", encoded)
    if len(encoded) * 4 > LONGEST and len(_bytes(encoded)) > LONGEST:
        return _shorten(name, encoded)
    return encoded


def beside_directory(encoded: str) -> str:
    """The name of a file whose directory twin (`a` and `a/`) already has the encoded name."""
    if len(_bytes(encoded + _TWIN)) > LONGEST:
        return _shorten(encoded + _TWIN, encoded)
    return encoded + _TWIN


def decode_component(name: str) -> str:
    """The component that was encoded. ValueError for a shortened name or one that is no encoding."""
    for whole in (_WHOLE_BACK.get(name), _WHOLE_BACK.get(name.removesuffix(_TWIN))):
        if whole is not None:
            return whole
    pieces: list[str] = []
    position = 0
    while position < len(name):
        token = _TOKEN.match(name, position)
        if token is None:
            if name[position:] == _TWIN and position:
                name = name[:position]
                break
            raise ValueError(f"{name!r} is not an encoded name")
        pieces.append(_decode_token(token[0]))
        position = token.end()
    decoded = "".join(pieces)
    if encode_component(decoded) != name:
        raise ValueError(f"{name!r} is not an encoded name")
    return decoded


def is_shortened(encoded: str) -> bool:
    """True if `encode_component` had to cut the name, so that it cannot be decoded."""
    return _SHORTENED.search(encoded) is not None


def _decode_token(token: str) -> str:
    if not token.startswith(ESCAPE):
        return token
    if token[1] == "u":
        return chr(int(token.partition("u")[2], 16))
    return _SINGLE_BACK[token]


def _survives(name: str) -> bool:
    """True if the name comes back unchanged from a disk that stores bytes."""
    try:
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") == name
    except UnicodeEncodeError:
        return False


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _shorten(name: str, encoded: str) -> str:
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    found = _EXTENSION.search(encoded)
    tail = f"{ESCAPE}~{digest}{found[0] if found else ''}"
    room = LONGEST - len(_bytes(tail))
    head: list[str] = []
    for token in _TOKEN.findall(encoded):
        # an escape is kept whole or not at all; ordinary text is cut between characters
        for part in (token,) if token.startswith(ESCAPE) else token:
            room -= len(_bytes(part))
            if room < 0:
                return "".join(head) + tail
            head.append(part)
    raise AssertionError("only called for names that are too long")


def told_apart(names: Sequence[tuple[str, bool]]) -> tuple[str, ...]:
    """The names, so that no two are the same: `a.txt`, `a (2).txt`; of each also "is a directory".

    A name that occurs once is never changed.
    """
    taken = {name for name, _ in names}
    seen: set[str] = set()
    given: list[str] = []
    running: dict[tuple[str, bool], Iterator[str]] = {}  # what was tried once is never free again
    for name, directory in names:
        free = name
        if name in seen:
            others = running.setdefault((name, directory), numbered(name, directory=directory))
            free = next(each for each in others if each not in taken and each not in seen)
        seen.add(free)
        given.append(free)
    return tuple(given)


def numbered(name: str, *, directory: bool = False) -> Iterator[str]:
    """`name (2).ext`, `name (3).ext` … without end; a directory has no extension."""
    stem, dot, extension = name.rpartition(".")
    if directory or not stem.strip("."):
        stem, dot, extension = name, "", ""
    for number in count(2):
        yield f"{stem} ({number}){dot}{extension}"
