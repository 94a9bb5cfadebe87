"""Other programs: editor, shell, command line, the user's programs, and what a file is opened with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from tfm.external.associations import can_show, command_for, matches
from tfm.external.command import editor, shell
from tfm.external.env import Shown, Situation
from tfm.model.entry import Entry
from tfm.model.location import Location
from tfm.model.program import Deed, Lend, Program
from tfm.model.text import safe_text
from tfm.ui.cells import cut_start
from tfm.ui.suspend import Pause

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_WIDEST_PLACE: Final = 44


def to_shell(app: TfmApp) -> None:
    """Stop, as Ctrl-Z stops every other program."""
    from tfm.ui import suspend

    refusal = suspend.to_shell(app)
    if refusal:
        app.say(refusal, "warning")


def subshell(app: TfmApp) -> None:
    """The user's shell in this directory, until `exit`."""
    here = app.session.pane.place
    where = app.outside.last_local()
    banner = "Type exit to return to tfm."
    if where != str(here):
        banner = (
            f"{safe_text(str(here))} is no local directory: this is {safe_text(where)}. {banner}"
        )
    program = Program("Shell", ("sh",), auto_return=True)
    app.outside.run(program, subshell=True, pause=Pause.NEVER, banner=banner)


def command_line(app: TfmApp) -> None:
    """Run what is typed in the user's shell; Up and Down bring back what was typed before."""
    from tfm.ui.dialogs.recall import Recall

    def run(text: str | None) -> None:
        if text is None or not text.strip():
            return
        app.outside.typed(text)
        program = Program("Command", ("sh", "-c", text))
        environ = app.outside.environ
        app.outside.run(program, find=lambda: (shell(environ), "-c", text), banner=f"$ {text}")

    where = cut_start(safe_text(app.outside.last_local()), _WIDEST_PLACE)
    dialog = Recall("Command", f"In {where}; Up: earlier ones")
    app.outside.earlier(dialog)
    app.push_screen(dialog, run)


def programs(app: TfmApp) -> None:
    """Choose a program; those for other files than the one at the cursor are left out."""
    from tfm.config.keys import key_label
    from tfm.ui.dialogs.choose import Choice, Choose

    current = app.session.pane.current
    offered = [each for each in app.settings.programs if _fits(each, current)]
    if not offered:
        app.say("No program is configured for this. See PROGRAMS in config.py.", "warning")
        return
    choices = [
        Choice(each, each.name, f"{key_label(each.key)}  " * bool(each.key) + _line_of(each))
        for each in offered
    ]

    def run(program: Program | None) -> None:
        if program is not None:
            app.outside.run(program)

    app.push_screen(Choose("Programs", choices, typing=True, lines=16), run)


def _fits(program: Program, entry: Entry | None) -> bool:
    if not program.patterns:
        return True
    return entry is not None and matches(program.patterns, _name_of(entry))


def _name_of(entry: Entry) -> str:
    """The last part: the row of something found has its path for a name."""
    return entry.name.rpartition("/")[2]


def _line_of(program: Program) -> str:
    """The command as a person reads it: programs and scripts without their directories."""
    return " ".join(word.rpartition("/")[2] or word for word in program.command)


# -- files ---------------------------------------------------------------------------------------------


def edit(app: TfmApp) -> None:
    """Open the file at the cursor in the editor; a remote one as a copy that goes home."""
    pane = app.session.pane
    entry = pane.current
    if entry is None or entry.opens_as_directory:
        app.say("Put the cursor on a file to edit it.", "warning")
        return
    rule = command_for(app.settings.file_associations, _name_of(entry), "edit")
    if rule == ():
        app.say(f"Nothing edits {safe_text(entry.name)}: FILE_ASSOCIATIONS says None.", "warning")
    elif rule is not None and can_show(rule, app.outside.environ):
        _run_on(app, Program(rule[0], rule, arguments=True, lend=Lend.THIS), pane.location(entry))
    else:
        edit_place(app, pane.location(entry))


def edit_place(app: TfmApp, place: Location, *, new: bool = False) -> None:
    """The editor on one file, which with `new` need not be there yet."""
    setting, environ = app.settings.text_editor, app.outside.environ
    program = Program("The editor", ("vi",), arguments=True, lend=Lend.THIS)
    app.outside.run(
        program,
        situation=_only(app, place),
        pause=Pause.NEVER,
        new_file=place if new else None,
        find=lambda: editor(setting, environ).words,
    )


def edit_new(app: TfmApp) -> None:
    """Type a name, and write the file in the editor; nothing saved, nothing made."""
    from tfm.ui.dialogs.conflict import name_fault
    from tfm.ui.dialogs.prompt import Prompt

    def named(name: str | None) -> None:
        if name is not None:
            pane = app.session.pane
            pane.land_on((name, False))
            edit_place(app, pane.place.child(name), new=(name, False) not in pane.rows.index)

    app.push_screen(Prompt("New file in the editor", "Name:", check=name_fault), named)


def opened_elsewhere(app: TfmApp, entry: Entry, deed: Deed = "open") -> bool:
    """Open a file with the program its name is associated with; False if the viewer should."""
    rule = command_for(app.settings.file_associations, _name_of(entry), deed)
    if rule is None or (rule and not can_show(rule, app.outside.environ)):
        return False
    if not rule:
        app.say(f"Nothing {deed}s {safe_text(entry.name)}: FILE_ASSOCIATIONS says None.", "warning")
        return True
    program = Program(rule[0], rule, terminal=False, arguments=True, lend=Lend.THIS)
    _run_on(app, program, app.session.pane.location(entry))
    return True


def compare_outside(app: TfmApp, one: Location, two: Location) -> bool:
    """Compare two files with TEXT_DIFF; False if there is none and ours should."""
    words = app.settings.text_diff
    if not words:
        return False
    program = Program(words[0], words, arguments=True, lend=Lend.THIS)
    situation = _only(app, one, two)
    app.outside.run(program, situation=situation, pause=Pause.NEVER)
    return True


def _run_on(app: TfmApp, program: Program, *places: Location) -> None:
    pause = Pause.ON_FAILURE
    app.outside.run(program, situation=_only(app, *places), pause=pause)


def _only(app: TfmApp, *places: Location) -> Situation:
    """The situation with just these files selected in the active pane."""
    now = app.outside.situation()
    this = Shown(now.this.place, places)
    if now.left_is_active:
        return Situation(this, now.right, left_is_active=True)
    return Situation(now.left, this, left_is_active=False)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "edit": edit,
    "edit_new": edit_new,
    "programs": programs,
    "subshell": subshell,
    "command_line": command_line,
    "to_shell": to_shell,
}
