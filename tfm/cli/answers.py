"""Who answers when something is already there: the option, a person at the terminal, or nobody."""

from __future__ import annotations

from tfm.cli.arguments import ASK, Usage
from tfm.cli.console import Console
from tfm.model.cancel import CancelToken
from tfm.model.conflict import Answer, Conflict, Decision, Policy, Resolver
from tfm.model.entry import Entry, ObjectDetails
from tfm.model.text import exact_size, local_time
from tfm.storage.device_codes import CodeWanted

_LETTERS = {
    "o": Answer.OVERWRITE,
    "s": Answer.SKIP,
    "k": Answer.KEEP_BOTH,
    "r": Answer.RENAME,
    "n": Answer.NEWER,
    "d": Answer.DIFFERENT,
    "c": Answer.CANCEL,
}
_NO_TERMINAL = (
    "There is no terminal to ask on: add --mfa-code CODE, or start it with the keys of aws sts get-session-token "
    "(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN)."
)
_QUESTION = (
    "o overwrite, s skip, k keep both, r rename, n only if newer, d only if different, c cancel; "
    "with a (such as sa) for all:"
)


def resolver_for(on_conflict: str, console: Console, cancel: CancelToken) -> Resolver:
    """Whoever answers. Raises Usage if a person is wanted and there is none."""
    if on_conflict in ("", ASK):
        if console.can_ask:
            return Asker(console, cancel)
        if on_conflict == ASK:
            raise Usage("--on-conflict ask needs a terminal to ask on.")
        return Policy(Answer.FAIL)
    return Policy(Answer(on_conflict))


class Asker:
    """Asks on the terminal until the answer is one."""

    def __init__(self, console: Console, cancel: CancelToken) -> None:
        self._console = console
        self._cancel = cancel

    def resolve(self, conflict: Conflict) -> Decision:
        """The decision of the person; the end of input means cancel."""
        self._console.say(f"{conflict.destination} is already there.")
        self._console.say(f"  there: {_facts(conflict.destination_entry)}")
        self._console.say(f"  yours: {_facts(conflict.source_entry)}  {conflict.source}")
        while True:
            words = self._console.ask(_QUESTION, self._cancel)
            if words is None:
                return Decision(Answer.CANCEL)
            decision = self._read(words.lower())
            if decision is not None:
                return decision
            self._console.say(f"{words!r} is not an answer.")

    def _read(self, words: str) -> Decision | None:
        to_all = len(words) == 2 and words.endswith("a")
        answer = _LETTERS.get(words[:1]) if len(words) == 1 or to_all else None
        if answer is not Answer.RENAME or to_all:
            renames_all = answer is Answer.RENAME
            return None if answer is None or renames_all else Decision(answer, to_all=to_all)
        name = self._console.ask("New name:", self._cancel)
        if not name or "/" in name:
            self._console.say("A name is not empty and has no slash.")
            return None
        return Decision(answer, name=name)


class CodeAsker:
    """Asks on the terminal for the code of a device; who gives none is not asked again in this run."""

    def __init__(self, console: Console, cancel: CancelToken) -> None:
        self._console = console
        self._cancel = cancel
        self._refused = False

    def ask(self, wanted: CodeWanted, _cancel: CancelToken) -> str:
        """As `AskCode`. It is shown as it is typed: by then it is nearly used up, and no terminal stays mute."""
        if not self._console.can_ask:
            raise wanted.missing(_NO_TERMINAL)
        if not self._refused:
            if wanted.trouble:
                self._console.say(wanted.trouble)
            self._console.say(f"The {wanted.words}.")
            code = self._console.ask("Code (empty to leave):", self._cancel)
            if code:
                return code
        self._refused = True
        raise wanted.missing("None was given. Run it again to be asked, or add --mfa-code CODE.")


def _facts(entry: Entry) -> str:
    size = "a directory" if entry.is_directory else exact_size(entry.size or 0)
    time = local_time(entry.source_mtime_ns, full=True)
    details = entry.details
    uploaded = isinstance(details, ObjectDetails) and details.stored_mtime_ns is None
    return f"{size}, {time}{' (uploaded)' if uploaded and time else ''}"
