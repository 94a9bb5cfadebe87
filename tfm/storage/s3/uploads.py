"""What the settings say of objects that are uploaded: storage class, headers, metadata, tags, by pattern."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from tfm.model.location import Location
from tfm.model.match import name_filter
from tfm.storage.object_facets import Edit, Encryption
from tfm.storage.s3.held import HEADERS, edited, encryption_parameters
from tfm.storage.s3.options import S3Options

STORAGE_CLASS, TAGS, METADATA = "Storage-Class", "Tags", "x-amz-meta-"


def by_rules(options: S3Options, location: Location) -> dict[str, Any]:
    """Parameters for an upload there; later rules win over earlier ones. Markers have no class."""
    options = options.of_bucket(location.container)
    given: dict[str, str] = {}
    if options.storage_class:
        given[STORAGE_CLASS] = options.storage_class
    for pattern, values in options.uploads:
        if name_filter(pattern).match(location.name) is not None:
            given.update(values)
    if location.looks_like_directory:
        given.pop(STORAGE_CLASS, None)
    edit = Edit(
        tuple((name, value) for name, value in given.items() if name in HEADERS),
        tuple(
            (name.removeprefix(METADATA), value)
            for name, value in given.items()
            if name.startswith(METADATA)
        ),
        given.get(STORAGE_CLASS, ""),
    )
    wanted = edited({"Metadata": {}}, edit) | encryption_by_rules(options, location)
    if given.get(TAGS):
        pairs = [pair.partition("=")[::2] for pair in given[TAGS].split(",")]
        wanted["Tagging"] = urlencode([(name.strip(), value.strip()) for name, value in pairs])
    return wanted


def encryption_by_rules(options: S3Options, location: Location) -> dict[str, Any]:
    """How what is uploaded or copied there is to be encrypted; nothing if the server is to decide."""
    options = options.of_bucket(location.container)
    key = options.kms_key_id if options.encryption.startswith("aws:kms") else ""
    return encryption_parameters(Encryption(options.encryption, key))
