"""Who asks whom, as a text that no other account and no other server has; without the SDK and without a request.

It is made of what names the credentials, where the SDK looks for them: settings, environment,
and the sections of the AWS files that the profile leads to. Never of a secret. More goes in than
decides in the end: two texts for one account cost a listing, one text for two accounts would show
the one what the other may see.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from configparser import Error as ConfigError
from configparser import RawConfigParser
from hashlib import blake2b
from pathlib import Path

from tfm.model.location import Root
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.options import S3Options

_WHERE = (
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
)
_WHO = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CREDENTIAL_FILE",
    "BOTO_CONFIG",
)
_SECRETS = ("aws_secret_access_key", "aws_session_token", "aws_security_token")
_LEGACY = ("/etc/boto.cfg", "~/.boto")
_LONGEST_CHAIN = 5
_LARGEST = 1024 * 1024

Section = Mapping[str, str]


class Unknowable(Exception):
    """Nothing that can be read tells who this is."""


class Fingerprints:
    """The `Fingerprint` facet. Reads the AWS files once, and again after a login was renewed."""

    def __init__(self, calls: Calls, root: Root) -> None:
        self._calls = calls
        self._root = root
        self._lock = threading.Lock()
        self._known: tuple[int, str] | None = None

    def fingerprint(self) -> str:
        """As the facet."""
        with self._lock:
            renewals = self._calls.renewals
            if self._known is None or self._known[0] != renewals:
                self._known = (renewals, self._made())
            return self._known[1]

    def _made(self) -> str:
        try:
            named = _named(self._calls.options, os.environ)
        except (Unknowable, OSError, ValueError, ConfigError, RuntimeError):
            return ""  # RuntimeError: `~` without a home
        begins = "" if self._calls.begins is None else str(self._calls.begins)
        told = [self._root.scheme, self._root.connection, begins, named]
        text = json.dumps(told, sort_keys=True)
        return blake2b(text.encode("ascii"), digest_size=16).hexdigest()


def _named(options: S3Options, environ: Mapping[str, str]) -> list[object]:
    """Raises Unknowable, OSError, ValueError, ConfigError."""
    where = [options.endpoint_url, options.region, *(environ.get(name, "") for name in _WHERE)]
    if options.no_sign_request:
        return ["anonymous", where, _sections(options, environ)]
    if options.access_key_id_from:
        return ["key", where, environ.get(options.access_key_id_from, "")]
    who = {name: environ[name] for name in _WHO if environ.get(name)}
    sections = _sections(options, environ)
    legacy = [_content(path) for path in (environ.get("BOTO_CONFIG", ""), *_LEGACY)]
    legacy.append(_content(environ.get("AWS_CREDENTIAL_FILE", "")))
    told: list[object] = ["found", where, who, sections, legacy]
    if not any("aws_access_key_id" in section for section in (*sections.values(), _lower(who))):
        # roles of the machine or container, and logins kept elsewhere: only known by asking for
        # them, and another machine with the same home may have others
        told.append(os.uname().nodename)
    return told


def _lower(who: Mapping[str, str]) -> Section:
    return {name.lower(): value for name, value in who.items()}


def _sections(options: S3Options, environ: Mapping[str, str]) -> dict[str, Section]:
    """What both AWS files say of the profile, and of all that it leads to; nothing secret.

    Raises Unknowable where a program is asked for credentials: it may give others each time.
    """
    config = _parsed(environ.get("AWS_CONFIG_FILE") or "~/.aws/config")
    shared = _parsed(environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials")
    found: dict[str, Section] = {}
    chosen = environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE")
    waiting, seen = [options.profile or chosen or "default"], set[str]()
    while waiting:
        profile = waiting.pop()
        if profile in seen:
            continue
        seen.add(profile)
        if len(seen) > _LONGEST_CHAIN:
            raise Unknowable
        for name, file in ((f"profile {profile}", config), (profile, config), (profile, shared)):
            section = file.get(name)
            if section is None:
                continue
            if section.get("credential_process"):
                raise Unknowable
            found[f"{'shared' if file is shared else 'config'}:{name}"] = _public(section)
            if following := section.get("source_profile"):
                waiting.append(following)
            for kind, key in (("sso-session", "sso_session"), ("services", "services")):
                named = f"{kind} {section.get(key, '')}"
                if named in config:
                    found[f"config:{named}"] = _public(config[named])
    return found


def _public(section: Section) -> Section:
    return {name: value for name, value in section.items() if name not in _SECRETS}


def _parsed(path: str) -> dict[str, Section]:
    parser = RawConfigParser(default_section="\0", strict=False, interpolation=None)
    parser.read_string(_text(path))
    return {name: dict(parser.items(name)) for name in parser.sections()}


def _text(path: str) -> str:
    file = Path(path).expanduser()
    try:
        with file.open(encoding="utf-8") as opened:
            text = opened.read(_LARGEST + 1)
    except FileNotFoundError:
        return ""
    if len(text) > _LARGEST:
        raise Unknowable
    return text


def _content(path: str) -> str:
    """A file of the time before profiles, whole: it is enough that it changes when its keys do."""
    text = _text(path) if path else ""
    return blake2b(text.encode(), digest_size=16).hexdigest() if text else ""
