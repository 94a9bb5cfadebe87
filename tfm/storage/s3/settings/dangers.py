"""What a change of a setting does that its owner may not have in mind: said before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from tfm.storage.s3.settings.documents import Document
from tfm.storage.s3.settings.lifecycle import covers_all
from tfm.storage.s3.settings.notifications import targets
from tfm.storage.s3.settings.words import (
    ANY_ACCOUNT,
    EVERYBODY,
    items,
    listed,
    part,
    principals,
    statements,
    texts,
)

_NEEDED = ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy")


def warnings(name: str, before: Document, after: Document) -> tuple[str, ...]:
    """Short sentences, the worst first; none where there is nothing to fear."""
    check = _DANGERS.get(name)
    return tuple(check(before, after)) if check is not None else ()


def _versioning(before: Document, after: Document) -> list[str]:
    if after.get("Status") != "Suspended" or before.get("Status") == "Suspended":
        return []
    return [
        "From then on what is overwritten or deleted is gone for good. Old versions stay, and cost."
    ]


def _public_access(before: Document, after: Document) -> list[str]:
    opened = [name for name, on in before.items() if on is True and after.get(name) is not True]
    if not opened:
        return []
    if "RestrictPublicBuckets" in opened or "IgnorePublicAcls" in opened:
        return ["Whatever a policy or access list makes public is public from then on."]
    return ["From then on policies and access lists can let everybody in."]


def _policy(before: Document, after: Document) -> list[str]:
    told = []
    for row in statements(after):
        if row in statements(before):
            continue
        who, acts = principals(row), texts(row.get("Action"))
        everybody = "*" in who or "NotPrincipal" in row
        if row.get("Effect") == "Allow" and everybody:
            some = " (if the condition holds)" if row.get("Condition") else ""
            told.append(f"It lets everybody do {listed(acts) or 'nearly everything'}{some}.")
        if row.get("Effect") == "Deny" and everybody and _denies_policy(row, acts):
            some = "it may lock" if row.get("Condition") else "it locks"
            told.insert(
                0,
                f"By what it denies {some} you out of the policy itself: then only the root user of "
                "the account can take it away.",
            )
    if before and not after:
        told.append(
            "Whoever was let in by it is let in no more, and what it denied is denied no more."
        )
    return told


def _denies_policy(row: Mapping[str, Any], acts: list[str]) -> bool:
    if "NotAction" in row:
        kept = texts(row.get("NotAction"))
        return not all(any(_matches(act, need) for act in kept) for need in _NEEDED)
    return any(_matches(act, need) for act in acts for need in _NEEDED)


def _matches(pattern: str, act: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(act.lower(), pattern.lower().replace("[", "[[]"))


def _acl(before: Document, after: Document) -> list[str]:
    told = []
    had = [_grant(each) for each in items(before, "Grants")]
    for grant in items(after, "Grants"):
        who, what = _grant(grant)
        if who in (EVERYBODY, ANY_ACCOUNT) and (who, what) not in had:
            name = "everybody" if who == EVERYBODY else "everybody with an AWS account"
            told.append(f"It lets {name} {_MAY.get(what, what)}.")
    owner = part(after, "Owner").get("ID")
    if owner and not any(_grant(each)[0] == owner for each in items(after, "Grants")):
        told.append("The owner of the bucket is not on the list any more.")
    return told


_MAY = {
    "READ": "list what is in the bucket",
    "WRITE": "store and overwrite objects",
    "READ_ACP": "read this list",
    "WRITE_ACP": "change this list, and so do everything",
    "FULL_CONTROL": "do everything",
}


def _grant(grant: Mapping[str, Any]) -> tuple[str, str]:
    who = part(grant, "Grantee")
    return str(who.get("URI") or who.get("ID") or ""), str(grant.get("Permission") or "")


def _lifecycle(before: Document, after: Document) -> list[str]:
    told = []
    for rule in items(after, "Rules"):
        if rule in items(before, "Rules") or rule.get("Status") != "Enabled":
            continue
        gone, name = part(rule, "Expiration"), rule.get("ID") or "a rule"
        if ("Days" in gone or "Date" in gone) and covers_all(rule):
            when = f"{gone['Days']} days after it was stored" if "Days" in gone else "on that date"
            told.append(f"Rule {name} deletes every object of the bucket {when}.")
        elif "Days" in gone or "Date" in gone:
            told.append(f"Rule {name} deletes objects, also those that are old enough already.")
        if part(rule, "NoncurrentVersionExpiration"):
            told.append(f"Rule {name} deletes old versions for good.")
        if items(rule, "Transitions"):
            told.append(
                f"Rule {name} moves objects: each move costs a request, reading may cost more."
            )
    if before and not after:
        told.append(
            "Nothing is tidied up any more: what the rules would have deleted stays and costs."
        )
    return told


def _ownership(before: Document, after: Document) -> list[str]:
    kinds = [rule.get("ObjectOwnership") for rule in items(after, "Rules")]
    if kinds == ["BucketOwnerEnforced"] and after != before:
        return ["Access lists stop to count: whoever was let in by one alone is let in no more."]
    if after != before and kinds != ["BucketOwnerEnforced"]:
        return ["Access lists count from then on, also public ones, unless they are blocked."]
    return []


def _requester_pays(before: Document, after: Document) -> list[str]:
    if after.get("Payer") == "Requester" and before != after:
        return ["Requests that do not say they will pay are denied, anonymous ones among them."]
    return []


def _acceleration(before: Document, after: Document) -> list[str]:
    if after.get("Status") == "Enabled" and before != after:
        return [
            "What goes through the accelerated address costs 0.04 to 0.08 USD more for each GB."
        ]
    if before.get("Status") == "Enabled" and after != before:
        return ["Programs that use the accelerated address fail from then on."]
    return []


def _object_lock(before: Document, after: Document) -> list[str]:
    told = []
    if after.get("ObjectLockEnabled") == "Enabled" and not before:
        told.append("Object lock can never be switched off again.")
    default = part(part(after, "Rule"), "DefaultRetention")
    if default.get("Mode") == "COMPLIANCE" and after != before:
        told.append(
            "What is stored from then on can be deleted by nobody, not even the root user, before its time."
        )
    return told


def _encryption(before: Document, after: Document) -> list[str]:
    if before and not after:
        return ["New objects are encrypted as the server does by itself (SSE-S3 on AWS)."]
    kinds = [part(rule, "ApplyServerSideEncryptionByDefault") for rule in items(after, "Rules")]
    if after != before and any("kms" in str(kind.get("SSEAlgorithm")) for kind in kinds):
        return [
            "Whoever reads or stores objects needs the right to use that key. What is there stays as it is."
        ]
    return []


def _notifications(before: Document, after: Document) -> list[str]:
    had = {target.arn for target in targets(before)}
    gone = sorted(had - {target.arn for target in targets(after)})
    return [f"Told of nothing any more: {listed(gone)}."] if gone else []


def _cors(before: Document, after: Document) -> list[str]:
    for rule in items(after, "CORSRules"):
        changing = set(texts(rule.get("AllowedMethods"))) & {"PUT", "POST", "DELETE"}
        if (
            rule not in items(before, "CORSRules")
            and "*" in texts(rule.get("AllowedOrigins"))
            and changing
        ):
            return [
                f"Pages of every site may {listed(sorted(changing))} in the name of who looks at them."
            ]
    return []


def _website(before: Document, after: Document) -> list[str]:
    return ["The website is gone then."] if before and not after else []


def _logging(before: Document, after: Document) -> list[str]:
    return ["Nobody notes requests any more."] if before and not after else []


def _tags(before: Document, after: Document) -> list[str]:
    gone = {str(row.get("Key")) for row in items(before, "TagSet")}
    gone -= {str(row.get("Key")) for row in items(after, "TagSet")}
    if not gone:
        return []
    return [f"Bills and policies that look at {listed(sorted(gone))} see nothing there then."]


_DANGERS: Mapping[str, Callable[[Document, Document], list[str]]] = MappingProxyType(
    {
        "versioning": _versioning,
        "public_access": _public_access,
        "policy": _policy,
        "acl": _acl,
        "lifecycle": _lifecycle,
        "ownership": _ownership,
        "requester_pays": _requester_pays,
        "acceleration": _acceleration,
        "object_lock": _object_lock,
        "encryption": _encryption,
        "notifications": _notifications,
        "cors": _cors,
        "website": _website,
        "logging": _logging,
        "tags": _tags,
    }
)
