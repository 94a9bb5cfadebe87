"""Named connections to S3 servers: what `S3_CONNECTIONS` may hold.

A connection is used by its name before the `@` of a place: `s3://archive@bucket/`. Of the settings
only those about speed and patience hold for it, too; what it does not say of who and where is left to
the environment and the files of AWS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, cast

from tfm.config.price_rules import OwnPrices
from tfm.config.rules import (
    CLASSES_TO_CHOOSE,
    BucketRules,
    Choice,
    Flag,
    MetricsNamespace,
    Rejected,
    Rule,
    Text,
    Url,
    pairs_of,
)

SECRETS: Final = frozenset(("access_key_id", "secret_access_key", "session_token"))
"""Keys that take the name of an environment variable, never the secret itself."""

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider needs; `{region}` and `{account}` are filled in from the connection."""

    endpoint: str
    addressing_style: str = "auto"
    region: str = ""


PROVIDERS: Final[Mapping[str, Provider]] = MappingProxyType(
    {
        "aws": Provider(""),
        "backblaze": Provider("https://s3.{region}.backblazeb2.com"),
        "ceph": Provider("", "path"),
        "digitalocean": Provider("https://{region}.digitaloceanspaces.com"),
        "garage": Provider("", "path", "garage"),
        "gcs": Provider("https://storage.googleapis.com", "path", "auto"),
        "minio": Provider("", "path", "us-east-1"),
        "r2": Provider("https://{account}.r2.cloudflarestorage.com", "path", "auto"),
        "seaweedfs": Provider("", "path", "us-east-1"),
        "wasabi": Provider("https://s3.{region}.wasabisys.com"),
    }
)
"""Endpoints as the providers' own pages give them."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`${NAME}`: the name of an environment variable that is read when the connection is used."""

    wants: str = (
        'the name of an environment variable, such as "${ARCHIVE_KEY}":'
        " a key itself does not belong into this file"
    )

    def accept(self, value: object) -> object:
        """The name without its braces."""
        found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise Rejected(self.wants)
        return found[1]


_RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "provider": Choice(tuple(PROVIDERS)),
        "account": Text(),
        "profile": Text(),
        "region": Text(),
        "endpoint_url": Url(),
        "addressing_style": Choice(("auto", "path", "virtual")),
        "ca_bundle": Text(),
        "no_sign_request": Flag(),
        "read_only": Flag(),
        "colour": Choice(("red", "green", "yellow", "blue", "magenta", "cyan")),
        "bucket": Text(),
        "prefix": Text(),
        "storage_class": Choice(CLASSES_TO_CHOOSE),
        "encryption": Choice(("AES256", "aws:kms", "aws:kms:dsse")),
        "kms_key_id": Text(),
        "requester_pays": Flag(),
        "accelerate": Flag(),
        "buckets": BucketRules(),
        "metrics_namespace": MetricsNamespace(),
        "prices": OwnPrices(),
        **dict.fromkeys(sorted(SECRETS), Reference()),
    }
)


@dataclass(frozen=True, slots=True)
class Connections:
    """A mapping of names to mappings; gives for each name the options of its storage."""

    wants: str = 'a mapping of names to mappings, such as {"archive": {"profile": "archive"}}'

    def accept(self, value: object) -> object:
        """Frozen options by name; names the connection that is at fault."""
        if not isinstance(value, Mapping):
            raise Rejected(self.wants)
        return MappingProxyType({name: self._one(name, given) for name, given in value.items()})

    def _one(self, name: object, given: object) -> Mapping[str, object]:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise Rejected(f"{self.wants}; a name has letters, digits, and . _ - inside", name)
        if not isinstance(given, Mapping):
            raise Rejected(f"{self.wants}; {name} is none", name)
        chosen: dict[str, object] = {}
        for key, value in given.items():
            rule = _RULES.get(str(key))
            if rule is None:
                known = ", ".join(_RULES)
                raise Rejected(f"a mapping whose connections have {known}; {name} has others", name)
            try:
                chosen[str(key)] = rule.accept(value)
            except Rejected as error:
                message = f"a mapping in which {key} of {name} is {error}"
                raise Rejected(message, name) from None
        fault = _fault(chosen)
        if fault:
            raise Rejected(f"a mapping in which {name} {fault}", name)
        return MappingProxyType(_options(chosen))


def _fault(chosen: Mapping[str, object]) -> str:
    """What does not fit together, after the name of the connection."""
    if chosen.get("prefix") and not chosen.get("bucket"):
        return "names the bucket of its prefix"
    if ("access_key_id" in chosen) != ("secret_access_key" in chosen):
        return "has both an access_key_id and a secret_access_key"
    if "session_token" in chosen and "access_key_id" not in chosen:
        return "has an access_key_id for its session_token"
    if "access_key_id" in chosen and chosen.get("profile"):
        return "has either a profile or keys"
    provider = PROVIDERS.get(str(chosen.get("provider", "")))
    if provider is not None and not chosen.get("endpoint_url"):
        for part in ("region", "account"):
            if f"{{{part}}}" in provider.endpoint and not chosen.get(part):
                return f"names its {part}, which is part of the address of {chosen['provider']}"
        if not provider.endpoint and chosen["provider"] != "aws":
            return f"has an endpoint_url: {chosen['provider']} runs on a server of your own"
    return ""


def _options(chosen: Mapping[str, object]) -> dict[str, object]:
    """As the storage wants them: presets filled in, variables under names of their own."""
    options = {key: value for key, value in chosen.items() if key != "account"}
    if "buckets" in options:
        options["buckets"] = pairs_of(
            cast("Mapping[str, Mapping[str, object]]", options["buckets"])
        )
    for key in SECRETS & options.keys():
        options[f"{key}_from"] = options.pop(key)
    prices = options.pop("prices", None)
    if isinstance(prices, Mapping):
        options["own_prices"] = tuple(prices.items())
    provider = PROVIDERS.get(str(chosen.get("provider", "")))
    if provider is not None:
        parts = {part: str(chosen.get(part, "")) for part in ("region", "account")}
        options.setdefault("endpoint_url", provider.endpoint.format_map(parts))
        options.setdefault("region", provider.region)
        options.setdefault("addressing_style", provider.addressing_style)
    if prefix := str(options.get("prefix", "")).strip("/"):
        options["prefix"] = f"{prefix}/"
    return options
