"""A small server on loopback that plays S3, STS, Identity Center and the metadata of containers and machines.

with running() as cloud:     # AWS_ENDPOINT_URL_STS = cloud.url, and so on
    ...
"""

import http.server
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

LISTING = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
EXPIRES = "2099-01-01T00:00:00Z"
_SIGNED = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/s3/")


DEVICE = "arn:aws:iam::123456789012:mfa/me"
PROFILES = f"""
[profile mfa]
region = us-east-1
role_arn = arn:aws:iam::123456789012:role/r
mfa_serial = {DEVICE}
source_profile = base
[profile outer]
role_arn = arn:aws:iam::123456789012:role/outer
source_profile = mfa
[profile base]
aws_access_key_id = BASE
aws_secret_access_key = secret
"""
"""A configuration in which the profile `mfa` wants the code of a device, and `outer` stands on it."""


def keys(name: str) -> dict[str, str]:
    """Temporary credentials as metadata services tell them."""
    return {
        "Code": "Success",
        "Type": "AWS-HMAC",
        "AccessKeyId": name,
        "SecretAccessKey": "secret",
        "Token": f"token-of-{name}",
        "Expiration": EXPIRES,
        "LastUpdated": "2020-01-01T00:00:00Z",
    }


def refused(message: str) -> bytes:
    """STS does not do that."""
    return (
        "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
        f"<Message>{message}</Message></Error></ErrorResponse>"
    ).encode()


def assumed(action: str, name: str, expires: str = EXPIRES) -> bytes:
    """The answer of STS."""
    return (
        f"<{action}Response><{action}Result><Credentials><AccessKeyId>{name}</AccessKeyId>"
        f"<SecretAccessKey>secret</SecretAccessKey><SessionToken>token-of-{name}</SessionToken>"
        f"<Expiration>{expires}</Expiration></Credentials></{action}Result></{action}Response>"
    ).encode()


def identified(key: str) -> bytes:
    """What STS says to who asks with that key."""
    return (
        "<GetCallerIdentityResponse><GetCallerIdentityResult>"
        f"<Arn>arn:aws:iam::123456789012:user/{key}</Arn><UserId>AIDA{key}</UserId>"
        "<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    ).encode()


@dataclass
class Cloud:
    """What the server saw: (access key, region, session token) of each signed S3 request, and (device, code)
    of each role that was asked for with a code. Of those it takes `good` alone, if there is one; S3 refuses the keys in `dead`.

    Roles last until `expires`; their keys are ROLE, then ROLE2 and so on for those with a code.
    """

    url: str = ""
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    codes: list[tuple[str, str]] = field(default_factory=list)
    good: str = ""
    dead: set[str] = field(default_factory=set)
    expires: str = EXPIRES

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
        if path == "/container":
            return json.dumps(keys("CONTAINER")).encode()
        if path == "/latest/api/token":
            return b"a-token"
        if path.endswith("/security-credentials/"):
            return b"machine-role"
        if path.endswith("/security-credentials/machine-role"):
            return json.dumps(keys("MACHINE")).encode()
        if path.startswith("/federation/credentials"):
            told = {"accessKeyId": "SSO", "secretAccessKey": "s", "sessionToken": "token-of-SSO"}
            return json.dumps(
                {"roleCredentials": {**told, "expiration": 4_000_000_000_000}}
            ).encode()
        if b"Action=AssumeRoleWithWebIdentity" in body:
            return assumed("AssumeRoleWithWebIdentity", "WEBIDENTITY")
        if b"Action=GetCallerIdentity" in body:
            signed = re.search(r"Credential=([^/]+)/", headers.get("authorization", ""))
            return identified(signed[1] if signed else "")
        if b"Action=AssumeRole" in body:
            asked = parse_qs(body.decode())
            if "TokenCode" not in asked:
                return assumed("AssumeRole", "ROLE", self.expires)
            code = asked["TokenCode"][0]
            self.codes.append((asked["SerialNumber"][0], code))
            if self.good and code != self.good:
                return refused(
                    "MultiFactorAuthentication failed with invalid MFA one time pass code. "
                )
            number = len(self.codes)
            return assumed("AssumeRole", f"ROLE{number if number > 1 else ''}", self.expires)
        found = _SIGNED.search(headers.get("authorization", ""))
        key, region = found.groups() if found else ("", "")
        if key in self.dead:
            return b"<Error><Code>ExpiredToken</Code><Message>It is over.</Message></Error>"
        self.seen.append((key, region, headers.get("x-amz-security-token", "")))
        return LISTING


@contextmanager
def running() -> Iterator[Cloud]:
    """The server, for one block."""
    state = Cloud()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = state.answer(self.command, self.path, headers, body)
            self.send_response(403 if answer.startswith(b"<Error") else 200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Nothing on the screen."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield state
        server.shutdown()
        thread.join(5)
