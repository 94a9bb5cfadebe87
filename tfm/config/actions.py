"""The one table of actions: keys, help, palette, F-key bar and documentation are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Scope = Literal["panes"]

MOVING = "Moving about"
MARKS = "Marks"
FILES = "Files"
PLACES = "Places"
FINDING = "Finding"
VIEW = "View"
PROGRAMS = "Programs"
PROGRAM = "tfm"

GROUPS = (MOVING, MARKS, FILES, PLACES, FINDING, VIEW, PROGRAMS, PROGRAM)

DAILY = "The daily driver"
UNDOING = "Nothing is ever lost"
COMPARING = "Comparing"
PACKING = "Archives"


@dataclass(frozen=True, slots=True)
class Action:
    """Something a key can do.

    `keys` are canonical names (see `keys`), a blank between those of a chord: `g g`, `comma m`. As
    prefixes, `g` leads to places, `y` to what is taken along, the comma to what has no letter.
    `help` is one sentence; `fkey_label` is the word on the F-key bar; `aliases` are names that
    older configuration files use; `later` names the release an action comes with, empty when it is
    there.
    """

    id: str
    title: str
    help: str
    group: str
    keys: tuple[str, ...] = ()
    scope: Scope = "panes"
    fkey_label: str = ""
    aliases: tuple[str, ...] = ()
    later: str = ""

    @property
    def available(self) -> bool:
        """Whether this version can do it."""
        return not self.later

    @property
    def not_yet(self) -> str:
        """What a press of its key says as long as it is not there; empty when it is."""
        return f"Not in this version yet: {self.title.lower()}." if self.later else ""


def _later(
    id: str,  # noqa: A002 - the word of the table
    title: str,
    help: str,  # noqa: A002
    group: str,
    keys: tuple[str, ...],
    *aliases: str,
    since: str = DAILY,
    fkey_label: str = "",
) -> Action:
    return Action(id, title, help, group, keys, fkey_label=fkey_label, aliases=aliases, later=since)


# fmt: off
_MOVING = (
    Action("cursor_up", "Up", "Move the cursor up one row.", MOVING, ("up",)),
    Action("cursor_down", "Down", "Move the cursor down one row.", MOVING, ("down",)),
    Action("page_up", "Page up", "Move the cursor up one page.", MOVING, ("pageup",)),
    Action("page_down", "Page down", "Move the cursor down one page.", MOVING, ("pagedown",)),
    Action("first_row", "First row", "Move the cursor to the first row.", MOVING, ("home", "g g")),
    Action("last_row", "Last row", "Move the cursor to the last row.", MOVING, ("end", "g e")),
    Action("left", "Left", "Go to the left pane; in the left pane, to the parent directory.", MOVING, ("left",), aliases=("nav_left",)),
    Action("right", "Right", "Go to the right pane; in the right pane, to the parent directory.", MOVING, ("right",), aliases=("nav_right",)),
    Action("open", "Open", "Enter the directory under the cursor, or view the file.", MOVING, ("enter",), aliases=("open_item",)),
    Action("parent", "Parent directory", "Go up; the cursor lands on the directory just left.", MOVING, ("backspace",), aliases=("go_parent",)),
    Action("switch_pane", "Other pane", "Make the other pane the active one.", MOVING, ("tab",)),
)

_MARKS = (
    Action("mark", "Mark", "Mark or unmark the row under the cursor and step down.", MARKS, ("space", "insert"), aliases=("select_file",)),
    Action("mark_up", "Mark upwards", "Mark the row under the cursor and step up.", MARKS, ("shift+up",), aliases=("select_file_up",)),
    Action("mark_down", "Mark downwards", "Mark the row under the cursor and step down.", MARKS, ("shift+down",)),
    Action("mark_pattern", "Mark by pattern", "Mark what matches a pattern such as *.txt.", MARKS, ("plus",)),
    Action("unmark_pattern", "Unmark by pattern", "Unmark what matches a pattern.", MARKS, ("minus",)),
    Action("mark_tag", "Mark by tag", "Mark the objects that have a tag; each is asked for its tags.", MARKS, ("comma G",)),
    Action("invert_marks", "Invert marks", "Mark what is not marked, and unmark what is.", MARKS, ("asterisk",)),
    Action("mark_files", "Mark all files", "Mark every file, or none if all are marked.", MARKS, ("a",), aliases=("select_all_files",)),
    Action("mark_all", "Mark everything", "Mark every row, or none if all are marked.", MARKS, ("A",), aliases=("select_all_items", "select_all")),
    Action("next_mark", "Next mark", "Move the cursor down to the next marked row, round the end.", MARKS, ("ctrl+down", "g n"), aliases=("cursor_next_selected",)),
    Action("previous_mark", "Previous mark", "Move the cursor up to the marked row before, round the end.", MARKS, ("ctrl+up", "g p"), aliases=("cursor_prev_selected",)),
)

_FILES = (
    Action("copy", "Copy", "Copy the marked files, else the one under the cursor, to the other pane.", FILES, ("c", "f5"), fkey_label="Copy", aliases=("copy_files",)),
    Action("move_or_mkdir", "Move, or new directory", "Move the marked files; without marks make a directory.", FILES, ("m",), aliases=("move_files",)),
    Action("move", "Move", "Move the marked files, else the one under the cursor, to the other pane.", FILES, ("f6", "M"), fkey_label="Move"),
    Action("delete", "Delete", "Delete the marked files, else the one under the cursor.", FILES, ("k", "f8", "delete"), fkey_label="Delete", aliases=("delete_files",)),
    Action("rename", "Rename", "Give the file under the cursor another name; with several marks, all of them by a rule.", FILES, ("r", "shift+f6"), aliases=("rename_file", "batch_rename")),
    Action("rename_in_editor", "Rename in the editor", "Change the names of the marked files, else of all shown, as lines in your editor.", FILES, ("comma v",)),
    Action("undo_rename", "Undo the bulk rename", "Give the things of the last bulk rename their old names.", FILES, ("comma u",)),
    Action("mkdir", "New directory", "Make a directory here; in the list of buckets, a bucket.", FILES, ("f7", "N"), fkey_label="MkDir", aliases=("create_directory",)),
    Action("touch", "New file", "Make an empty file here.", FILES, ("E",), aliases=("create_file",)),
    Action("copy_names", "Copy names", "Send the names to the clipboard of the terminal, one a line.", FILES, ("y n",), aliases=("copy_names_to_clipboard",)),
    Action("copy_paths", "Copy paths", "Send the full paths to the clipboard of the terminal, one a line.", FILES, ("y p",), aliases=("copy_paths_to_clipboard",)),
    Action("copy_place", "Copy this place", "Send the path of this directory to the clipboard of the terminal.", FILES, ("y d",)),
    Action("share_link", "Link to share", "Make a presigned link that lets somebody without an account download the object, or store one.", FILES, ("y l",)),
    Action("qr_link", "QR code of a link", "Draw a link that downloads the object under the cursor as a QR code, for a camera.", FILES, ("y q",)),
    Action("yank", "Take along to copy", "Remember the marked files, else the one under the cursor; putting them down copies them.", FILES, ("y y",)),
    Action("cut", "Take along to move", "Remember the marked files, else the one under the cursor; putting them down moves them.", FILES, ("y x",)),
    Action("paste", "Put down", "Copy or move what was taken along into this directory.", FILES, ("y v",)),
    Action("duplicate", "Duplicate", "Copy the marked files beside themselves, under free names.", FILES, ("comma d",), aliases=("duplicate_files",)),
    Action("link", "Link", "Make links to the marked files in the other pane.", FILES, ("comma l",)),
    Action("permissions", "Permissions", "Change permissions and owner of the marked files, as chmod and chown do.", FILES, ("comma a",), aliases=("chmod",)),
    Action("set_time", "Set the time", "Give the marked files another time, or now.", FILES, ("comma n",)),
    Action("edit_headers", "Headers and metadata", "Change content type, cache control and metadata of the marked objects, in place.", FILES, ("comma h",)),
    Action("edit_tags", "Tags", "Change the tags of the marked objects: add, remove, replace.", FILES, ("comma g",)),
    Action("storage_class", "Storage class", "Give the marked objects another storage class, in place.", FILES, ("comma s",)),
    Action("restore", "Restore from the archive", "Ask for copies of archived objects (Glacier) that can be read for some days.", FILES, ("comma b",)),
    Action("encryption", "Encryption", "Have the marked objects encrypted by the server in another way, or with another key (KMS).", FILES, ("comma k",)),
    Action("access", "Access", "Make the marked objects private or public, by their access lists (ACL).", FILES, ("comma y",)),
    Action("lock", "Lock", "Keep the marked objects from being deleted: retention until a date, legal hold.", FILES, ("comma L",)),
    Action("checksum", "Checksum", "Show, copy or save checksums of the marked files; on a list of them, verify it.", FILES, ("comma c",)),
    Action("view", "View", "Show the file under the cursor.", FILES, ("v", "f3"), fkey_label="View", aliases=("view_file", "view_text")),
    Action("edit", "Edit", "Open the file under the cursor in your editor.", FILES, ("e", "f4"), fkey_label="Edit", aliases=("edit_file",)),
    Action("edit_new", "New file in the editor", "Type a name and write the file in your editor.", FILES, ("shift+f4",)),
    Action("details", "Details", "Show everything known about the marked files, else the one under the cursor.", FILES, ("i",), aliases=("file_details",)),
    Action("versions", "Versions", "Show the versions of the file under the cursor: view, compare, copy, restore, delete, undelete.", FILES, ("comma i",)),
    Action("deleted", "Deleted files", "Show what is deleted below this directory and can be undeleted.", FILES, ("comma x",)),
    Action("prune_versions", "Prune versions", "Delete old versions of the marked files by age or count; what is there now stays.", FILES, ("comma o",)),
    Action("unfinished_uploads", "Unfinished uploads", "Show multipart uploads below this directory that were never completed, and are billed: abort, resume.", FILES, ("comma U",)),
    Action("delete_versions", "Delete all versions", "Delete the marked files with every version of them, for good.", FILES, ("comma z",)),
    Action("empty_bucket", "Empty the bucket", "Delete everything in the bucket under the cursor for good, with all versions; the bucket stays.", FILES, ("comma E",)),
    _later("pack", "Pack", "Make an archive of the marked files.", FILES, ("p",), "create_archive", since=PACKING),
    _later("unpack", "Unpack", "Extract the archive under the cursor.", FILES, ("u",), "extract_archive", since=PACKING),
    _later("undo", "Undo", "Take back the last operation.", FILES, ("U",), since=UNDOING),
)

_PLACES = (
    Action("same_place", "Go to the other pane's place", "Show here what the other pane shows.", PLACES, ("o",), aliases=("sync_current_to_other",)),
    Action("other_here", "Bring the other pane here", "Show this place in the other pane, too.", PLACES, ("O",), aliases=("sync_other_to_current",)),
    Action("goto", "Go to", "Type a place: a local path or s3://bucket/key.", PLACES, ("J",), aliases=("jump_dialog", "jump_to_path")),
    Action("drives", "Drives and buckets", "Choose from home, root, mounted disks and buckets.", PLACES, ("d",), aliases=("drives_dialog",)),
    Action("favorites", "Favourites", "Choose one of your favourite places, or add this one.", PLACES, ("j",)),
    Action("history", "History", "Choose a place that either pane has been to.", PLACES, ("h",)),
    Action("back", "Back", "Go back to where this pane was before.", PLACES, ("left_parenthesis", "alt+left", "alt+y")),
    Action("forward", "Forward", "Go forward again after going back.", PLACES, ("right_parenthesis", "alt+right", "alt+u")),
    Action("server_abilities", "What the server can do", "Show what the server of this place can do and what it does otherwise than Amazon; ask it, or try it.", PLACES, ("comma C",)),
    Action("as_it_was", "As it was", "Show this directory as it was at a moment; nothing there can be changed.", PLACES, ("comma w",)),
    Action("bucket_settings", "Bucket settings", "Show what is set for the bucket: versioning, lifecycle, policy, notifications; edit it.", PLACES, ("comma B",)),
    Action("set_bookmark", "Set a bookmark", "Let a letter stand for this place and row.", PLACES, ("B",)),
    Action("jump", "Jump to a bookmark", "Go to the place of a letter.", PLACES, ("apostrophe",)),
    Action("previous_tab", "Previous tab", "Show the previous tab of this pane.", PLACES, ("less_than_sign",)),
    Action("next_tab", "Next tab", "Show the next tab of this pane.", PLACES, ("greater_than_sign",)),
    Action("new_tab", "New tab", "Open another tab at this place.", PLACES, ("t",)),
    Action("close_tab", "Close tab", "Close this tab; the one before it is shown.", PLACES, ("T",)),
    Action("swap_panes", "Swap panes", "What is left goes right, and what is right goes left.", PLACES, ("ctrl+u", "g u")),
)

_FINDING = (
    Action("search", "Incremental search", "Type words that occur in a name; the cursor jumps to it.", FINDING, ("f", "slash")),
    Action("find_name", "Find by name", "Search names below this directory.", FINDING, ("F",), aliases=("search_dialog",)),
    Action("find_content", "Find by content", "Search inside the files below this directory.", FINDING, ("G",), aliases=("search_content",)),
    Action("filter", "Filter", "Show only files whose names match a pattern such as *.txt;*.md.", FINDING, ("semicolon",)),
    Action("clear_filter", "Clear the filter", "Show all names again.", FINDING, ("colon",)),
    Action("compare_marks", "Compare and mark", "Mark what differs from the other pane, or is as there: size, time, content.", FINDING, ("w",), aliases=("compare_selection",)),
    _later("compare_directories", "Compare directories", "Show both directories as one tree of differences.", FINDING, ("W",), "diff_directories", since=COMPARING),
    Action("diff", "Compare two files", "Show the two marked files side by side, else those under the cursors of both panes.", FINDING, ("equals_sign",), aliases=("diff_files",)),
)

_VIEW = (
    Action("sort_name", "Sort by name", "Sort by name; once more turns the order round.", VIEW, ("1",), aliases=("quick_sort_name",)),
    Action("sort_extension", "Sort by extension", "Sort by extension; once more turns the order round.", VIEW, ("2",), aliases=("quick_sort_ext",)),
    Action("sort_size", "Sort by size", "Sort by size; once more turns the order round.", VIEW, ("3",), aliases=("quick_sort_size",)),
    Action("sort_time", "Sort by time", "Sort by time; once more turns the order round.", VIEW, ("4",), aliases=("quick_sort_date",)),
    Action("sort_menu", "Sort menu", "Choose how this pane is sorted.", VIEW, ("s",)),
    Action("toggle_hidden", "Hidden files", "Show or hide names that begin with a dot.", VIEW, ("full_stop",)),
    Action("directory_sizes", "Sizes of directories", "Count what the marked directories hold, else the one under the cursor; once more stops it.", VIEW, ("S",)),
    Action("storage_cost", "Storage and cost", "Show how much is stored beneath this directory, by storage class and directory, and what it costs.", VIEW, ("comma dollar_sign",)),
    Action("quick_view", "Quick view", "Show the file under the cursor in place of the other pane, or that pane again.", VIEW, ("V",)),
    Action("refresh", "Refresh", "Read this directory again.", VIEW, ("ctrl+r",), aliases=("redraw",)),
    Action("ratio_left", "Narrow the left pane", "Move the line between the panes to the left.", VIEW, ("left_square_bracket",), aliases=("adjust_pane_left",)),
    Action("ratio_right", "Widen the left pane", "Move the line between the panes to the right.", VIEW, ("right_square_bracket",), aliases=("adjust_pane_right",)),
    Action("ratio_reset", "Equal panes", "Give both panes the same width.", VIEW, ("vertical_line",), aliases=("reset_pane_boundary",)),
    Action("theme", "Theme", "Choose the colours; they are shown while you choose.", VIEW, ("comma t",), aliases=("toggle_color_scheme",)),
    Action("log", "Log", "Show the last lines of the log beneath the panes, or hide them.", VIEW, ("l",)),
    Action("read_log", "Read the log", "Show the whole log: scroll, filter, copy, choose levels.", VIEW, ("L",)),
    Action("log_higher", "Higher log", "Give the log more lines.", VIEW, ("left_curly_bracket",), aliases=("adjust_log_up",)),
    Action("log_lower", "Lower log", "Give the log fewer lines.", VIEW, ("right_curly_bracket",), aliases=("adjust_log_down",)),
    Action("log_page_up", "Log: page up", "Scroll the log beneath the panes up.", VIEW, ("shift+pageup",), aliases=("scroll_log_page_up", "scroll_log_up")),
    Action("log_page_down", "Log: page down", "Scroll the log beneath the panes down.", VIEW, ("shift+pagedown",), aliases=("scroll_log_page_down", "scroll_log_down")),
    Action("view_menu", "View menu", "Choose what the panes show: columns, sizes, times, order.", VIEW, ("z",), aliases=("view_options",)),
    Action("one_pane", "One pane", "Give the active pane the whole width, or show both again.", VIEW, ("comma 1",)),
)

_PROGRAMS = (
    Action("programs", "Programs", "Start one of your programs.", PROGRAMS, ("x", "f2"), fkey_label="Progs"),
    Action("subshell", "Sub-shell", "Open a shell in this directory.", PROGRAMS, ("X",)),
    Action("terminal", "Show the terminal", "Show what other programs left on the terminal beneath; any key comes back.", PROGRAMS, ("ctrl+o",)),
    Action("command_line", "Command line", "Run one command in this directory.", PROGRAMS, ("exclamation_mark",)),
    Action("to_shell", "Back to the shell", "Stop tfm as Ctrl-Z stops other programs; fg in the shell brings it back.", PROGRAMS, ("ctrl+z",)),
)

_PROGRAM = (
    Action("jobs", "Jobs", "Show the running jobs: pause, resume, cancel.", PROGRAM, ("b",)),
    Action("cancel", "Cancel", "Close what is open, or stop loading; it never quits.", PROGRAM, ("escape", "ctrl+c", "ctrl+g")),
    Action("help", "Help", "Show the keys and what they do.", PROGRAM, ("question_mark", "f1"), fkey_label="Help"),
    Action("error_help", "Help on errors", "Open the page on troubleshooting where it tells about the last error.", PROGRAM, ("comma question_mark",)),
    Action("palette", "Palette", "Find an action by a few letters of its name, or by its key.", PROGRAM, ("ctrl+p",)),
    Action("context_menu", "Menu of this row", "Show what can be done with the row at the cursor; the right mouse button does it, too.", PROGRAM, ("comma comma", "shift+f10")),
    Action("menu", "Menu", "Show every action in pull-down menus.", PROGRAM, ("f9", "comma m"), fkey_label="Menu"),
    Action("settings_menu", "Settings menu", "Edit, reload and check your configuration.", PROGRAM, ("Z",)),
    Action("edit_config", "Edit the configuration", "Open config.py in your editor and read it again afterwards.", PROGRAM, ("comma e",)),
    Action("reload_config", "Reload the configuration", "Read config.py again and take over what can change while tfm runs.", PROGRAM, ("comma r",)),
    Action("config_report", "Configuration report", "Show problems with their lines, and what differs from the defaults.", PROGRAM, ("comma p",)),
    Action("identity", "Identity", "Show as whom this pane asks its server: where the credentials come from, whose they are, until when.", PROGRAM, ("comma I",)),
    Action("statistics", "Statistics", "Show the requests of this run, how long they took, and what the caches hold; empty the caches.", PROGRAM, ("comma S",)),
    Action("quit", "Quit", "Leave tfm; with jobs running it asks first.", PROGRAM, ("q", "f10", "ctrl+q"), fkey_label="Quit"),
)
# fmt: on

ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        action.id: action
        for action in (
            *_MOVING, *_MARKS, *_FILES, *_PLACES, *_FINDING, *_VIEW, *_PROGRAMS, *_PROGRAM
        )
    }
)  # fmt: skip

ALIASES: Mapping[str, str] = MappingProxyType(
    {alias: action.id for action in ACTIONS.values() for alias in action.aliases}
)
