"""The key map: keys of the action table, those of a preset over them, and the user's own on top.

A key may be a chord (`g g`); what begins chords is a prefix and means nothing by itself. Several
actions may share a key when their selection rules tell them apart: the first that fits wins.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tfm.config.actions import ACTIONS, ALIASES, Action
from tfm.config.earlier import EARLIER_ACTIONS
from tfm.config.keys import UnknownKey, key_label, parse_chord, strokes_of, variants
from tfm.config.presets import preset_keys
from tfm.config.problems import did_you_mean
from tfm.config.rules import Binding, Selection

UNBIND = "none"
_LAST_EXIT = "ctrl+q"
_DESKTOP_KEYS = ("cmd-", "command-")

UserKeys = Mapping[str, Binding | tuple[str, ...] | list[str] | str]


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """A fault in `KEY_BINDINGS`; `action` is the entry as the user wrote it."""

    action: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """One meaning of a key, and when it holds."""

    action: str
    selection: Selection = "any"

    def fits(self, *, marked: bool) -> bool:
        """Whether it holds while rows are marked, or none is."""
        return self.selection == "any" or (self.selection == "required") == marked


@dataclass(frozen=True, slots=True)
class Keymap:
    """Which action a key means.

    `by_key` maps canonical keys and chords to their meanings; `steps` maps what has been pressed so
    far ("" at first) to the names a terminal may report next, spare names included, and each of
    these to the chord it completes or begins; `keys` holds the canonical keys of each action, for
    help and labels; `earlier` maps actions of the earlier program that the user bound, and that are
    gone, to what became of them.
    """

    by_key: Mapping[str, tuple[Bound, ...]]
    steps: Mapping[str, Mapping[str, str]]
    keys: Mapping[str, tuple[str, ...]]
    problems: tuple[KeyProblem, ...] = ()
    notices: tuple[str, ...] = ()
    earlier: Mapping[str, str] = field(default_factory=dict)

    def follow(self, prefix: str, key: str) -> str | None:
        """What a key, as the terminal reports it, makes of the keys before; None: nothing."""
        return self.steps.get(prefix, {}).get(key)

    def is_prefix(self, chord: str) -> bool:
        """Whether more keys have to follow."""
        return chord in self.steps

    def meanings(self, key: str) -> tuple[Bound, ...]:
        """Every action of a key, as the terminal layer reports it, or of a chord."""
        chord: str | None = ""
        for stroke in strokes_of(key):
            chord = self.follow(chord or "", stroke)
            if chord is None:
                return ()
        return self.by_key.get(chord or "", ())

    def action_for(self, key: str, *, marked: bool | None = None) -> Action | None:
        """The action of a key or chord; `marked` None takes the first, whatever its rule."""
        for bound in self.meanings(key):
            if marked is None or bound.fits(marked=marked):
                return ACTIONS.get(bound.action)
        return None

    def after(self, prefix: str) -> list[tuple[str, str]]:
        """What may follow a prefix: label of the next key, and what it does."""
        depth = len(strokes_of(prefix))
        found: dict[str, list[str]] = {}
        for chord, bounds in self.by_key.items():
            if chord.startswith(f"{prefix} "):
                found.setdefault(strokes_of(chord)[depth], []).append(
                    ACTIONS[bounds[0].action].title
                )
        rows = []
        for stroke, titles in found.items():
            more = f" +{len(titles) - 1}" if len(titles) > 1 else ""
            rows.append((key_label(stroke), f"{titles[0]}{more}"))
        return sorted(rows, key=lambda row: (row[0].lower(), row[0]))

    def keys_of(self, action: str) -> tuple[str, ...]:
        """Canonical keys of an action, the most important first; empty when it has none."""
        return self.keys.get(action, ())

    def labels_of(self, action: str) -> tuple[str, ...]:
        """The same keys as people read them: `("c", "F5")`."""
        return tuple(key_label(key) for key in self.keys_of(action))

    def key_of(self, action: str) -> str:
        """What a text calls the way to an action: its first key, else its title in quotes."""
        keys = self.keys_of(action)
        return key_label(keys[0]) if keys else f"“{ACTIONS[action].title}”"


def build_keymap(
    user: UserKeys,
    actions: Iterable[Action] = tuple(ACTIONS.values()),
    preset: str = "default",
) -> Keymap:
    """Lay the user's keys over the preset's and these over the defaults; never raises.

    Faults become problems. An entry replaces all keys of its action. A key the user takes from
    another action is the user's; two entries of the user for one key are a clash unless their
    rules tell them apart, and the first keeps it. `quit` always keeps a key.
    """
    table = {action.id: action for action in actions}
    problems: list[KeyProblem] = []
    wanted = _read(user, table, problems)
    chosen = {name: keys for name, keys in preset_keys(preset).items() if name in table}
    standing = {name: chosen.get(name, action.keys) for name, action in table.items()}
    laid = _Laid()
    first_names: dict[str, str] = {}
    for action, found in wanted.items():
        for key, entry, selection in found:
            holder = laid.holder(key, selection)
            if holder == "":
                laid.put(key, Bound(action, selection))
                first_names.setdefault(action, entry)
            elif holder != action:
                first = first_names.get(holder, holder)
                problems.append(_clash(key, laid, first, entry))
    users = frozenset(laid.by_key)
    for names in (chosen, table.keys() - chosen.keys()):
        for action in (each for each in table if each in names and each not in wanted):
            for key in standing[action]:
                if key not in users and not laid.holder(key, "any"):
                    laid.put(key, Bound(action))
    notices = _keep_quit(laid) if "quit" in table else []
    held = _by_action(laid)
    keys = {name: _in_order(held.get(name, ()), wanted.get(name), standing[name]) for name in table}
    for each in table.values():
        before = standing[each.id]
        if before and not keys[each.id] and each.id not in wanted and each.available:
            notices.append(f"{each.title} has no key now: yours took {key_label(before[0])}.")
    return Keymap(
        MappingProxyType({key: tuple(bounds) for key, bounds in laid.by_key.items()}),
        _steps(laid.by_key),
        MappingProxyType(keys),
        tuple(problems),
        tuple(notices),
        {
            entry: EARLIER_ACTIONS[entry]
            for entry in user
            if entry in EARLIER_ACTIONS and entry not in table and entry not in ALIASES
        },
    )


class _Laid:
    """The keys given away so far."""

    def __init__(self) -> None:
        self.by_key: dict[str, list[Bound]] = {}
        self._begun: dict[str, str] = {}

    def put(self, key: str, bound: Bound) -> None:
        self.by_key.setdefault(key, []).append(bound)
        for prefix in _prefixes(key):
            self._begun.setdefault(prefix, bound.action)

    def holder(self, key: str, selection: Selection) -> str:
        """The action that leaves no room for another one on this key; empty when there is room."""
        for prefix in _prefixes(key):
            if prefix in self.by_key:
                return self.by_key[prefix][0].action
        if key in self._begun:
            return self._begun[key]
        taken = self.by_key.get(key, [])
        rules = {bound.selection for bound in taken}
        if "any" in rules or selection in rules or {"required", "none"} <= rules:
            return taken[-1].action
        return ""


def _prefixes(key: str) -> Iterator[str]:
    strokes = strokes_of(key)
    for count in range(1, len(strokes)):
        yield " ".join(strokes[:count])


def _clash(key: str, laid: _Laid, first: str, entry: str) -> KeyProblem:
    message = f"{key_label(key)} is given to both {first} and {entry}."
    if key not in laid.by_key:
        begun = next((each for each in _prefixes(key) if each in laid.by_key), "")
        if begun:
            message = f"{key_label(key)} of {entry} never comes: {key_label(begun)} is {first}."
        else:
            message = f"{key_label(key)} of {entry} begins a chord of {first}."
    return KeyProblem(entry, message, f"{first} keeps it; choose another.")


_Given = tuple[str, str, Selection]
_Wanted = dict[str, list[_Given]]


def _read(user: UserKeys, table: Mapping[str, Action], problems: list[KeyProblem]) -> _Wanted:
    """Action id → (key, entry it came from, rule), in the user's order."""
    wanted: _Wanted = {}
    bare = _bare_capitals(user)
    for entry, told in user.items():
        action = entry if entry in table else ALIASES.get(entry, "")
        if action not in table and entry in EARLIER_ACTIONS:
            continue
        if action not in table:
            hint = did_you_mean(entry, (*table, *ALIASES))
            hint = hint or "The actions are listed in docs/keys.md."
            problems.append(KeyProblem(entry, f'there is no action "{entry}".', hint))
            continue
        binding = told if isinstance(told, Binding) else Binding(_texts(told))
        found: list[tuple[str, str, Selection]] = []
        faults = 0
        for text in binding.keys:
            if text.lower() == UNBIND:
                continue
            if bare and text.lower().startswith(_DESKTOP_KEYS):
                continue
            plain = text.lower() if bare and len(text) == 1 else text
            try:
                found.append((parse_chord(plain), entry, binding.selection))
            except UnknownKey as error:
                faults += 1
                problems.append(KeyProblem(entry, f"{entry}: {error}."))
        if found or not faults:  # an entry without one good key keeps the defaults
            wanted.setdefault(action, []).extend(found)
    return wanted


def _texts(told: tuple[str, ...] | list[str] | str) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)


def _bare_capitals(user: UserKeys) -> bool:
    """Whether `C` means the key c, as the earlier program wrote it beside `Shift-C`.

    Told by its own names of actions together with a written-out `Shift-` and a letter.
    """
    if not any(entry in ALIASES for entry in user):
        return False
    texts = [
        text
        for told in user.values()
        for text in (told.keys if isinstance(told, Binding) else _texts(told))
    ]
    return any(text.lower().startswith("shift-") and len(text) == len("shift-x") for text in texts)


def _keep_quit(laid: _Laid) -> list[str]:
    if any(bound == Bound("quit") for bounds in laid.by_key.values() for bound in bounds):
        return []
    laid.by_key[_LAST_EXIT] = [Bound("quit")]
    return [f"Quit needs a key: {key_label(_LAST_EXIT)} quits."]


def _by_action(laid: _Laid) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    for key, bounds in laid.by_key.items():
        for action in {bound.action for bound in bounds}:
            held.setdefault(action, []).append(key)
    return held


def _in_order(
    held: Collection[str], given: list[_Given] | None, standing: tuple[str, ...]
) -> tuple[str, ...]:
    """The keys an action holds, in the order of whoever gave them."""
    order = standing if given is None else [key for key, *_ in given]
    return tuple(dict.fromkeys(key for key in (*order, *held) if key in held))


def _steps(by_key: Mapping[str, object]) -> Mapping[str, Mapping[str, str]]:
    """Every name a terminal may report: Shift-letter means the letter unless it is bound itself."""
    exact: dict[str, dict[str, str]] = {"": {}}
    for chord in by_key:
        before = ""
        for stroke in strokes_of(chord):
            here = f"{before} {stroke}".strip()
            exact.setdefault(before, {})[stroke] = here
            before = here
    return MappingProxyType({prefix: _with_spares(each) for prefix, each in exact.items()})


def _with_spares(exact: Mapping[str, str]) -> Mapping[str, str]:
    full = dict(exact)
    for stroke, chord in exact.items():
        if len(stroke) == 1 and stroke.islower():
            full.setdefault(stroke.upper(), chord)
    for stroke, chord in tuple(full.items()):
        for name in variants(stroke):
            full.setdefault(name, chord)
    return MappingProxyType(full)
