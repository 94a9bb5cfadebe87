"""`tfm du`: how much is stored, by directory and storage class, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass, field

from tfm.cli.account import Account, write_json
from tfm.cli.arguments import Usage as Wrong
from tfm.cli.places import Typed, look, typed
from tfm.cli.running import VerbRun
from tfm.model.errors import StorageError
from tfm.model.past import is_past
from tfm.model.text import plural, safe_text
from tfm.ops.usage import (
    Beside,
    Usage,
    bytes_of,
    class_of,
    measure,
    measure_beside,
    named,
    objects_of,
    prices_at,
    usual_class,
)
from tfm.storage.prices import NO_TERMS, Amounts, amount_of, figure, monthly, monthly_of_all


@dataclass
class _Report:
    """All that is printed at the end."""

    document: list[dict[str, object]] = field(default_factory=list)
    told: set[str] = field(default_factory=set)

    def say(self, run: VerbRun, text: str) -> None:
        """On standard error, once for all places."""
        if text not in self.told:
            self.told.add(text)
            run.console.say(text)


def du(run: VerbRun) -> int:
    """One line for each directory right inside of each place, then one for the place."""
    places = [typed(text) for text in run.call.places]
    if not places:
        raise Wrong("Name a place: tfm du PLACE...")
    account, report = Account(run), _Report()
    for place in places:
        try:
            _one(run, place, account, report)
        except StorageError as error:
            account.refused(place.text, error)
    if run.call.json:
        write_json(run.console, report.document)
    return account.close()


def _one(run: VerbRun, place: Typed, account: Account, report: _Report) -> None:
    ctx = run.context()
    where, entry = look(run.vfs, place)
    prices = prices_at(ctx, where)
    usage = Usage(where, prices)
    if entry.opens_as_directory:
        measure(ctx, usage, fresh=True)
    else:
        terms = NO_TERMS if prices is None else prices.terms_of(class_of(entry))
        usage.add_one(class_of(entry), amount_of(entry.size or 0, terms))
        usage.end()
    beside = None
    if run.call.versions and is_past(where.root):
        report.say(run, "Earlier versions and unfinished uploads are counted in the present only.")
    elif run.call.versions:
        beside = measure_beside(ctx, where, prices)
    usual = usual_class(ctx, where)
    if run.call.json:
        report.document.append(_facts(usage, usual, beside))
    else:
        _print(run, usage, usual, beside)
    if run.call.cost and not run.call.json:
        report.say(run, "No prices are known for this place." if prices is None else prices.told())
    if usage.unreadable:
        what = plural(usage.unreadable, "directory")
        account.skipped(place.text, None, f"{what} could not be read, and is not counted")
    else:
        account.done(place.text)


def _print(run: VerbRun, usage: Usage, usual: str, beside: Beside | None) -> None:
    level = usage.level()
    for name, amounts in sorted(level.children):
        inside = usage.top.as_directory().child(name, directory=True)
        _line(run, usage, amounts, str(inside))
    if run.call.cost:
        for name, amount in named(level.amounts, usual).items():
            _line(run, usage, {name: amount}, f"  {name or 'no class told'}")
    if beside is not None:
        _line(run, usage, beside.versions, "  earlier versions")
        _line(run, usage, beside.uploads, "  unfinished uploads")
        if beside.no_uploads:
            run.console.say(f"Unfinished uploads are not known: {beside.no_uploads}")
    _line(run, usage, level.amounts, str(usage.top))


def _line(run: VerbRun, usage: Usage, amounts: Amounts, name: str) -> None:
    columns = [f"{bytes_of(amounts)}", f"{objects_of(amounts)}"]
    if run.call.cost:
        prices = usage.prices
        columns.append("?" if prices is None else _plain(monthly_of_all(prices, amounts)))
    run.console.line("\t".join([*columns, safe_text(name)]))


def _plain(value: float | None) -> str:
    """For programs: no thousands marks, six digits."""
    return figure(None) if value is None else f"{value:.6f}"


def _facts(usage: Usage, usual: str, beside: Beside | None) -> dict[str, object]:
    level, prices = usage.level(), usage.prices
    facts: dict[str, object] = {
        "place": str(usage.top),
        **_amounts(usage, level.amounts, usual),
        "directories": [
            {
                "place": str(usage.top.as_directory().child(name, directory=True)),
                **_amounts(usage, amounts, usual),
            }
            for name, amounts in sorted(level.children)
        ],
        "unreadable": usage.unreadable,
    }
    if prices is not None:
        facts["prices"] = {
            "currency": prices.currency,
            "region": prices.region,
            "as_of": prices.as_of,
            "source": prices.source,
            "remark": prices.remark,
        }
    if beside is not None:
        facts["earlier_versions"] = _amounts(usage, beside.versions, usual)
        facts["delete_markers"] = beside.marks
        facts["unfinished_uploads"] = (
            None if beside.no_uploads else _amounts(usage, beside.uploads, usual)
        )
    return facts


def _amounts(usage: Usage, amounts: Amounts, usual: str) -> dict[str, object]:
    prices = usage.prices
    classes = {
        name: {
            "objects": amount.objects,
            "bytes": amount.bytes,
            "billed_bytes": amount.billed,
            "cost_per_month": None if prices is None else monthly(prices, name, amount),
        }
        for name, amount in named(amounts, usual).items()
    }
    return {
        "objects": objects_of(amounts),
        "bytes": bytes_of(amounts),
        "cost_per_month": None if prices is None else monthly_of_all(prices, amounts),
        "classes": classes,
    }
