"""What a value in the user's configuration may be: each rule accepts a value or says what it wants."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal, Protocol
from urllib.parse import urlsplit

from tfm.model.location import BadPlace, parse
from tfm.model.text import safe_text


class Rejected(ValueError):
    """The value breaks its rule; the text continues a sentence: `NAME must be ...`."""

    def __init__(self, message: str, item: object = None) -> None:
        """`item` is the key or index of the faulty part, so that its own line can be named."""
        super().__init__(message)
        self.item = item


class Rule(Protocol):
    """What one setting accepts; `wants` reads well after `must be`."""

    @property
    def wants(self) -> str:
        """The accepted values in words."""

    def accept(self, value: object) -> object:
        """The value in its final, frozen form; raises `Rejected`."""


@dataclass(frozen=True, slots=True)
class Flag:
    """`True` or `False`, nothing that merely looks like it."""

    wants: str = "True or False"

    def accept(self, value: object) -> object:
        """Only a real bool: `0` or `"no"` here is nearly always a mistake."""
        if isinstance(value, bool):
            return value
        raise Rejected(self.wants)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds; `zero` names the meaning of 0 when 0 lies outside them."""

    low: int
    high: int
    zero: str = ""

    @property
    def wants(self) -> str:
        """The range in words."""
        words = f"a whole number from {self.low} to {self.high}"
        return f"0 ({self.zero}) or {words}" if self.zero else words

    def accept(self, value: object) -> object:
        """An int; a bool is not a number here although Python says so."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise Rejected(self.wants)
        if self.low <= value <= self.high or (self.zero and value == 0):
            return int(value)
        raise Rejected(self.wants)


@dataclass(frozen=True, slots=True)
class Number:
    """A number within bounds, whole or not; never NaN or infinite."""

    low: float
    high: float

    @property
    def wants(self) -> str:
        """The range in words."""
        return f"a number from {self.low:g} to {self.high:g}"

    def accept(self, value: object) -> object:
        """A float; bools, NaN and infinities are refused."""
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise Rejected(self.wants)
        if self.low <= value <= self.high:  # never true of NaN
            return float(value)
        raise Rejected(self.wants)


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text; `empty` names the meaning of an empty one ("" = it may not be empty)."""

    empty: str = ""
    most: int = 4096

    @property
    def wants(self) -> str:
        """What text is accepted."""
        return f'a line of text ("" means {self.empty})' if self.empty else "a line of text"

    def accept(self, value: object) -> object:
        """A str of one printable line."""
        if not isinstance(value, str) or not value.isprintable():
            raise Rejected(self.wants)
        if len(value) <= self.most and (value or self.empty):
            return str(value)
        raise Rejected(self.wants)


_NAMESPACE = re.compile(r"[A-Za-z0-9.\-_/#][A-Za-z0-9.\-_/#: ]{0,254}")


@dataclass(frozen=True, slots=True)
class MetricsNamespace:
    """The name that figures stand under at CloudWatch, as PutMetricData takes it; those of Amazon are reserved."""

    wants: str = 'letters, digits and . - _ / # : up to 255, such as "tfm", not beginning with "AWS/" ("" means off)'

    def accept(self, value: object) -> object:
        """A str."""
        if value == "":
            return ""
        fits = isinstance(value, str) and _NAMESPACE.fullmatch(value)
        if not fits or str(value).startswith("AWS/"):
            raise Rejected(self.wants)
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words.

    `later` are words that this version cannot serve yet, `older` words of older configuration
    files with their successors.
    """

    words: tuple[str, ...]
    later: tuple[str, ...] = ()
    older: tuple[tuple[str, str], ...] = ()

    @property
    def wants(self) -> str:
        """The words, quoted."""
        return " or ".join(f'"{word}"' for word in self.words)

    def accept(self, value: object) -> object:
        """One of the words, exactly."""
        if isinstance(value, str):
            value = dict(self.older).get(value, value)
            if value in self.words:
                return str(value)
            if value in self.later:
                raise Rejected(f'{self.wants} ("{value}" is not in this version yet)')
        raise Rejected(self.wants)


@dataclass(frozen=True, slots=True)
class Url:
    """The URL of an S3 endpoint; credentials inside it are refused, secrets live elsewhere."""

    wants: str = 'a URL such as "http://127.0.0.1:9000" ("" means AWS itself)'

    def accept(self, value: object) -> object:
        """An http or https URL with a host and without a user part, query or fragment."""
        if not isinstance(value, str) or not value.isprintable() or " " in value:
            raise Rejected(self.wants)
        if not value:
            return ""
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError:  # a malformed host or port
            raise Rejected(self.wants) from None
        if parts.username is not None or parts.password is not None:
            raise Rejected("a URL without a user name or password; name a profile in S3_PROFILE")
        fine = parts.scheme in {"http", "https"} and parts.hostname and port != 0
        if not fine or parts.query or parts.fragment:
            raise Rejected(self.wants)
        return value.rstrip("/")


DATE_FORMATS: Mapping[str, str] = {"short": "%y-%m-%d %H:%M", "full": "%Y-%m-%d %H:%M:%S"}

_DIRECTIVE = re.compile(r"%[aAbBcdefFgGHIjlmMnpPrRsStTuUVwWxXyYzZ%:-]")
_WIDEST_DATE = 40


@dataclass(frozen=True, slots=True)
class DateFormat:
    """`short`, `full`, or a pattern of `strftime`."""

    wants: str = '"short", "full", or a strftime pattern such as "%d.%m.%Y %H:%M"'

    def accept(self, value: object) -> object:
        """A known word, or a pattern that gives one line of at most 40 characters."""
        if isinstance(value, str):
            if value in DATE_FORMATS:
                return str(value)
            if len(value) <= _WIDEST_DATE and value.isprintable() and _DIRECTIVE.search(value):
                try:
                    sample = datetime(2026, 12, 30, 23, 59, 59).strftime(value)
                except (ValueError, UnicodeError):  # what the C library makes of odd patterns
                    raise Rejected(self.wants) from None
                if sample.isprintable() and 0 < len(sample) <= _WIDEST_DATE:
                    return str(value)
        raise Rejected(self.wants)


@dataclass(frozen=True, slots=True)
class Favorite:
    """A place with a name: local path (`~` allowed) or URI, as text."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Favorites:
    """A list of places, each a text or a mapping with `name` and `path`."""

    wants: str = (
        'a list of {"name": ..., "path": ...} or of plain paths; a path may be s3://bucket/'
    )

    def accept(self, value: object) -> object:
        """A tuple of `Favorite`; names the first entry that is not one."""
        if not isinstance(value, list | tuple):
            raise Rejected(self.wants)
        return tuple(self._one(index, item) for index, item in enumerate(value))

    def _one(self, index: int, item: object) -> Favorite:
        if isinstance(item, Favorite):
            return item
        name: object = item
        path: object = item
        if isinstance(item, Mapping):
            name, path = item.get("name"), item.get("path")
            strange = set(map(str, item)) - {"name", "path"}
            if strange:
                raise Rejected(f"{self.wants}; entry {index + 1} has other keys", index)
        for text in (name, path):
            if not isinstance(text, str) or not text or not text.isprintable():
                raise Rejected(f"{self.wants}; entry {index + 1} is not", index)
        return Favorite(str(name), str(path))


Selection = Literal["any", "required", "none"]
SELECTIONS: tuple[Selection, ...] = ("any", "required", "none")


@dataclass(frozen=True, slots=True)
class Binding:
    """Keys of an action as the user wrote them, and whether marks have to be there."""

    keys: tuple[str, ...]
    selection: Selection = "any"


@dataclass(frozen=True, slots=True)
class Place:
    """A directory of either world as text; `empty` names the meaning of an empty one."""

    empty: str

    @property
    def wants(self) -> str:
        """What text is accepted."""
        return f'a place such as "~/work" or "s3://bucket/dir/" ("" means {self.empty})'

    def accept(self, value: object) -> object:
        """An absolute path, one beneath `~`, or a URI."""
        if not isinstance(value, str) or not value.isprintable():
            raise Rejected(self.wants)
        try:
            if value:
                parse(value)
        except BadPlace:
            raise Rejected(self.wants) from None
        return str(value)


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where a secret is, never the secret itself."""

    wants: str = '"file:/path/of/key" or "env:NAME_OF_VARIABLE" ("" means none)'

    def accept(self, value: object) -> object:
        """A text of that form; what else stands there is not repeated, it may be a key."""
        if not isinstance(value, str) or not value.isprintable():
            raise Rejected(self.wants)
        kind, _, where = value.partition(":")
        if value and (kind not in ("file", "env") or not where):
            raise Rejected(self.wants)
        return str(value)


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """Public keys of age or SSH."""

    wants: str = 'a list of public keys such as "age1..." or "ssh-ed25519 ..."'

    def accept(self, value: object) -> object:
        """A tuple of lines that begin like one; whether they are keys is seen when they are used."""
        return _lines(value, self.wants, lambda text: text.startswith(("age1", "ssh-")))


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where private keys are, never a key itself."""

    wants: str = 'a list of files with keys, such as "~/.config/age/key.txt"; the keys themselves stay in them'

    def accept(self, value: object) -> object:
        """A tuple of paths; what else stands there is not repeated, it may be a key."""
        return _lines(value, self.wants, lambda text: not text.startswith(("AGE-", "-----")))


def _lines(value: object, wants: str, fine: Callable[[str], bool]) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise Rejected(wants)
    for index, text in enumerate(value):
        if not isinstance(text, str) or not text or not text.isprintable() or not fine(text):
            raise Rejected(f"{wants}; entry {index + 1} is none", index)
    return tuple(map(str, value))


CLASSES_TO_CHOOSE = (
    "STANDARD",
    "INTELLIGENT_TIERING",
    "STANDARD_IA",
    "ONEZONE_IA",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
    "REDUCED_REDUNDANCY",
)
_UPLOAD_HEADERS = (
    "Content-Type",
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Storage-Class",
    "Tags",
)
_METADATA_NAME = re.compile(r"x-amz-meta-[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Uploads:
    """Patterns of names, each with the headers that uploads of such a name get."""

    wants: str = 'a mapping such as {"*.html;*.css": {"Cache-Control": "no-cache", "Storage-Class": "STANDARD_IA"}}'

    def accept(self, value: object) -> object:
        """A frozen mapping from pattern to header to text."""
        if not isinstance(value, Mapping):
            raise Rejected(self.wants)
        rules: dict[str, Mapping[str, str]] = {}
        for pattern, headers in value.items():
            if not isinstance(pattern, str) or not isinstance(headers, Mapping):
                raise Rejected(self.wants, pattern)
            rules[str(pattern)] = MappingProxyType(
                {str(name): self._one(pattern, name, text) for name, text in headers.items()}
            )
        return MappingProxyType(rules)

    def _one(self, pattern: str, name: object, text: object) -> str:
        known = name in _UPLOAD_HEADERS or _METADATA_NAME.fullmatch(str(name))
        if not known:
            names = ", ".join(_UPLOAD_HEADERS)
            raise Rejected(f"{self.wants}; {name!r} is none of {names}, x-amz-meta-NAME", pattern)
        if not isinstance(text, str) or not text.isprintable():
            raise Rejected(f"{self.wants}; {name} is a text", pattern)
        if name != "Tags" and not text.isascii():
            raise Rejected(f"{self.wants}; {name} takes ASCII only", pattern)
        if name == "Storage-Class" and text not in CLASSES_TO_CHOOSE:
            raise Rejected(
                f"{self.wants}; Storage-Class is one of {', '.join(CLASSES_TO_CHOOSE)}", pattern
            )
        return str(text)


@dataclass(frozen=True, slots=True)
class BucketRules:
    """Patterns of bucket names, each with what is another there."""

    wants: str = 'a mapping such as {"archive-*": {"storage_class": "GLACIER_IR"}, "shared": {"requester_pays": True}}'

    def accept(self, value: object) -> object:
        """A frozen mapping from pattern to name to value."""
        if not isinstance(value, Mapping):
            raise Rejected(self.wants)
        return MappingProxyType(
            {self._pattern(each): self._one(each, told) for each, told in value.items()}
        )

    def _pattern(self, pattern: object) -> str:
        if not isinstance(pattern, str) or not pattern or "/" in pattern:
            raise Rejected(f"{self.wants}; a pattern is the name of a bucket with * and ?", pattern)
        return pattern

    def _one(self, pattern: object, told: object) -> Mapping[str, object]:
        if not isinstance(told, Mapping):
            raise Rejected(self.wants, pattern)
        rules = _of_bucket()
        found: dict[str, object] = {}
        for name, value in told.items():
            if name not in rules:
                raise Rejected(f"{self.wants}; what can be another are {', '.join(rules)}", pattern)
            try:
                found[str(name)] = rules[str(name)].accept(value)
            except Rejected as error:
                raise Rejected(f"a mapping in which {name} is {error}", pattern) from None
        return MappingProxyType(found)


def pairs_of(rules: Mapping[str, Mapping[str, object]]) -> tuple[tuple[str, object], ...]:
    """Patterns with what they mean, as a storage takes them."""
    return tuple((pattern, tuple(values.items())) for pattern, values in rules.items())


def _of_bucket() -> Mapping[str, Rule]:
    return {
        "storage_class": Choice(("", *CLASSES_TO_CHOOSE)),
        "encryption": Choice(("", "AES256", "aws:kms", "aws:kms:dsse")),
        "kms_key_id": Text(),
        "requester_pays": Flag(),
        "accelerate": Flag(),
    }


@dataclass(frozen=True, slots=True)
class Bindings:
    """A mapping from actions to their keys; `keymap` judges the names, this rule the shape."""

    wants: str = (
        'a mapping such as {"copy": "c", "delete": ["k", "F8"], "undo": "none", '
        '"move": {"keys": ["m"], "selection": "required"}}'
    )

    def accept(self, value: object) -> object:
        """A mapping from action to `Binding`."""
        if not isinstance(value, Mapping):
            raise Rejected(self.wants)
        bindings: dict[str, Binding] = {}
        for action, told in value.items():
            if not isinstance(action, str):
                raise Rejected(f"{self.wants}; every action is a text", action)
            bindings[str(action)] = self._one(action, told)
        return MappingProxyType(bindings)

    def _one(self, action: str, told: object) -> Binding:
        selection: Selection = "any"
        listed: object = told
        if isinstance(told, Binding):
            return told
        if isinstance(told, Mapping):
            strange = sorted(set(map(str, told)) - {"keys", "selection"})
            if strange:
                raise Rejected(
                    f'{self.wants}; "{safe_text(strange[0])}" is neither keys nor selection', action
                )
            listed = told.get("keys")
            word = told.get("selection", "any")
            found = next((each for each in SELECTIONS if each == word), None)
            if found is None:
                raise Rejected(f"{self.wants}; selection is any, required or none", action)
            selection = found
        listed = (listed,) if isinstance(listed, str) else listed
        if not isinstance(listed, list | tuple) or not all(isinstance(key, str) for key in listed):
            raise Rejected(f"{self.wants}; a key is a text or a list of texts", action)
        return Binding(tuple(map(str, listed)), selection)
