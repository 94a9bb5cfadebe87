"""Copies that are encrypted on the way, or decrypted: the format of `age` (age-encryption.org), by pyrage.

Every file gets a key of its own, which is new each time: an encrypted copy that was cut off begins anew, and two
copies of one file are never equal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tfm.model.errors import Corrupt, Denied, MissingExtra, NotFound, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.text import plural, safe_text

if TYPE_CHECKING:
    from tfm.storage.base import Hints, Reader

Act = Literal["encrypt", "decrypt"]

MEDIA_TYPE = "application/vnd.age"
_OF_BYTES = ("Content-Type", "Content-Encoding")
_BEGINNINGS = (b"age-encryption.org/v1\n", b"-----BEGIN AGE ENCRYPTED FILE-----")
_PASSPHRASE = b"\n-> scrypt "
_HEAD = 64
_BLOCK = 1024 * 1024
_SHOWN = 16


@dataclass(frozen=True, slots=True)
class Age:
    """What is done to files that are copied, as a value.

    `keys` are public keys to encrypt for (`age1...`, `ssh-ed25519 ...`, `ssh-rsa ...`), or the paths of
    files with the private ones that decrypt; never a private key itself.
    """

    act: Act
    keys: tuple[str, ...]

    def cipher(self) -> Cipher:
        """Read the keys. Raises Unsupported, NotFound, Denied for one that does not serve; MissingExtra."""
        if self.act == "encrypt":
            return _Encryption([_public(text) for text in self.keys])
        return _Decryption([key for text in self.keys for key in _private(text)])


class Cipher(Protocol):
    """Turns the bytes of one file into others; for any number of files, and from any thread."""

    def hints(self, hints: Hints) -> Hints:
        """The same for what comes out: how long that becomes is known at its end only, and headers that tell
        of the bytes would tell of others.
        """
        ...

    def turn(self, source: Location, reader: Reader, write: Callable[[bytes], None]) -> str:
        """Read to the end and write what comes of it; a note for the report, or nothing.

        Raises Denied if no key fits, Corrupt if it is damaged or cut off, and whatever `reader` and `write`
        raise. What was written until then is worth nothing.
        """
        ...


class _Encryption:
    def __init__(self, keys: Sequence[Any]) -> None:
        self._keys = keys

    def hints(self, hints: Hints) -> Hints:
        headers = tuple(each for each in hints.headers if each[0] not in _OF_BYTES)
        return replace(hints, size=None, content_type=MEDIA_TYPE, headers=headers)

    def turn(self, source: Location, reader: Reader, write: Callable[[bytes], None]) -> str:
        pyrage, pipe = _pyrage(), _Pipe(reader, write)
        try:
            pyrage.encrypt_io(pipe, pipe, self._keys)
        except (pyrage.EncryptError, OSError) as error:
            pipe.raise_own()
            raise StorageError(
                f"Cannot encrypt {safe_text(str(source))}: {safe_text(str(error))}.", place=source
            ) from error
        pipe.end()
        return f"encrypted for {plural(len(self._keys), 'key')}"


class _Decryption:
    def __init__(self, keys: Sequence[Any]) -> None:
        self._keys = keys

    def hints(self, hints: Hints) -> Hints:
        # what was not encrypted keeps its own; of the rest the name tells
        headers = tuple(each for each in hints.headers if each != ("Content-Type", MEDIA_TYPE))
        return replace(hints, size=None, headers=headers)

    def turn(self, source: Location, reader: Reader, write: Callable[[bytes], None]) -> str:
        pyrage, pipe = _pyrage(), _Pipe(reader, write)
        head = pipe.peek(_HEAD)
        if not head.startswith(_BEGINNINGS):
            while block := pipe.read(_BLOCK):
                pipe.write(block)
            pipe.end()
            return "was not encrypted; copied as it is"
        try:
            pyrage.decrypt_io(pipe, pipe, self._keys)
        except pyrage.DecryptError as error:
            pipe.raise_own()
            if "matching keys" not in str(error):
                raise _damaged(source, error) from error
            if _PASSPHRASE in head:
                what, hint = "with a passphrase", "Copy it as it is, then use: age -d"
            else:
                what, hint = "for other keys", "Name the file with the right key in AGE_IDENTITIES."
            raise Denied(
                f"Cannot decrypt {safe_text(str(source))}: it is encrypted {what}.",
                place=source,
                verb="decrypt",
                hint=hint,
            ) from error
        except OSError as error:
            pipe.raise_own()
            raise _damaged(source, error) from error
        pipe.end()
        return "decrypted"


def _damaged(source: Location, error: Exception) -> Corrupt:
    return Corrupt(
        f"Cannot decrypt {safe_text(str(source))}: it is damaged or not whole ({safe_text(str(error))}).",
        place=source,
        verb="decrypt",
        hint="Nothing was written. Copy it as it is to look at it.",
    )


class _Pipe:
    """Both ends as pyrage wants them: it reads little by little, and words every error anew."""

    def __init__(self, reader: Reader, write: Callable[[bytes], None]) -> None:
        self._reader = reader
        self._write = write
        self._block = memoryview(b"")
        self._out = bytearray()
        self._error: BaseException | None = None

    def peek(self, size: int) -> bytes:
        """The first bytes, which stay to be read."""
        head = b""
        while len(head) < size and (block := self._reader.read(_BLOCK)):
            head += block
        self._block = memoryview(head)
        return head[:size]

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes."""
        if not self._block:
            try:
                self._block = memoryview(self._reader.read(_BLOCK))
            except BaseException as error:
                self._error = error
                raise
        size = len(self._block) if size < 0 else size
        taken, self._block = self._block[:size], self._block[size:]
        return bytes(taken)

    def write(self, data: bytes) -> int:
        """Gathers blocks that are worth a write."""
        self._out += data
        if len(self._out) >= _BLOCK:
            try:
                self._pass_on()
            except BaseException as error:
                self._error = error
                raise
        return len(data)

    def flush(self) -> None:
        """Nothing: `end` does it once all is well."""

    def end(self) -> None:
        """Write the rest."""
        self._pass_on()

    def _pass_on(self) -> None:
        if self._out:
            self._write(bytes(self._out))
            self._out.clear()

    def raise_own(self) -> None:
        """Raise what our own side raised, if that is why pyrage stopped."""
        if self._error is not None:
            raise self._error


def _pyrage() -> Any:
    try:
        import pyrage  # deferred: few ever want it
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "Encryption needs the package pyrage.", hint="Install it with: pip install 'tfm[age]'"
        ) from error
    return pyrage


def _public(text: str) -> Any:
    pyrage = _pyrage()
    if text.startswith("age1tagpq1"):
        kind = pyrage.tagpq.Recipient
    elif text.startswith("age1tag1"):
        kind = pyrage.tag.Recipient
    else:
        kind = pyrage.ssh.Recipient if text.startswith("ssh-") else pyrage.x25519.Recipient
    try:
        return kind.from_str(text)
    except pyrage.RecipientError as error:
        raise Unsupported(
            f"Cannot encrypt: {safe_text(text[:_SHOWN])}... is no public key of age or SSH.",
            verb="encrypt",
            hint="Take it from the line '# public key:' of the key file.",
        ) from error


def _private(text: str) -> list[Any]:
    """The keys in one file. No error ever quotes what stands in it."""
    pyrage, path = _pyrage(), Path(text).expanduser()
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(
            f"There is no key file {safe_text(text)}.",
            verb="decrypt",
            hint="Name it in AGE_IDENTITIES, or make one with: age-keygen",
        ) from error
    except OSError as error:
        why = safe_text(error.strerror or "")
        raise Denied(
            f"Cannot read the key file {safe_text(text)}: {why}.", verb="decrypt"
        ) from error
    try:
        if data.startswith(b"-----BEGIN") and not data.startswith(_BEGINNINGS):
            return [pyrage.ssh.Identity.from_buffer(data)]
        lines = [line.strip() for line in data.decode("ascii").splitlines()]
        keys = [line for line in lines if line and not line.startswith("#")]
        found = [pyrage.x25519.Identity.from_str(key) for key in keys]
    except (pyrage.IdentityError, UnicodeDecodeError):
        found = []
    if not found:
        raise Unsupported(
            f"There is no key in {safe_text(text)} that can be used.",
            verb="decrypt",
            hint="Keys of age-keygen and SSH keys without a passphrase can; plugins and encrypted key files cannot.",
        )
    return found
