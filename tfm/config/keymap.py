"""The key map: default keys of the action table with the user's own keys laid over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tfm.config.actions import ACTIONS, ALIASES, Action
from tfm.config.keys import UnknownKey, key_label, parse_key, variants
from tfm.config.problems import did_you_mean

UNBIND = "none"
_LAST_EXIT = "ctrl+q"


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """A fault in `KEY_BINDINGS`; `action` is the entry as the user wrote it."""

    action: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Keymap:
    """Which action a key means.

    `by_key` maps every name the terminal layer may report to an action id, the spare names of a
    key included; `keys` holds the canonical keys of each action, for help and labels.
    """

    by_key: Mapping[str, str]
    keys: Mapping[str, tuple[str, ...]]
    problems: tuple[KeyProblem, ...] = ()
    notices: tuple[str, ...] = ()

    def action_for(self, key: str) -> Action | None:
        """The action of a key as the terminal layer reports it."""
        action = self.by_key.get(key)
        return ACTIONS[action] if action is not None else None

    def keys_of(self, action: str) -> tuple[str, ...]:
        """Canonical keys of an action, the most important first; empty when it has none."""
        return self.keys.get(action, ())

    def labels_of(self, action: str) -> tuple[str, ...]:
        """The same keys as people read them: `("c", "F5")`."""
        return tuple(key_label(key) for key in self.keys_of(action))


def build_keymap(
    user: Mapping[str, tuple[str, ...] | list[str] | str],
    actions: Iterable[Action] = tuple(ACTIONS.values()),
) -> Keymap:
    """Lay the user's keys over the defaults; never raises, faults become problems.

    An entry replaces all keys of its action. A key the user takes from another action is the
    user's; two entries of the user for one key are a clash, and the first keeps it. `quit` always
    keeps a key.
    """
    table = {action.id: action for action in actions}
    problems: list[KeyProblem] = []
    wanted = _read(user, table, problems)
    by_key: dict[str, str] = {}
    _lay(wanted, by_key, user, problems)
    for action in table.values():
        if action.id not in wanted:
            for key in action.keys:
                by_key.setdefault(key, action.id)
    notices = _keep_quit(by_key) if "quit" in table else []
    keys = {each: _in_order(each, by_key, wanted, table) for each in table}
    for action in table.values():
        if action.keys and not keys[action.id] and action.id not in wanted and action.available:
            notices.append(
                f"{action.title} has no key now: yours took {key_label(action.keys[0])}."
            )
    return Keymap(
        MappingProxyType(_with_spares(by_key)),
        MappingProxyType(keys),
        tuple(problems),
        tuple(notices),
    )


def _read(
    user: Mapping[str, tuple[str, ...] | list[str] | str],
    table: Mapping[str, Action],
    problems: list[KeyProblem],
) -> dict[str, list[tuple[str, str]]]:
    """Action id → (key, entry it came from), in the user's order."""
    wanted: dict[str, list[tuple[str, str]]] = {}
    for entry, told in user.items():
        action = entry if entry in table else ALIASES.get(entry, "")
        if action not in table:
            hint = did_you_mean(entry, (*table, *ALIASES))
            hint = hint or "The actions are listed in docs/keys.md."
            problems.append(KeyProblem(entry, f'there is no action "{entry}".', hint))
            continue
        found: list[tuple[str, str]] = []
        faults = 0
        for text in (told,) if isinstance(told, str) else told:
            if text.lower() == UNBIND:
                continue
            try:
                found.append((parse_key(text), entry))
            except UnknownKey as error:
                faults += 1
                problems.append(KeyProblem(entry, f"{entry}: {error}."))
        if found or not faults:  # an entry without one good key keeps the defaults
            wanted.setdefault(action, []).extend(found)
    return wanted


def _lay(
    wanted: Mapping[str, list[tuple[str, str]]],
    by_key: dict[str, str],
    user: Mapping[str, object],
    problems: list[KeyProblem],
) -> None:
    for action, found in wanted.items():
        for key, entry in found:
            holder = by_key.setdefault(key, action)
            if holder != action:
                first = next(each for each in user if ALIASES.get(each, each) == holder)
                message = f"{key_label(key)} is given to both {first} and {entry}."
                problems.append(KeyProblem(entry, message, f"{first} keeps it; choose another."))


def _keep_quit(by_key: dict[str, str]) -> list[str]:
    if "quit" in by_key.values():
        return []
    by_key[_LAST_EXIT] = "quit"
    return [f"Quit needs a key: {key_label(_LAST_EXIT)} quits."]


def _in_order(
    action: str,
    by_key: Mapping[str, str],
    wanted: Mapping[str, list[tuple[str, str]]],
    table: Mapping[str, Action],
) -> tuple[str, ...]:
    order = [key for key, _ in wanted[action]] if action in wanted else list(table[action].keys)
    order += [key for key, holder in by_key.items() if holder == action and key not in order]
    return tuple(dict.fromkeys(key for key in order if by_key.get(key) == action))


def _with_spares(by_key: Mapping[str, str]) -> dict[str, str]:
    """Every name a terminal may report: Shift-letter means the letter unless it is bound itself."""
    full = dict(by_key)
    for key, action in by_key.items():
        if len(key) == 1 and key.islower():
            full.setdefault(key.upper(), action)
    for key, action in tuple(full.items()):
        for name in variants(key):
            full.setdefault(name, action)
    return full
