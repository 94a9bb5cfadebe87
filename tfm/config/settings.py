"""The one table of settings: name, type, default, help and rule of everything the user may set.

`config.py` of the user, the example file, the documentation and the validation all read this
table. A setting is a field here; its name in `config.py` is the field's name in upper case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal, TypeVar, cast

from tfm.config.connections import Connections
from tfm.config.price_rules import RegionPrices
from tfm.config.programs import (
    DEFAULT_ASSOCIATIONS,
    DEFAULT_PROGRAMS,
    Associations,
    Command,
    Programs,
)
from tfm.config.rules import (
    CLASSES_TO_CHOOSE,
    DATE_FORMATS,
    Binding,
    Bindings,
    BucketRules,
    Choice,
    DateFormat,
    Favorite,
    Favorites,
    Flag,
    KeyFiles,
    KeySource,
    MetricsNamespace,
    Number,
    Place,
    PublicKeys,
    Rule,
    Text,
    Uploads,
    Url,
    Whole,
)
from tfm.model.program import Association, Program

MIB = 1024 * 1024
GIB = 1024 * MIB

T = TypeVar("T")


def _option(default: T, rule: Rule, help: str, *, restart: bool = False) -> T:  # noqa: A002
    """A row of the table; mypy sees the default's type, dataclasses see a field.

    `restart`: a new value takes effect at the next start, not when the file is read again.
    """
    told = {"rule": rule, "help": help, "restart": restart}
    row: Any = field(default_factory=lambda: default, metadata=told)
    return cast(T, row)


_FAVORITES = (
    Favorite("Home", "~"),
    Favorite("Documents", "~/Documents"),
    Favorite("Downloads", "~/Downloads"),
    Favorite("Desktop", "~/Desktop"),
    Favorite("Root", "/"),
    Favorite("Temporary", "/tmp"),  # noqa: S108 - a place to visit, nothing is created there
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting with its value: the user's where it was good, else the default."""

    # Panes
    show_hidden_files: bool = _option(
        False,
        Flag(),
        "Show files whose name begins with a dot. The key . switches it.",
        restart=True,
    )
    default_sort_mode: Literal["name", "extension", "size", "time"] = _option(
        "name",
        Choice(
            ("name", "extension", "size", "time"), older=(("ext", "extension"), ("date", "time"))
        ),
        "How a pane is sorted at first.",
        restart=True,
    )
    default_sort_reverse: bool = _option(False, Flag(), "Sort downwards at first.", restart=True)
    date_format: str = _option(
        "short",
        DateFormat(),
        'How times are shown: "short" (26-12-31 23:59), "full" (2026-12-31 23:59:59), or a strftime pattern.',
    )
    exact_sizes: bool = _option(False, Flag(), "Show sizes in bytes instead of 1.2M.")
    separate_extensions: bool = _option(
        False, Flag(), "Show short extensions in a column of their own."
    )
    max_extension_length: int = _option(
        5, Whole(1, 12), "Characters of the longest extension that gets into that column."
    )
    directories_first: bool = _option(
        True, Flag(), "Directories stand before files, in every order."
    )
    natural_sort: bool = _option(
        True, Flag(), "img9 stands before img10, and capitals beside small letters."
    )
    icons: bool = _option(
        False, Flag(), "An icon before each name; the font of the terminal must be a Nerd Font."
    )
    ls_colors: bool = _option(
        False, Flag(), "Colour files as the variable LS_COLORS says, and the rest by the theme."
    )
    one_pane: bool = _option(False, Flag(), "Give the active pane the whole width.")
    default_left_pane_ratio: float = _option(
        0.5,
        Number(0.1, 0.9),
        "Share of the width that the left pane has at first.",
        restart=True,
    )
    start_left: str = _option(
        "",
        Place("where it was left"),
        'Where the left pane opens: a local directory or "s3://bucket/dir/"; "" is where it was left.',
    )
    start_right: str = _option(
        "", Place("where it was left"), "Where the right pane opens, in the same way."
    )
    theme: str = _option(
        "tfm-dark",
        Text(),
        "Name of the theme: one of those in docs/configuration.md, or a file of your own in themes/ beside config.py.",
    )
    ascii: Literal["auto", "always", "never"] = _option(
        "auto",
        Choice(("auto", "always", "never")),
        'Draw lines, arrows and marks in plain ASCII. "auto": where the locale is not UTF-8 (LC_ALL=C) or TERM is that '
        "of an old terminal.",
        restart=True,
    )
    terminal_title: bool = _option(
        True,
        Flag(),
        "Tell the terminal where the active pane is: in the title of its window, and for its next tab.",
    )
    show_log: bool = _option(
        False, Flag(), "Show the last lines of the log beneath the panes. The key l switches it."
    )
    default_log_height_ratio: float = _option(
        0.25, Number(0.1, 0.8), "Share of the height that the log has at first."
    )
    max_log_messages: int = _option(
        1000, Whole(10, 1_000_000), "Lines of the log that are kept to be shown."
    )
    mouse: bool = _option(
        True,
        Flag(),
        "Use the mouse. False leaves selecting text to the terminal.",
        restart=True,
    )
    file_monitoring_enabled: bool = _option(
        True,
        Flag(),
        "Watch the local directories on the screen and show changes at once.",
        restart=True,
    )
    max_history_entries: int = _option(
        100,
        Whole(1, 10_000),
        "How many visited places the history (key h) holds, both panes together.",
    )
    max_search_results: int = _option(
        10_000, Whole(1, 1_000_000), "Results at which a search below a directory ends."
    )
    favorite_directories: tuple[Favorite, ...] = _option(
        _FAVORITES, Favorites(), "Your places: local paths or s3:// places, with a name each."
    )

    # Questions
    confirm_delete: bool = _option(True, Flag(), "Ask before deleting.")
    confirm_copy: bool = _option(True, Flag(), "Show the copy dialog before copying.")
    confirm_move: bool = _option(True, Flag(), "Show the move dialog before moving.")
    confirm_cost: float = _option(
        0.0,
        Number(0, 1_000_000_000),
        "Ask again before a job whose estimated cost is above this, in the currency of the prices; 0 never asks.",
    )
    confirm_quit: bool = _option(
        True, Flag(), "Ask before quitting. While jobs are running it always asks."
    )

    # Jobs
    max_jobs: int = _option(
        2,
        Whole(1, 16),
        "Jobs that run at the same time; the others wait in the queue.",
        restart=True,
    )
    file_op_workers_local: int = _option(
        4,
        Whole(1, 64),
        "Files that one job copies at the same time between local directories.",
        restart=True,
    )
    verify: Literal["size", "checksum", "readback"] = _option(
        "checksum",
        Choice(("size", "checksum", "readback")),
        'How copies are checked. "size" counts bytes, also before a move removes a source; "checksum" compares '
        'digests with servers; "readback" also reads again all that was written.',
        restart=True,
    )
    fsync: Literal["auto", "always", "off"] = _option(
        "auto",
        Choice(("auto", "always", "off")),
        'Wait until written files are on the disk. "auto": for moves across devices, downloads and replaced files.',
        restart=True,
    )

    audit_log: Literal["off", "on", "required"] = _option(
        "off",
        Choice(("off", "on", "required")),
        'Write down who did what, where and how it ended. "required": a job whose beginning cannot be written does not '
        "begin. See docs/audit.md.",
        restart=True,
    )
    audit_log_size: int = _option(
        10 * MIB,
        Whole(64 * 1024, GIB),
        "Bytes of the audit log at which it is set aside and a new file begun; none is ever deleted.",
        restart=True,
    )

    # Programs
    text_editor: tuple[str, ...] = _option(
        (), Command("$VISUAL, $EDITOR, or what is installed"), "The editor behind e and F4."
    )
    text_diff: tuple[str, ...] = _option(
        (), Command("the built-in comparison"), "A program that compares two files, for =."
    )
    programs: tuple[Program, ...] = _option(
        DEFAULT_PROGRAMS,
        Programs(),
        "What x and F2 offer: a name, a command as a list of words, options. See docs/external-programs.md.",
    )
    file_associations: tuple[Association, ...] = _option(
        DEFAULT_ASSOCIATIONS,
        Associations(),
        "Which program opens, views or edits a file, by its name; the first rule that knows wins.",
    )

    # Encryption with age
    age_recipients: tuple[str, ...] = _option(
        (),
        PublicKeys(),
        "Whom copies are encrypted for, where the dialog of a copy or tfm cp --encrypt says so. Needs tfm[age].",
    )
    age_identities: tuple[str, ...] = _option(
        (),
        KeyFiles(),
        "Files with the private keys that decrypt such copies: of age-keygen, or of SSH without a passphrase.",
    )

    # S3: where and who
    s3_profile: str = _option(
        "",
        Text(empty="the default credential chain"),
        'Profile of the AWS configuration files; "" is the default chain (AWS_PROFILE, environment, role).',
    )
    s3_region: str = _option(
        "",
        Text(empty="found automatically"),
        'Region to begin with; "" takes it from the profile. The region of a bucket is found automatically.',
    )
    s3_endpoint_url: str = _option(
        "", Url(), 'URL of an S3-compatible server, such as "http://127.0.0.1:9000"; "" is AWS.'
    )
    s3_addressing_style: Literal["auto", "path", "virtual"] = _option(
        "auto",
        Choice(("auto", "path", "virtual")),
        'Where the bucket stands in the URL: "path" (server/bucket), "virtual" (bucket.server), or "auto".',
    )
    s3_no_sign_request: bool = _option(
        False, Flag(), "Send requests without credentials, for public buckets."
    )
    s3_ca_bundle: str = _option(
        "",
        Text(empty="the usual certificates"),
        'File with the certificates of your own server; "" uses the usual ones.',
    )

    s3_connections: Mapping[str, Mapping[str, object]] = _option(
        MappingProxyType({}),
        Connections(),
        'Servers and accounts by name, for places such as "s3://archive@bucket/". See docs/s3.md.',
    )

    s3_requester_pays: bool = _option(
        False,
        Flag(),
        "Have your account pay for requests to buckets of others that want it so; else each such bucket is asked about.",
    )
    s3_accelerate: bool = _option(
        False,
        Flag(),
        "Send and fetch the bytes of objects by Amazon's accelerated endpoints, where the bucket has that switched on; "
        "costs 0.04 to 0.08 USD more for each GB.",
    )
    s3_bucket_columns: bool = _option(
        True,
        Flag(),
        "Show versions, encryption and public access of buckets beside their names; each on the screen is asked, "
        "with 3 to 5 requests.",
    )

    s3_metrics_namespace: str = _option(
        "",
        MetricsNamespace(),
        'Namespace of CloudWatch, such as "tfm", that the figures of the requests are sent to once a minute; "" sends '
        "nothing. Each figure of each kind of request costs about 0.30 USD a month. See docs/s3.md.",
    )

    # S3: how fast and how patient
    s3_cache_ttl: float = _option(
        60, Number(0, 86_400), "Seconds that a listing may be shown again without asking; 0 is off."
    )
    s3_cache_max_entries: int = _option(
        1000, Whole(1, 1_000_000), "Listings that are kept; the least recently used leave first."
    )
    s3_persist_listings: bool = _option(
        True,
        Flag(),
        "Keep listings that panes showed on the disk, to draw them at the next start while they are read anew.",
    )
    s3_persist_max_bytes: int = _option(
        64 * MIB, Whole(MIB, GIB), "Bytes that listings take on the disk at most."
    )
    s3_persist_days: int = _option(
        30, Whole(1, 3650), "Days that a listing stays on the disk at most."
    )
    s3_read_ahead: int = _option(
        0,
        Whole(0, 600),
        "Requests in a minute to read likely directories before they are opened; 0 is off.",
    )
    s3_read_ahead_most: int = _option(
        500, Whole(1, 1_000_000), "Requests that reading ahead may take until tfm is left."
    )
    s3_multipart_threshold: int = _option(
        5 * MIB,
        Whole(MIB, 5 * GIB),
        "Bytes; a file above this size is sent in several parts at once.",
    )
    s3_part_size: int = _option(
        0,
        Whole(5 * MIB, 5 * GIB, zero="automatic"),
        "Bytes of one part; 0 is automatic: 8 MiB, or size/9000 for larger files.",
    )
    s3_transfer_threads: int = _option(
        8, Whole(1, 64), "Parts and files that are transferred at the same time."
    )
    s3_pool_connections: int = _option(
        0,
        Whole(1, 256, zero="automatic"),
        "Connections kept open to one server; 0 is automatic. Not fewer than S3_TRANSFER_THREADS.",
    )
    s3_connect_timeout: float = _option(5, Number(0.1, 600), "Seconds to wait for a connection.")
    s3_read_timeout: float = _option(
        20, Number(0.1, 3600), "Seconds without an answer before a listing is given up."
    )
    s3_bulk_read_timeout: float = _option(
        60, Number(0.1, 3600), "Seconds without an answer before a transfer is tried again."
    )
    s3_max_retries: int = _option(
        6, Whole(0, 100), "Times a request that failed for the moment is repeated; 0 never does."
    )
    s3_retry_delay: float = _option(
        1.0,
        Number(0, 60),
        "Seconds before a job repeats a request; each further pause is twice as long, at most 30.",
    )
    s3_outage_wait: float = _option(
        900,
        Number(0, 86_400),
        "Seconds that a job waits for a server that stopped answering, or for a login that expired.",
    )
    s3_search_max_objects: int = _option(
        1000,
        Whole(1, 1_000_000),
        "Objects that a search by content reads at most; it tells the number first.",
    )
    s3_search_max_bytes: int = _option(
        256 * MIB,
        Whole(1, 1024 * GIB),
        "Bytes that a search by content reads at most from a server; it tells the number first.",
    )

    # S3: what uploads get
    s3_storage_class: str = _option(
        "",
        Choice(("", *CLASSES_TO_CHOOSE)),
        'Storage class of what is uploaded; "" leaves it to the server, which takes STANDARD.',
    )
    s3_encryption: Literal["", "AES256", "aws:kms", "aws:kms:dsse", "SSE-C"] = _option(
        "",
        Choice(("", "AES256", "aws:kms", "aws:kms:dsse", "SSE-C")),
        'How uploads and copies are encrypted; "" leaves it to the bucket.',
    )
    s3_kms_key_id: str = _option(
        "",
        Text(empty="the key of the account"),
        'Key of KMS for "aws:kms" (its id, ARN or alias); "" is the key of the account.',
    )
    s3_customer_key: str = _option(
        "",
        KeySource(),
        "Where your own key for SSE-C is; it is never stored. Objects encrypted with it are read with it.",
    )
    s3_former_customer_key: str = _option(
        "", KeySource(), "Where the key before is, as long as there are objects encrypted with it."
    )
    s3_uploads: Mapping[str, Mapping[str, str]] = _option(
        MappingProxyType({}),
        Uploads(),
        "What uploads get by their name: headers, Storage-Class, Tags, x-amz-meta-NAME. Later patterns win.",
    )

    s3_buckets: Mapping[str, Mapping[str, object]] = _option(
        MappingProxyType({}),
        BucketRules(),
        "What is another for some buckets, by patterns of their names: storage_class, encryption, kms_key_id, "
        "requester_pays, accelerate. Later patterns win.",
    )

    # S3: what it costs
    s3_prices: Mapping[str, Mapping[str, float | str]] = _option(
        MappingProxyType({}),
        RegionPrices(),
        "Prices of Amazon S3 that are others than its list says, by region. See docs/s3.md.",
    )

    # Keys
    key_preset: Literal["default", "norton", "vim"] = _option(
        "default",
        Choice(("default", "norton", "vim"), older=(("standard", "default"),)),
        'The keys to begin with: "default" has letters and F-keys, "norton" adds the Ctrl and Alt keys of '
        'Midnight Commander, "vim" moves h j k l g G y p d to what they mean there. See docs/keys.md.',
    )
    key_bindings: Mapping[str, Binding] = _option(
        MappingProxyType({}),
        Bindings(),
        'Keys of your own: action to key or list of keys ("g g" is a chord); "none" unbinds. With "selection", '
        "several actions share a key. See docs/keys.md for the actions.",
    )

    @property
    def date_pattern(self) -> str:
        """The `strftime` pattern behind `date_format`."""
        return DATE_FORMATS.get(self.date_format, self.date_format)


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table as `config.py` sees it; `name` is in upper case.

    `restart` tells that a running program keeps the old value.
    """

    name: str
    field: str
    group: str
    default: object
    help: str
    rule: Rule
    restart: bool = False


_GROUP_STARTS = {
    "show_hidden_files": "Panes",
    "confirm_delete": "Questions",
    "max_jobs": "Jobs",
    "text_editor": "Programs",
    "s3_profile": "S3: where and who",
    "s3_cache_ttl": "S3: how fast and how patient",
    "key_preset": "Keys",
}


def _rows() -> Mapping[str, Setting]:
    rows: dict[str, Setting] = {}
    group = ""
    defaults = Settings()
    for each in fields(Settings):
        group = _GROUP_STARTS.get(each.name, group)
        rule: Rule = each.metadata["rule"]
        rows[each.name.upper()] = Setting(
            name=each.name.upper(),
            field=each.name,
            group=group,
            default=getattr(defaults, each.name),
            help=each.metadata["help"],
            rule=rule,
            restart=each.metadata["restart"] or each.name.startswith("s3_"),
        )
    return MappingProxyType(rows)


SETTINGS: Mapping[str, Setting] = _rows()


def disagreements(settings: Settings) -> Mapping[str, str]:
    """Settings that are good alone but not together: name of the one to reset → what is wrong."""
    pool, threads = settings.s3_pool_connections, settings.s3_transfer_threads
    if 0 < pool < threads:
        return {
            "S3_POOL_CONNECTIONS": f"must be 0 (automatic) or at least S3_TRANSFER_THREADS ({threads})"
        }
    return {}
