"""`tfm bucket`: settings of a bucket, read and set."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tfm.cli.account import Account, write_json
from tfm.cli.arguments import Usage
from tfm.cli.places import typed
from tfm.cli.running import VerbRun
from tfm.model.difference import difference
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.ops.settings import Looked, look, settings_of, write_setting
from tfm.storage.bucket_facets import Setting, Settings

_LABEL_WIDTH = 16


def bucket(run: VerbRun) -> int:
    """All settings of a bucket, or one of them; with --set or --remove that one is changed."""
    call = run.call
    if not 1 <= len(call.places) <= 2:
        raise Usage("Name a bucket, and perhaps a setting: tfm bucket PLACE [SETTING]")
    changes = bool(call.set_from) or call.remove
    if call.set_from and call.remove:
        raise Usage("--set and --remove exclude each other.")
    if changes and len(call.places) < 2:
        raise Usage("Name the setting: tfm bucket PLACE SETTING --set FILE")
    if changes and not call.yes and (call.set_from == "-" or not run.console.can_ask):
        raise Usage("There is nobody to ask: nothing was changed. Add --yes to change it.")
    place = _bucket(call.places[0])
    account = Account(run, as_json=call.json and changes)
    try:
        facet = settings_of(run.vfs, place)
    except StorageError as error:
        account.refused(call.places[0], error)
        return account.close()
    if len(call.places) == 1:
        return _all(run, place, facet, account)
    setting = _setting(facet, call.places[1])
    if changes:
        return _change(run, place, facet, setting, account)
    return _one(run, place, setting, account)


def _bucket(text: str) -> Location:
    place = typed(text).location
    if not place.container:
        raise Usage(f"{safe_text(text)} is no bucket: s3://bucket/.")
    return Location(place.root, f"{place.container}/")


def _setting(facet: Settings, name: str) -> Setting:
    for setting in facet.settings:
        if setting.name == name:
            return setting
    known = ", ".join(setting.name for setting in facet.settings)
    raise Usage(f"There is no setting {safe_text(name)}. Known are: {known}.")


def _all(run: VerbRun, place: Location, facet: Settings, account: Account) -> int:
    """What cannot be read is told in its line; only if nothing can be, that is an error."""

    def ask(setting: Setting) -> Looked:
        return look(run.vfs, place, setting, run.cancel)

    first, *rest = facet.settings
    found = [ask(first)]
    if found[0].fatal and found[0].error is not None:
        account.refused(str(place), found[0].error)
        return account.close()
    known = {each.setting.name: each for each in run.fan_out(ask, rest)}  # in any order
    found += [known[setting.name] for setting in rest]
    if run.call.json:
        write_json(run.console, {each.setting.name: _facts(each) for each in found})
    else:
        for each in found:
            words = each.value.words if each.value is not None else (f"? {each.reason}",)
            for line, text in enumerate(words):
                label = each.setting.name if not line else ""
                run.console.line(f"{label:<{_LABEL_WIDTH}}{safe_text(text)}")
    account.done(str(place))
    return account.close()


def _facts(found: Looked) -> dict[str, object]:
    value = found.value
    return {
        "title": found.setting.title,
        "words": list(value.words) if value is not None else [],
        "document": json.loads(value.text) if value is not None and value.text else None,
        "error": found.reason or None,
        "editable": not found.setting.fixed,
    }


def _one(run: VerbRun, place: Location, setting: Setting, account: Account) -> int:
    """In words, or with --json as the document that --set takes."""
    found = look(run.vfs, place, setting, run.cancel)
    if found.error is not None:
        account.refused(str(place), found.error)
    elif found.value is not None:
        account.done(str(place))
        if run.call.json:
            run.console.line((found.value.text or "{}").rstrip("\n"))
        else:
            for text in found.value.words:
                run.console.line(safe_text(text))
    return account.close()


def _change(
    run: VerbRun, place: Location, facet: Settings, setting: Setting, account: Account
) -> int:
    """Show what would be another, ask, write, read back."""
    wanted = "" if run.call.remove else _given(run)
    before = look(run.vfs, place, setting, run.cancel)
    if before.error is not None or before.value is None:
        if before.error is not None:
            account.refused(str(place), before.error)
        return account.close()
    if fault := facet.fault_in(setting.name, wanted):
        account.refused(str(place), StorageError(fault, place=place, verb="set"))
        return account.close()
    text = before.value.text
    for line in difference(text, wanted):
        run.console.say(line)
    for warning in facet.warnings(setting.name, text, wanted):
        run.console.say(warning)
    if not run.call.yes and not _confirmed(run, setting, place, removes=not wanted.strip()):
        run.console.say("Nothing was changed.")
        return account.close(answered_no=True)
    ctx = replace(run.context(on_item=account.item))
    write_setting(ctx, place, setting.name, wanted, text)
    return account.close()


def _given(run: VerbRun) -> str:
    """What --set names. Raises Usage."""
    source = run.call.set_from
    try:
        data = (
            b"".join(run.console.input_blocks(run.cancel))
            if source == "-"
            else Path(source).read_bytes()
        )
        text = data.decode("utf-8")
    except StorageError:
        raise
    except OSError as error:
        raise Usage(f"--set: {safe_text(source)} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Usage(f"--set: {safe_text(source)} is not UTF-8.") from error
    if not text.strip():
        raise Usage("--set: there is nothing in it. To take a setting away: --remove.")
    return text


def _confirmed(run: VerbRun, setting: Setting, place: Location, *, removes: bool) -> bool:
    verb = "Remove" if removes else "Set"
    question = f"{verb} {setting.name} of {safe_text(str(place))}? [y/N]"
    while True:
        words = run.console.ask(question, run.cancel)
        if words is None or words.lower() in ("", "n", "no"):
            return False
        if words.lower() in ("y", "yes"):
            return True
