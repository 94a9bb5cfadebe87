"""Roles of profiles that want the code of an MFA device: somebody is asked, and the session that it gives is shared.

Sessions stay in memory. Those that the AWS command line keeps on the disk are used as well, never written.
Imports botocore.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    AssumeRoleProvider,
    DeferredRefreshableCredentials,
    JSONFileCache,
)
from botocore.exceptions import ClientError

from tfm.storage.device_codes import CodeWanted, DeviceCodes

_MARGIN = 60.0
"""Seconds before its end in which a session is no longer used: a request may need them."""
_CODE = re.compile(r"[0-9]{6}")
_OF_THE_COMMAND_LINE = os.path.join("~", ".aws", "cli", "cache")
_PARTS = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")


class AskingRoles(AssumeRoleProvider):  # type: ignore[misc] # botocore has no types
    """Takes the place of the SDK's provider of roles, which would ask on the terminal, and only once."""

    def __init__(self, plain: AssumeRoleProvider, codes: DeviceCodes) -> None:
        self.__dict__.update(plain.__dict__)
        self._codes = codes

    def _load_creds_via_assume_role(self, profile_name: str) -> Any:
        config = self._get_role_config(profile_name)
        device = config.get("mfa_serial")
        if device is None:
            return super()._load_creds_via_assume_role(profile_name)
        wanted = {
            "RoleSessionName": config.get("role_session_name"),
            "ExternalId": config.get("external_id"),
            "SerialNumber": device,
            "DurationSeconds": config.get("duration_seconds"),
        }
        login = _Login(self._codes, profile_name, device)
        login.fetcher = AssumeRoleCredentialFetcher(
            client_creator=self._client_creator,
            source_credentials=self._resolve_source_credentials(config, profile_name),
            role_arn=config["role_arn"],
            extra_args={name: value for name, value in wanted.items() if value is not None},
            mfa_prompter=login.code,
            cache=_Sessions(self._codes, profile_name),
            expiry_window_seconds=_MARGIN,
        )
        return AskedCredentials(self.METHOD, login.fetch, self._codes)


class AskedCredentials(DeferredRefreshableCredentials):  # type: ignore[misc]
    """Credentials that somebody is asked a code for, when they are first needed and after each end."""

    def __init__(self, method: str, fetch: Callable[[], Any], codes: DeviceCodes) -> None:
        super().__init__(refresh_using=fetch, method=method)
        self._fetch = fetch
        self._codes = codes

    def _refresh(self) -> None:
        """Not as the SDK does it: whoever waits here can be cancelled, and a refusal is no fault for the log."""
        if not self.refresh_needed(_MARGIN):
            return
        with self._codes.turn():
            if self.refresh_needed(_MARGIN):
                fetched = self._fetch()
                self._refresh_using = lambda: fetched
                self._protected_refresh(is_mandatory=True)

    def distrust(self) -> None:
        """A server did not take them: they are not used again, wherever they are kept."""
        self._codes.refused.add(self._access_key)


class _Login:
    """The role of one profile: asks until a code is taken, or nobody gives one."""

    def __init__(self, codes: DeviceCodes, profile: str, device: str) -> None:
        self._codes = codes
        self._profile = profile
        self._device = device
        self._trouble = ""
        self._asked = False
        self.fetcher: Any = None

    def fetch(self) -> Any:
        """The session, from where it is kept or for a code. Raises NeedsLogin, Cancelled, what botocore raises."""
        self._trouble = ""
        while True:
            self._asked = False
            try:
                return self.fetcher.fetch_credentials()
            except ClientError as error:
                told = str(error.response.get("Error", {}).get("Message", ""))
                if not self._asked or "MultiFactorAuthentication failed" not in told:
                    raise
                # the server says the same to a wrong one and to one that was used
                self._trouble = "That code was not taken: it is wrong, or was used before."

    def code(self, _question: str) -> str:
        """What botocore calls a prompter."""
        self._asked = True
        while True:
            wanted = CodeWanted(self._device, self._profile, self._trouble)
            code = "".join(self._codes.code(wanted).split())
            if _CODE.fullmatch(code):
                return code
            self._trouble = "A code has six digits."


class _Sessions:
    """What the SDK takes for its cache: sessions in memory, and those of the AWS command line, which are only read."""

    def __init__(self, codes: DeviceCodes, profile: str) -> None:
        self._codes = codes
        self._profile = profile
        self._found: Any = None

    def __contains__(self, key: str) -> bool:
        self._found = self._find(key)
        return self._found is not None

    def __getitem__(self, _key: str) -> Any:
        return (
            self._found
        )  # the SDK has just asked whether it is there; the file may be gone by now

    def __setitem__(self, key: str, answer: Mapping[str, Any]) -> None:
        self._codes.sessions[self._profile, key] = answer

    def _find(self, key: str) -> Any:
        kept = self._codes.sessions.get((self._profile, key))
        soon = datetime.now(UTC) + timedelta(seconds=_MARGIN)
        if kept is not None and kept["Credentials"]["Expiration"] > soon and self._is_good(kept):
            return kept
        try:
            found = JSONFileCache(os.path.expanduser(_OF_THE_COMMAND_LINE))[key]
        except KeyError:
            return None
        return found if self._is_good(found) else None

    def _is_good(self, answer: Any) -> bool:
        keys = answer.get("Credentials") if isinstance(answer, Mapping) else None
        return (
            isinstance(keys, Mapping)
            and all(keys.get(part) for part in _PARTS)
            and keys["AccessKeyId"] not in self._codes.refused
        )
