"""Every action that works, by the name it has in the table of actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from tfm.ui.actions import (
    abilities,
    access,
    beside,
    buckets,
    carry,
    containers,
    drives,
    encrypt,
    external,
    files,
    find,
    headers,
    identity,
    lock,
    log,
    look,
    mark,
    menus,
    name_lines,
    names,
    navigate,
    places,
    program,
    settings,
    share,
    statistics,
    sums,
    tabs,
    tagging,
    take,
    tiers,
    uploads,
    usage,
    versions,
    view,
)

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

HANDLERS: Mapping[str, Callable[[TfmApp], None]] = MappingProxyType(
    {
        **navigate.HANDLERS,
        **mark.HANDLERS,
        **files.HANDLERS,
        **names.HANDLERS,
        **name_lines.HANDLERS,
        **take.HANDLERS,
        **carry.HANDLERS,
        **beside.HANDLERS,
        **sums.HANDLERS,
        **share.HANDLERS,
        **headers.HANDLERS,
        **access.HANDLERS,
        **abilities.HANDLERS,
        **lock.HANDLERS,
        **encrypt.HANDLERS,
        **tiers.HANDLERS,
        **tagging.HANDLERS,
        **places.HANDLERS,
        **drives.HANDLERS,
        **tabs.HANDLERS,
        **find.HANDLERS,
        **log.HANDLERS,
        **view.HANDLERS,
        **look.HANDLERS,
        **usage.HANDLERS,
        **versions.HANDLERS,
        **containers.HANDLERS,
        **buckets.HANDLERS,
        **uploads.HANDLERS,
        **external.HANDLERS,
        **program.HANDLERS,
        **menus.HANDLERS,
        **settings.HANDLERS,
        **identity.HANDLERS,
        **statistics.HANDLERS,
    }
)
