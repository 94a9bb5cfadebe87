"""Why an action cannot be done now; menus grey it with these words instead of trying it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfm.config.actions import Action
from tfm.model.location import Style
from tfm.model.past import is_past, now
from tfm.session.pane import Loading, PaneState
from tfm.ui.actions.abilities import NO_SERVER
from tfm.ui.actions.buckets import why_no_settings
from tfm.ui.actions.containers import (
    NO_BUCKETS,
    containers_at,
    lists_containers,
    why_not_empty,
)
from tfm.ui.actions.identity import NO_LOGIN
from tfm.ui.actions.usage import why_no_costs
from tfm.ui.actions.versions import OPEN_FIRST, why_no_versions

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_WORKS_ON_ROWS = frozenset({
    "copy", "move", "delete", "rename", "view", "edit", "details", "open", "yank", "cut",
    "duplicate", "permissions", "set_time", "link", "checksum", "copy_names", "copy_paths", "pack",
    "unpack", "rename_in_editor", "edit_headers", "edit_tags",
    "storage_class", "restore", "encryption", "access", "lock",
})  # fmt: skip
_CHANGES = frozenset({
    "copy", "move", "move_or_mkdir", "delete", "rename", "mkdir", "touch", "edit", "paste", "pack",
    "unpack", "undo", "duplicate", "permissions", "set_time", "link", "rename_in_editor",
    "undo_rename", "edit_new", "edit_headers", "edit_tags",
    "storage_class", "restore", "encryption", "access", "lock",
})  # fmt: skip
_NOT_WITH_BUCKETS = frozenset({
    "move", "delete", "rename", "cut", "duplicate", "permissions", "set_time", "link",
    "rename_in_editor", "edit_headers", "edit_tags",
    "storage_class", "restore", "encryption", "access", "lock",
})  # fmt: skip
_ON_VERSIONS = frozenset({"versions", "deleted", "delete_versions", "prune_versions", "as_it_was"})
_PRUNES = frozenset({"delete_versions", "prune_versions"})
_OF_BUCKETS = frozenset({"empty_bucket"})
_OF_NOW = frozenset({"unfinished_uploads"})
"""These look at the present from a pane of the past, too."""
_DECIDES_BY_ROWS = (_CHANGES & _WORKS_ON_ROWS) | _PRUNES | _OF_BUCKETS | {"compare_marks"}
_NOT_HERE = frozenset({"copy", "undo", "undo_rename"})
_CHANGES_HERE = _CHANGES - _NOT_HERE
_CHANGES_THERE = frozenset({"copy", "move", "pack", "unpack", "link"})

PAST = "this pane shows the past, which cannot be changed"
NO_FILES_HERE = "files lie in buckets: open one first"

NEEDS = {
    "share_link": ("presign", "there are no signed links to what is here"),
    "qr_link": ("presign", "there are no signed links to what is here"),
    "edit_headers": ("rewrite", "what is here has no headers or metadata"),
    "encryption": ("rewrite", "what is here is not encrypted by a server"),
    "access": ("access", "what is here has no access lists of this kind"),
    "storage_class": ("tiers", "what is here has no storage classes"),
    "restore": ("tiers", "what is here has no archive"),
    "edit_tags": ("tags", "what is here has no tags"),
    "mark_tag": ("tags", "what is here has no tags"),
    "lock": ("locks", "what is here has no locks"),
    "unfinished_uploads": ("uploads", "only what is in buckets has unfinished uploads"),
}
"""Which ability of the storage an action is made of, and what is said where it is missing."""


def why_missing(app: TfmApp, action: str) -> str:
    """What the pane lacks for an action of `NEEDS`, in a few words; empty if nothing, as far as is known."""
    ability, reason = NEEDS[action]
    place = app.session.pane.place
    if getattr(app.vfs.known_facets(now(place)), ability) is None:
        return reason
    if is_past(place.root) and action not in _OF_NOW:
        return f"this pane shows the past: {app.key_of('as_it_was')} goes back to now"
    return OPEN_FIRST if place.is_top else ""


def _lists_buckets(pane: PaneState) -> bool:
    return pane.place.is_top and pane.place.root.style is Style.KEY


def _makes_no_buckets(app: TfmApp) -> bool:
    pane = app.session.pane
    return lists_containers(pane) and containers_at(app, pane) is None


def _has_buckets(pane: PaneState) -> bool:
    """Asks the rows only where some can be buckets: there may be many, and this runs at each key."""
    return _lists_buckets(pane) and any(
        pane.location(entry).is_container for entry in pane.targets()
    )


def _on_a_directory(pane: PaneState) -> bool:
    return pane.current is not None and pane.current.opens_as_directory


def why_unchecked(app: TfmApp, action: str) -> str:
    """Why nothing is changed by these rows: they are what an earlier run saw."""
    pane, other = app.session.pane, app.session.other
    if action == "compare_marks" and pane.as_of is None:
        pane = other
    # without marks `m` makes a directory
    decides = action in _DECIDES_BY_ROWS or (action == "move_or_mkdir" and pane.marked_count > 0)
    if pane.as_of is None or not decides:
        return ""
    if pane.loading is Loading.NO:
        return f"these rows are of an earlier run; {app.key_of('refresh')} checks them"
    return "these rows are of an earlier run and are being checked"


def why_frozen(app: TfmApp, action: str) -> str:
    """Why nothing at all can be changed where the pane is; asked at each key, before any dialog."""
    changes = _CHANGES | _PRUNES | _OF_BUCKETS
    if action not in changes:
        return ""
    if app.vfs.read_only:
        return "nothing is changed: tfm runs with --read-only"
    pane = app.session.pane
    if is_past(pane.place.root) and action in _CHANGES_HERE:
        return PAST
    features = app.vfs.known_features(now(pane.place))
    if action in changes - _NOT_HERE and features is not None and not features.writable:
        return "this connection is read-only"
    if action in ("touch", "edit_new") and lists_containers(pane):
        return NO_FILES_HERE
    return ""


def why_not(app: TfmApp, action: Action) -> str:
    """The reason in a few words; empty when the action can be tried. Never touches a storage."""
    if not action.available:
        return "not in this version yet"
    if why := why_frozen(app, action.id):
        return why
    if action.id in _WORKS_ON_ROWS or action.id in _PRUNES:
        if app.session.pane.current is None:
            return "nothing is here"
        if why := why_unchecked(app, action.id):
            return why
        may_go = action.id == "delete" and containers_at(app, app.session.pane) is not None
        if action.id in _NOT_WITH_BUCKETS and not may_go and _has_buckets(app.session.pane):
            return "buckets stay as they are"
    if action.id in ("view", "edit") and _on_a_directory(app.session.pane):
        return "this is a directory"
    if action.id in ("mkdir", "move_or_mkdir") and _makes_no_buckets(app):
        return NO_BUCKETS
    if action.id == "empty_bucket" and (why := why_not_empty(app)):
        return why
    if action.id in NEEDS and (why := why_missing(app, action.id)):
        return why
    if action.id == "lock":
        locks = app.vfs.known_facets(app.session.pane.place).locks
        if locks is not None and (why := locks.refusal(app.session.pane.place)):
            return why
    if action.id in ("permissions", "set_time") and app.session.pane.place.root.style is Style.KEY:
        return "keys have no permissions, owners or times to set"
    if action.id == "link" and any(
        pane.place.root.style is Style.KEY for pane in (app.session.pane, app.session.other)
    ):
        return "keys have no links; both panes must be on a disk"
    if action.id in ("next_mark", "previous_mark") and not app.session.pane.marked_count:
        return "nothing is marked"
    if action.id == "server_abilities":
        facets = app.vfs.known_facets(now(app.session.pane.place))
        return "" if facets.abilities is not None else NO_SERVER
    if action.id == "as_it_was" and is_past(app.session.pane.place.root):
        return ""  # it leads back to now, too
    if action.id in _ON_VERSIONS and (why := why_no_versions(app)):
        return why
    if action.id == "bucket_settings" and (why := why_no_settings(app)):
        return why
    if action.id == "storage_cost" and (why := why_no_costs(app)):
        return why
    if action.id in _CHANGES_THERE and is_past(app.session.other.place.root):
        return "the other pane shows what was"
    if action.id == "undo_rename" and app.last_rename is None:
        return "nothing was renamed in bulk yet"
    if action.id == "identity" and app.vfs.known_facets(app.session.pane.place).login is None:
        return NO_LOGIN
    if action.id == "paste" and app.session.taken is None:
        return "nothing was taken along yet"
    if action.id in ("edit_config", "reload_config", "config_report", "settings_menu"):
        return "" if app.configuration is not None else "tfm runs without a configuration"
    return ""
