"""Buckets: made with what was chosen for them, and removed when they are empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tfm.model.cancel import CancelToken
from tfm.model.change import beneath
from tfm.model.errors import AlreadyExists, Denied, InvalidName, NotFound, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.container_facets import NewContainer, Option
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.errors import attempts_of, code_of, sdk_errors
from tfm.storage.s3.keys import fault_in_new_bucket
from tfm.storage.s3.options import DEFAULT_REGION

VERB = "make"
ON, OFF = "on", "off"
AS_USUAL = "as the server does"
BLOCKED, NOT_BLOCKED = "blocked", "not blocked"
SSE_S3, SSE_KMS = "SSE-S3", "SSE-KMS"

OPTIONS = (
    Option("region", "Region", "", "Such as eu-central-1; empty: the one of this connection."),
    Option("versions", "Versions", OFF, "Keep what is overwritten or deleted.", (OFF, ON)),
    Option("encryption", "Encryption", AS_USUAL, "By default.", (AS_USUAL, SSE_S3, SSE_KMS)),
    Option("key", "KMS key", "", "For SSE-KMS: id, ARN or alias; empty: that of the account."),
    Option("lock", "Object lock", OFF, "Cannot be taken back; versions are on.", (OFF, ON)),
    Option("public", "Public access", BLOCKED, "", (BLOCKED, NOT_BLOCKED)),
)
_BLOCK_ALL = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)


@dataclass(frozen=True, slots=True)
class _Step:
    """Something to be set: its words, the request, and how the server tells that it is so.

    `asked` is false where it is done unless somebody says otherwise. Servers that are known to lack the `ability`
    are not asked for it: some answer as if a bucket was to be made.
    """

    words: str
    put: str
    parameters: Mapping[str, Any]
    get: str
    is_so: Callable[[Mapping[str, Any]], bool]
    asked: bool = True
    ability: str = ""


def fault_in(name: str, chosen: Mapping[str, str]) -> str:
    """Why there can be no such bucket; empty if there can."""
    if fault := fault_in_new_bucket(name):
        return fault
    for option in OPTIONS:
        value = chosen.get(option.id, option.value)
        if option.choices and value not in option.choices:
            return f"{option.label} is one of {', '.join(option.choices)}."
    if chosen.get("key") and chosen.get("encryption") != SSE_KMS:
        return "A KMS key is for the encryption SSE-KMS."
    return ""


def create(
    calls: Calls, location: Location, chosen: Mapping[str, str], cancel: CancelToken
) -> NewContainer:
    """As the protocol: one HEAD, one CreateBucket, one request for each setting.

    Beside Amazon each setting is read back: there are servers that take any PUT to a bucket for its
    creation.
    """
    place = location.as_directory()
    name = place.container
    if fault := fault_in(name, chosen):
        raise InvalidName(
            f"Cannot make {safe_text(str(place))}: {fault}", place=place, verb=VERB, hint=""
        )
    aws = calls.on_aws_for(place)
    calls.clients.region_of.pop(name, None)  # one of that name may have lain elsewhere
    _check_free(calls, place, cancel)
    region = chosen.get("region", "")
    if region:
        calls.clients.region_of[name] = region
    try:
        _send_create(calls, place, chosen, cancel, region or (calls.clients.home if aws else ""))
    except BaseException:
        calls.clients.region_of.pop(name, None)
        raise
    kept, missed, notes = [], [], []
    steps = _steps(chosen, acls=calls.manners.blocks_acls)
    if not calls.manners.blocks_acls and chosen.get("public", BLOCKED) == BLOCKED:
        notes.append("Access lists are not blocked: with that this server lets nobody write.")
    for step in steps:
        try:
            _set(calls, place, step, cancel, read_back=not aws)
        except StorageError as error:
            if isinstance(error, Unsupported) and not step.asked:
                notes.append(f"Not set: {step.words}; this server has no such thing.")
            else:
                missed.append((step.words, error))
        else:
            kept.append(step.words)
    return NewContainer(beneath(place), tuple(kept), tuple(missed), tuple(notes))


def _check_free(calls: Calls, place: Location, cancel: CancelToken) -> None:
    """Raise AlreadyExists if there is one: in us-east-1 and on many servers the creation of a bucket
    that one has succeeds, and what follows would change that one.
    """
    try:
        calls.send("head_bucket", place, VERB, cancel=cancel, Bucket=place.container)
    except NotFound:
        return
    except Denied as error:
        raise _taken(place, "it belongs to somebody else.", error) from error
    except StorageError as error:
        if error.code not in ("301", "PermanentRedirect", "307", "TemporaryRedirect"):
            raise
        raise _taken(place, "it lies in another region.", error) from error
    raise _taken(place, "this login can reach it.")


def _taken(place: Location, why: str, error: StorageError | None = None) -> AlreadyExists:
    return AlreadyExists(
        f"Cannot make {safe_text(str(place))}: there is a bucket of that name already, and {why}",
        place=place,
        verb=VERB,
        hint="Nothing was changed. Choose another name: at Amazon they are unique in all accounts.",
        code=error.code if error else "",
        request_id=error.request_id if error else "",
    )


def _send_create(
    calls: Calls, place: Location, chosen: Mapping[str, str], cancel: CancelToken, region: str
) -> None:
    parameters: dict[str, Any] = {"Bucket": place.container}
    if region and region != DEFAULT_REGION:  # that one takes no name of a region, not even its own
        parameters["CreateBucketConfiguration"] = {"LocationConstraint": region}
    if chosen.get("lock") == ON:
        parameters["ObjectLockEnabledForBucket"] = True
    try:
        calls.send_raw("create_bucket", place, cancel=cancel, **parameters)
    except sdk_errors() as error:
        # nobody had it a moment ago: an earlier attempt made it, and its answer was lost
        if code_of(error) == "BucketAlreadyOwnedByYou" and attempts_of(error):
            return
        raise calls.translated(error, place, VERB) from error


def _steps(chosen: Mapping[str, str], *, acls: bool) -> list[_Step]:
    """What is to be set, the guard against strangers first; with `acls` also that against access lists."""
    steps = [_public_step(chosen, {**_BLOCK_ALL, "BlockPublicAcls": acls})]
    if chosen.get("lock") == ON:
        steps.append(
            _Step(
                "object lock",
                "",
                {},
                "get_object_lock_configuration",
                lambda answer: (
                    answer.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled"
                ),
            )
        )
    elif chosen.get("versions") == ON:
        steps.append(
            _Step(
                "versions",
                "put_bucket_versioning",
                {"VersioningConfiguration": {"Status": "Enabled"}},
                "get_bucket_versioning",
                lambda answer: answer.get("Status") == "Enabled",
            )
        )
    if chosen.get("encryption", AS_USUAL) != AS_USUAL:
        steps.append(_encryption_step(chosen))
    return steps


def _public_step(chosen: Mapping[str, str], wanted: Mapping[str, bool]) -> _Step:
    def blocked(answer: Mapping[str, Any]) -> bool:
        told = answer.get("PublicAccessBlockConfiguration", {})
        return all(told.get(name) for name, on in wanted.items() if on)

    get = "get_public_access_block"
    if chosen.get("public", BLOCKED) == BLOCKED:
        parameters = {"PublicAccessBlockConfiguration": wanted}
        put = "put_public_access_block"
        words, is_so = "public access blocked", blocked
    else:
        parameters, put = {}, "delete_public_access_block"
        words, is_so = "public access not blocked", lambda answer: not blocked(answer)
    return _Step(words, put, parameters, get, is_so, asked=False, ability="public_access")


def _encryption_step(chosen: Mapping[str, str]) -> _Step:
    kms = chosen["encryption"] == SSE_KMS
    rule: dict[str, Any] = {"SSEAlgorithm": "aws:kms" if kms else "AES256"}
    if kms and chosen.get("key"):
        rule["KMSMasterKeyID"] = chosen["key"]
    rules = [{"ApplyServerSideEncryptionByDefault": rule, "BucketKeyEnabled": kms}]
    return _Step(
        f"encryption {chosen['encryption']}",
        "put_bucket_encryption",
        {"ServerSideEncryptionConfiguration": {"Rules": rules}},
        "get_bucket_encryption",
        lambda answer: algorithm_of(answer) == rule["SSEAlgorithm"],
    )


def algorithm_of(answer: Mapping[str, Any]) -> str:
    """How a bucket encrypts by default, of the answer to a look at that; empty if it does not."""
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules") or [{}]
    return str(rules[0].get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") or "")


def _set(
    calls: Calls, place: Location, step: _Step, cancel: CancelToken, *, read_back: bool
) -> None:
    if not calls.manners.subresources or calls.manners.lacks(step.ability):
        raise _unsupported(place)
    verb = "set up"
    if step.put:
        calls.send(step.put, place, verb, cancel=cancel, Bucket=place.container, **step.parameters)
    if not read_back:
        return
    try:
        answer = calls.send(step.get, place, verb, cancel=cancel, Bucket=place.container)
    except NotFound:
        answer = {}  # as the server says that nothing of the kind is set
    if not step.is_so(answer):
        raise _unsupported(place)


def _unsupported(place: Location) -> Unsupported:
    return Unsupported(
        f"Cannot set up {safe_text(str(place))}: this server cannot do that.",
        place=place,
        verb="set up",
        reason="this server cannot do that.",
    )
