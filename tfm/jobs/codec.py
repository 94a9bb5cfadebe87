"""Places, entries, orders and results as JSON values, and back. Raises ValueError for anything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from tfm.model.conflict import Answer
from tfm.model.entry import Entry, Kind, LocalDetails, ObjectDetails
from tfm.model.location import Location, Root, Style
from tfm.model.verify import Level
from tfm.ops.age import Act, Age
from tfm.ops.context import ItemResult, Outcome
from tfm.ops.order import Order, Verb
from tfm.ops.plan import Picked
from tfm.ops.thaw import Thaw
from tfm.storage.base import Evidence, Leftover


def from_place(place: Location) -> list[str]:
    """Scheme, connection, style, key: verbatim, also names that are not UTF-8."""
    root = place.root
    return [root.scheme, root.connection, root.style.value, place.key]


def to_place(value: Any) -> Location:
    """The place."""
    scheme, connection, style, key = (_text(each) for each in _list(value, 4))
    return Location(Root(scheme, connection, Style(style)), key)


def from_entry(entry: Entry) -> dict[str, Any]:
    """All that tells a thing from another one."""
    value: dict[str, Any] = {"n": entry.name, "k": entry.kind.value}
    if entry.size is not None:
        value["s"] = entry.size
    if entry.mtime_ns is not None:
        value["t"] = entry.mtime_ns
    if isinstance(entry.details, LocalDetails):
        value["l"] = list(entry.details)
    elif isinstance(entry.details, ObjectDetails):
        usual, told = ObjectDetails(), entry.details._asdict()
        value["o"] = {name: each for name, each in told.items() if each != getattr(usual, name)}
    return value


def to_entry(value: Any) -> Entry:
    """The entry."""
    given = _mapping(value)
    details: LocalDetails | ObjectDetails | None = None
    if "l" in given:
        details = LocalDetails(*_list(given["l"], len(LocalDetails._fields)))
    elif "o" in given:
        told = _mapping(given["o"])
        if told.keys() - set(ObjectDetails._fields):
            raise ValueError("unknown details of an object")
        pairs = tuple((str(name), str(text)) for name, text in told.pop("checksums", ()))
        details = ObjectDetails(**told, checksums=pairs)
    return Entry(
        _text(given.get("n")), Kind(given.get("k")), given.get("s"), given.get("t"), details
    )


def from_order(order: Order) -> dict[str, Any]:
    """The order without what was picked and its new names, which may be long."""
    return {
        "verb": order.verb,
        "picked": len(order.picked),
        "to": None if order.destination is None else from_place(order.destination),
        "into": order.into,
        "name": order.name,
        "spare": order.spare,
        "answer": None if order.answer is None else order.answer.value,
        "level": None if order.level is None else order.level.value,
        "tier": order.tier,
        "thaw": None if order.thaw is None else [order.thaw.speed, order.thaw.days],
        "age": None if order.age is None else [order.age.act, *order.age.keys],
    }


def to_order(value: Any, picked: Sequence[Picked], names: Sequence[Any] = ()) -> Order:
    """The order for what was picked, with its new names."""
    given = _mapping(value)
    verb: Verb = given["verb"]
    if verb not in get_args(Verb):
        raise ValueError(f"no such verb: {verb!r}")
    if given["picked"] != len(picked):
        raise ValueError("not all that was picked is there")
    return Order(
        verb,
        tuple(picked),
        None if given["to"] is None else to_place(given["to"]),
        given["into"],
        _text(given["name"]),
        tuple(_text(each) for each in names or given.get("names", ())),
        _text(given.get("spare", "")),
        None if given["answer"] is None else Answer(given["answer"]),
        None if given["level"] is None else Level(given["level"]),
        _text(given.get("tier", "")),
        None if given.get("thaw") is None else _to_thaw(given["thaw"]),
        None if given.get("age") is None else _to_age(given["age"]),
    )


def _to_thaw(value: Any) -> Thaw:
    speed, days = _list(value, 2)
    if not isinstance(days, int):
        raise ValueError("a number of days was expected")
    return Thaw(_text(speed), days)


def _to_age(value: Any) -> Age:
    if not isinstance(value, list) or not value or value[0] not in get_args(Act):
        raise ValueError("what is done to the bytes was expected")
    return Age(value[0], tuple(_text(key) for key in value[1:]))


def from_result(result: ItemResult) -> dict[str, Any]:
    """How an item ended; its error only as words."""
    value: dict[str, Any] = {"s": from_place(result.source), "o": result.outcome.value}
    if result.destination is not None:
        value["d"] = from_place(result.destination)
    more = {"z": result.size, "r": result.reason, "m": result.note}
    value |= {key: part for key, part in more.items() if part}
    if result.evidence is not None:
        value["e"] = int(result.evidence)
    return value


def to_result(value: Any) -> ItemResult:
    """The result."""
    given = _mapping(value)
    return ItemResult(
        source=to_place(given["s"]),
        destination=to_place(given["d"]) if "d" in given else None,
        outcome=Outcome(given["o"]),
        size=int(given.get("z", 0)),
        reason=_text(given.get("r", "")),
        note=_text(given.get("m", "")),
        evidence=Evidence(given["e"]) if "e" in given else None,
    )


def from_leftover(leftover: Leftover) -> dict[str, Any]:
    """What may be left."""
    value = {
        "d": from_place(leftover.place),
        "f": leftover.name,
        "i": leftover.identity,
        "t": leftover.since,
    }
    return value | ({"p": leftover.properties} if leftover.properties else {})


def to_leftover(value: Any) -> Leftover:
    """What may be left."""
    given = _mapping(value)
    return Leftover(
        to_place(given["d"]),
        _text(given["f"]),
        _text(given["i"]),
        int(given.get("t", 0)),
        properties=_text(given.get("p", "")),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text was expected")
    return value


def _list(value: Any, length: int) -> list[Any]:
    if not isinstance(value, list) or len(value) != length:
        raise ValueError(f"a list of {length} was expected")
    return value


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a mapping was expected")
    return value
