"""Which backends exist. The only file that names them; each is imported when first needed."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tfm.model.errors import MissingExtra, Unsupported
from tfm.model.location import Location, Root, Style
from tfm.storage.base import Connection, Storage


@dataclass(frozen=True, slots=True)
class Backend:
    """`target` is `module:Class`; the class is called with the root and the scheme's options.

    `connections` is `module:function`, which tells the connections that the user has set up.
    """

    scheme: str
    target: str
    style: Style
    needs: str
    help: str
    connections: str = ""


BACKENDS: Mapping[str, Backend] = {
    backend.scheme: backend
    for backend in (
        Backend("file", "tfm.storage.local.storage:LocalStorage", Style.PATH, "", "local disks"),
        Backend(
            "s3",
            "tfm.storage.s3.storage:S3Storage",
            Style.KEY,
            "boto3",
            "S3 buckets",
            "tfm.storage.s3.profiles:profiles",
        ),
        Backend(
            "mem",
            "tfm.storage.memory.storage:MemoryStorage",
            Style.KEY,
            "",
            "scratch space in memory, gone when tfm ends",
        ),
    )
}

Options = Mapping[str, object]


def open_storage(root: Root, options: Mapping[str, Options]) -> Storage:
    """The storage of a root. Raises Unsupported for an unknown scheme, MissingExtra."""
    backend = BACKENDS.get(root.scheme)
    if backend is None:
        known = ", ".join(f"{scheme}://" for scheme in BACKENDS)
        raise Unsupported(
            f"Nothing here opens {root.scheme}:// places.",
            place=Location(root, ""),
            hint=f"Known are: {known}.",
        )
    module_name, _, class_name = backend.target.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if not backend.needs or (error.name or "").partition(".")[0] not in (
            backend.needs,
            "botocore",
        ):
            raise
        raise MissingExtra(
            f"{backend.help} need the package {backend.needs}, which is not installed.",
            place=Location(root, ""),
            hint=f"Install it with: pip install {backend.needs}",
        ) from error
    opened = getattr(module, class_name)(root, options.get(root.scheme, {}))
    return cast("Storage", opened)


def connections(scheme: str) -> tuple[Connection, ...]:
    """What may stand before the `@` of places of a scheme; reads files, sends nothing.

    Empty where the backend's package is missing. Raises StorageError.
    """
    backend = BACKENDS.get(scheme)
    if backend is None or not backend.connections:
        return ()
    module, _, function = backend.connections.partition(":")
    try:
        importlib.import_module(backend.needs)
    except ImportError:
        return ()
    return cast("tuple[Connection, ...]", getattr(importlib.import_module(module), function)())


def preload(scheme: str) -> None:
    """Import what a backend needs, ahead of its first use; a missing package is told later.

    For a background thread: boto3 takes a third of a second.
    """
    backend = BACKENDS.get(scheme)
    if backend is None:
        return
    for module in (backend.target.partition(":")[0], backend.needs):
        if module:
            with contextlib.suppress(ImportError):
                importlib.import_module(module)
