"""What all instances remember: visits, how each place was left, favourites, bookmarks, choices of the view menu.

Several instances share one file. None of them ever writes its own picture of it: each keeps the edits
it made since its last save, and a save reads the file under a lock, does those edits again upon what
the others wrote, and writes the result. So edits must mean the same on any memory. Of two instances that choose
the same thing the last one wins; what they choose beside each other is merged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from tfm.config.choices import Chosen
from tfm.config.kept_file import locked, mapping, read_kept, write_kept
from tfm.config.rules import Favorite
from tfm.config.state import SortMode, sort_mode
from tfm.model.columns import WIDEST, ColumnChoice

VERSION = 1
_WHAT = "Visited places, favourites, bookmarks and choices"

MOST_VISITS = 100
MOST_VIEWS = 2000
MOST_FAVORITES = 500
MOST_FILTERS = 100
PATIENCE = 2.0
"""Seconds to wait for another instance that is just saving."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A place and when somebody last arrived there, in seconds since 1970."""

    place: str
    at: float


@dataclass(frozen=True, slots=True)
class View:
    """How a place was left. `cursor` is a name, with a slash at its end if that is a directory.

    `sort` is None unless the user chose an order for this very place, and so is `columns`.
    """

    cursor: str = ""
    sort: SortMode | None = None
    reverse: bool = False
    filter: str = ""
    columns: ColumnChoice | None = None

    @property
    def is_plain(self) -> bool:
        """True if there is nothing in it worth keeping."""
        return self == View()


@dataclass(frozen=True, slots=True)
class Bookmark:
    """What a letter stands for: a directory, and the row in it (as in `View.cursor`)."""

    place: str
    cursor: str = ""


_NONE_VIEWED: Mapping[str, View] = MappingProxyType({})
_NONE_MARKED: Mapping[str, Bookmark] = MappingProxyType({})
_NONE_CHOSEN: Mapping[str, Chosen] = MappingProxyType({})
_NO_COLUMNS: Mapping[str, ColumnChoice] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Memory:
    """A value; each edit gives another one. Places are texts, as `str(Location)` gives them.

    `visits` and `filters` stand most recent first, `views` least recent first, `favorites` in the user's order.
    `choices` are what was switched away from the configuration, by the name of the setting,
    `columns` the columns that were chosen last in any place of a storage, by its scheme.
    """

    visits: tuple[Visit, ...] = ()
    views: Mapping[str, View] = field(default_factory=lambda: _NONE_VIEWED)
    favorites: tuple[Favorite, ...] = ()
    bookmarks: Mapping[str, Bookmark] = field(default_factory=lambda: _NONE_MARKED)
    filters: tuple[str, ...] = ()
    choices: Mapping[str, Chosen] = field(default_factory=lambda: _NONE_CHOSEN)
    columns: Mapping[str, ColumnChoice] = field(default_factory=lambda: _NO_COLUMNS)

    def visited(self, visit: Visit, most: int = MOST_VISITS) -> Memory:
        """Somebody arrived; a place is listed once, with its latest visit."""
        others = (each for each in self.visits if each.place != visit.place)
        known = next((each for each in self.visits if each.place == visit.place), visit)
        latest = max(known, visit, key=lambda each: each.at)
        ordered = sorted((latest, *others), key=lambda each: -each.at)
        return replace(self, visits=tuple(ordered[:most]))

    def forgot_visit(self, place: str) -> Memory:
        """Take a place out of the history."""
        return replace(self, visits=tuple(each for each in self.visits if each.place != place))

    def viewed(self, place: str, view: View, most: int = MOST_VIEWS) -> Memory:
        """Somebody left; the places left longest ago are forgotten first."""
        views = {each: known for each, known in self.views.items() if each != place}
        if not view.is_plain:
            views[place] = view
        for oldest in list(views)[: max(0, len(views) - most)]:
            del views[oldest]
        return replace(self, views=MappingProxyType(views))

    def with_favorite(self, favorite: Favorite) -> Memory:
        """Add a favourite, or give the one at that place another name."""
        if any(each.path == favorite.path for each in self.favorites):
            changed = (favorite if e.path == favorite.path else e for e in self.favorites)
            return replace(self, favorites=tuple(changed))
        return replace(self, favorites=(*self.favorites, favorite)[-MOST_FAVORITES:])

    def without_favorite(self, path: str) -> Memory:
        """Remove the favourite at that place."""
        return replace(self, favorites=tuple(e for e in self.favorites if e.path != path))

    def with_bookmark(self, letter: str, bookmark: Bookmark | None) -> Memory:
        """Let a letter stand for a place, or (None) for nothing."""
        others = {each: known for each, known in self.bookmarks.items() if each != letter}
        if bookmark is not None:
            others[letter] = bookmark
        return replace(self, bookmarks=MappingProxyType(dict(sorted(others.items()))))

    def used_filter(self, pattern: str) -> Memory:
        """A filter was used; each stands once."""
        others = (each for each in self.filters if each != pattern)
        return replace(self, filters=(pattern, *others)[:MOST_FILTERS])

    def chose(self, name: str, value: Chosen | None) -> Memory:
        """A setting was switched, or (None) is as the configuration says again."""
        others = {each: known for each, known in self.choices.items() if each != name}
        if value is not None:
            others[name] = value
        return replace(self, choices=MappingProxyType(others))

    def without_choices(self) -> Memory:
        """Everything is as the configuration says again, the columns of all places too."""
        views = {place: replace(view, columns=None) for place, view in self.views.items()}
        kept = {place: view for place, view in views.items() if not view.is_plain}
        return replace(
            self, choices=_NONE_CHOSEN, columns=_NO_COLUMNS, views=MappingProxyType(kept)
        )

    def with_columns(self, place: str, scheme: str, choice: ColumnChoice) -> Memory:
        """Columns were chosen in a place of that storage."""
        view = replace(self.views.get(place, View()), columns=choice)
        columns = MappingProxyType({**self.columns, scheme: choice})
        return replace(self.viewed(place, view), columns=columns)


Edit = Callable[[Memory], Memory]


def load_memory(file: Path) -> tuple[Memory, str]:
    """What is remembered, empty when nothing can be used, and a notice (mostly empty). Never raises."""
    found, notice = read_kept(file, VERSION, _decoded, _WHAT)
    return found or Memory(), notice


def merge_memory(file: Path, edits: Iterable[Edit]) -> tuple[Memory, str]:
    """Do these edits upon what stands in the file now, and write it; the result, and a notice.

    Raises OSError if the edits are not in the file: Busy when another instance was too slow.
    """
    with locked(file, PATIENCE):
        memory, notice = load_memory(file)
        for edit in edits:
            memory = edit(memory)
        fault = write_kept(file, VERSION, _encoded(memory), _WHAT)
    if fault:
        raise OSError(fault)
    return memory, notice


def _encoded(memory: Memory) -> Mapping[str, object]:
    return {
        "visits": [[each.place, each.at] for each in memory.visits],
        "views": {
            place: {name: told for name, told in asdict(view).items() if told}
            for place, view in memory.views.items()
        },
        "favorites": [asdict(each) for each in memory.favorites],
        "bookmarks": {letter: asdict(each) for letter, each in memory.bookmarks.items()},
        "filters": list(memory.filters),
        "choices": dict(memory.choices),
        "columns": {scheme: asdict(choice) for scheme, choice in memory.columns.items()},
    }


def _decoded(whole: Mapping[str, object]) -> Memory:
    """Raises ValueError for anything that is not a memory."""
    visits = tuple(_visit(each) for each in _list(whole.get("visits", [])))
    views = {
        _text(place): _view(mapping(view))
        for place, view in mapping(whole.get("views", {})).items()
    }
    favorites = tuple(_favorite(mapping(each)) for each in _list(whole.get("favorites", [])))
    bookmarks = {
        letter: Bookmark(_text(mapping(each).get("place")), _text(mapping(each).get("cursor")))
        for letter, each in mapping(whole.get("bookmarks", {})).items()
        if len(letter) == 1
    }
    filters = tuple(_text(each) for each in _list(whole.get("filters", [])))
    columns = {
        scheme: _columns(mapping(each))
        for scheme, each in mapping(whole.get("columns", {})).items()
    }
    choices = {name: _chosen(each) for name, each in mapping(whole.get("choices", {})).items()}
    return Memory(
        visits,
        MappingProxyType(views),
        favorites,
        MappingProxyType(bookmarks),
        filters,
        MappingProxyType(choices),
        MappingProxyType(columns),
    )


def _visit(data: object) -> Visit:
    place, at = _list(data)[:2] if len(_list(data)) > 1 else ("\0", 0)
    if not isinstance(at, int | float) or isinstance(at, bool) or at != at:
        raise ValueError("time of a visit")
    return Visit(_text(place), float(at))


def _view(data: Mapping[str, object]) -> View:
    sort, reverse = data.get("sort"), data.get("reverse", False)
    if (sort is not None and sort_mode(sort) is None) or not isinstance(reverse, bool):
        raise ValueError("order of a place")
    told = _text(data.get("cursor", "")), _text(data.get("filter", ""))
    columns = data.get("columns")
    chosen = None if columns is None else _columns(mapping(columns))
    return View(told[0], sort_mode(sort), reverse, told[1], chosen)


def _columns(data: Mapping[str, object]) -> ColumnChoice:
    without = (_text(each) for each in _list(data.get("without", [])))
    widths = (_width(_list(each)) for each in _list(data.get("widths", [])))
    return ColumnChoice(tuple(without), tuple(widths))


def _width(data: list[object]) -> tuple[str, int]:
    width = data[-1] if len(data) == 2 else None
    if not isinstance(width, int) or isinstance(width, bool) or not 1 <= width <= WIDEST:
        raise ValueError("width of a column")
    return _text(data[0]), width


def _chosen(data: object) -> Chosen:
    return data if isinstance(data, bool) else _text(data)


def _favorite(data: Mapping[str, object]) -> Favorite:
    return Favorite(_text(data.get("name")), _text(data.get("path")))


def _list(data: object) -> list[object]:
    if not isinstance(data, list):
        raise ValueError("not a list")
    return data


def _text(data: object) -> str:
    if not isinstance(data, str) or "\0" in data:
        raise ValueError("not a text")
    return data
