"""What documents of settings mean, in words: a short line for each thing that is worth telling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tfm.storage.s3.settings.documents import Document

EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
ANY_ACCOUNT = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
_GROUPS = {
    EVERYBODY: "everybody",
    ANY_ACCOUNT: "everybody with an AWS account",
    "http://acs.amazonaws.com/groups/s3/LogDelivery": "the delivery of logs",
}
_OWNERSHIP = {
    "BucketOwnerEnforced": "the bucket owns every object; access lists are off",
    "BucketOwnerPreferred": "the bucket owns what is handed over to it; access lists are on",
    "ObjectWriter": "whoever stores an object owns it; access lists are on",
}
_BLOCKS = {
    "BlockPublicAcls": "new public access lists",
    "IgnorePublicAcls": "public access lists there are",
    "BlockPublicPolicy": "new public policies",
    "RestrictPublicBuckets": "strangers let in by a public policy",
}
_OLD_REGIONS = {"EU": "eu-west-1", "": "us-east-1"}


def items(document: Mapping[str, Any], name: str) -> list[Any]:
    """The members of a list; none where there is no list."""
    found = document.get(name)
    return found if isinstance(found, list) else []


def part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A document inside; an empty one where there is none."""
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}


def listed(words: Iterable[str], link: str = "and") -> str:
    """`a, b and c`."""
    each = list(words)
    return f" {link} ".join(filter(None, [", ".join(each[:-1]), each[-1]])) if each else ""


def region(document: Document) -> list[str]:
    """Where it lies."""
    named = str(document.get("LocationConstraint") or "")
    return [_OLD_REGIONS.get(named, named)]


def tags(document: Document) -> list[str]:
    """Each with its value."""
    rows = [row for row in items(document, "TagSet") if isinstance(row, Mapping)]
    return [f"{row.get('Key')} = {row.get('Value') or ''}".rstrip() for row in rows]


def versioning(document: Document) -> list[str]:
    """Whether it keeps what is overwritten and deleted."""
    state = {
        "Enabled": "on: what is overwritten or deleted stays as a version",
        "Suspended": "suspended: old versions stay, no new ones are kept",
    }
    told = [state.get(str(document.get("Status")), "off")]
    if document.get("MFADelete") == "Enabled":
        told.append("removing a version takes the code of a device (MFA delete)")
    return told


def encryption(document: Document) -> list[str]:
    """What is done with what is stored without a wish of its own."""
    told = []
    for rule in items(document, "Rules"):
        default = part(rule, "ApplyServerSideEncryptionByDefault")
        kind, key = default.get("SSEAlgorithm"), default.get("KMSMasterKeyID")
        named = {"AES256": "SSE-S3", "aws:kms": "SSE-KMS", "aws:kms:dsse": "SSE-KMS, twice"}
        line = named.get(str(kind), str(kind)) if kind else ""
        if key:
            line += f" with the key {key}"
        elif kind and "kms" in str(kind):
            line += " with the key of AWS"
        if rule.get("BucketKeyEnabled") is True:
            line += ", bucket key on"
        blocked = items(part(rule, "BlockedEncryptionTypes"), "EncryptionType")
        if blocked and blocked != ["NONE"]:
            told.append(f"refused for new objects: {listed(map(str, blocked))}")
        if line:
            told.insert(0, line)
    return told or ["none of its own"]


def public_access(document: Document) -> list[str]:
    """What is blocked, and what is not."""
    on = [text for name, text in _BLOCKS.items() if document.get(name) is True]
    off = [text for name, text in _BLOCKS.items() if document.get(name) is not True]
    if not off:
        return ["on: nothing here can be made public"]
    if not on:
        return ["off: policies and access lists may let everybody in"]
    return [f"blocks {listed(on)}", f"lets through {listed(off)}"]


def policy(document: Document) -> list[str]:
    """One line for each statement."""
    return [_statement(each) for each in statements(document)] or ["no statement"]


def statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those of a policy: a list, or a single one."""
    found = document.get("Statement")
    rows = found if isinstance(found, list) else [found]
    return [row for row in rows if isinstance(row, Mapping)]


def texts(value: Any) -> list[str]:
    """Texts where one or several may stand."""
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def principals(statement: Mapping[str, Any], name: str = "Principal") -> list[str]:
    """Whom a statement is about."""
    found = statement.get(name)
    if isinstance(found, Mapping):
        return [text for value in found.values() for text in texts(value)]
    return texts(found)


def _statement(statement: Mapping[str, Any]) -> str:
    allows = statement.get("Effect") == "Allow"
    who = ["everybody" if name == "*" else name for name in principals(statement)]
    if "NotPrincipal" in statement:
        who = [f"everybody but {listed(principals(statement, 'NotPrincipal'))}"]
    acts = texts(statement.get("Action"))
    may = listed(acts) if acts else f"all but {listed(texts(statement.get('NotAction')))}"
    line = f"{listed(who) or 'nobody'} {'may' if allows else 'may not'} {may}"
    where = texts(statement.get("Resource"))
    if where:
        line += f" on {listed(name.removeprefix('arn:aws:s3:::') for name in where)}"
    if statement.get("Condition"):
        line += f", if {_condition(statement['Condition'])}"
    return line


def _condition(condition: Any) -> str:
    if not isinstance(condition, Mapping):
        return str(condition)
    told = []
    for operator, terms in condition.items():
        for name, value in terms.items() if isinstance(terms, Mapping) else ():
            shown = listed(map(str, value), "or") if isinstance(value, list) else str(value)
            told.append(f"{name} {operator} {shown}")
    return listed(told)


def policy_status(document: Document) -> list[str]:
    """Whether the policy lets everybody in."""
    return ["yes: the policy lets everybody in" if document.get("IsPublic") is True else "no"]


def ownership(document: Document) -> list[str]:
    """Who owns what others store there."""
    kinds = [str(rule.get("ObjectOwnership")) for rule in items(document, "Rules")]
    return [_OWNERSHIP.get(kind, kind) for kind in kinds]


def acl(document: Document) -> list[str]:
    """Who may do what."""
    owner = str(part(document, "Owner").get("ID") or "")
    told: dict[str, list[str]] = {}
    for grant in items(document, "Grants"):
        who = part(grant, "Grantee")
        name = str(who.get("URI") or who.get("ID") or who.get("EmailAddress") or "")
        shown = "its owner" if name == owner else _GROUPS.get(name, name)
        told.setdefault(shown, []).append(str(grant.get("Permission") or ""))
    return [f"{who}: {listed(what)}" for who, what in told.items()] or ["nobody is named"]


def cors(document: Document) -> list[str]:
    """One line for each rule."""
    told = []
    for rule in items(document, "CORSRules"):
        sites = [
            "every site" if site == "*" else site for site in texts(rule.get("AllowedOrigins"))
        ]
        line = f"{listed(sites)}: {', '.join(texts(rule.get('AllowedMethods')))}"
        if seconds := rule.get("MaxAgeSeconds"):
            line += f", remembered for {seconds} s"
        told.append(line)
    return told


def logging(document: Document) -> list[str]:
    """Where the log goes."""
    target = part(document, "LoggingEnabled")
    if not target:
        return ["off"]
    return [f"to s3://{target.get('TargetBucket')}/{target.get('TargetPrefix') or ''}"]


def requester_pays(document: Document) -> list[str]:
    """Who pays for requests and transfer."""
    paid = document.get("Payer") == "Requester"
    return ["yes: whoever asks pays" if paid else "no: the owner of the bucket pays"]


def acceleration(document: Document) -> list[str]:
    """Whether it can be reached through the edge."""
    on = document.get("Status") == "Enabled"
    return ["on: costs more for each GB that goes that way" if on else "suspended"]


def object_lock(document: Document) -> list[str]:
    """Whether objects can be locked, and for how long they are without a wish of their own."""
    if document.get("ObjectLockEnabled") != "Enabled":
        return ["off"]
    default = part(part(document, "Rule"), "DefaultRetention")
    told = ["on: objects can be locked"]
    for unit in ("Days", "Years"):
        if default.get(unit):
            mode = str(default.get("Mode") or "").lower()
            told.append(f"each new one for {default[unit]} {unit.lower()} ({mode})")
    return told


def website(document: Document) -> list[str]:
    """What is shown to browsers."""
    aside = part(document, "RedirectAllRequestsTo")
    if aside:
        return [f"sends everybody to {aside.get('Protocol') or 'http'}://{aside.get('HostName')}"]
    told = [f"shows {part(document, 'IndexDocument').get('Suffix')}"]
    if error := part(document, "ErrorDocument").get("Key"):
        told.append(f"and {error} where nothing is")
    rules = items(document, "RoutingRules")
    return [*told, f"{len(rules)} rules that send elsewhere"] if rules else told


def replication(document: Document) -> list[str]:
    """Where copies go."""
    told = []
    for rule in items(document, "Rules"):
        prefix = rule.get("Prefix") or part(rule, "Filter").get("Prefix") or ""
        to = str(part(rule, "Destination").get("Bucket") or "").removeprefix("arn:aws:s3:::")
        what = f"objects below {prefix}" if prefix else "all objects"
        off = "" if rule.get("Status") == "Enabled" else " (off)"
        told.append(f"{what} to {to}{off}")
    return told or ["no rules"]


def named(noun: str) -> Callable[[Document], list[str]]:
    """For lists of what has an id: each with its state, if it has one."""

    def tell(document: Document) -> list[str]:
        told = []
        for rows in document.values():
            for row in rows if isinstance(rows, list) else ():
                state = row.get("IsEnabled", row.get("Status", True))
                off = "" if state in (True, "Enabled") else " (off)"
                told.append(f"{noun} {row.get('Id') or ''}{off}")
        return told

    return tell
