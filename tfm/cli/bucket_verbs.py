"""What may stand behind the verbs that only buckets have."""

from __future__ import annotations

from tfm.cli.parser import Parser, add_common, parser

ENCRYPTIONS = ("SSE-S3", "SSE-KMS")
NO_RETENTION = "none"
LOCK_MODES = ("governance", "compliance", NO_RETENTION)
"""Those of a storage, which help does not import, and how a mode is called that keeps nothing."""


def mb() -> Parser:
    """`tfm mb`."""
    made = parser(
        "tfm mb",
        "Make buckets, in the region of --region or of the profile.",
        "Public access is blocked unless --allow-public is given. What cannot be set once a bucket is there is\n"
        "told, and the exit status is 3.",
    )
    add = made.add_argument
    add("places", nargs="*", metavar="BUCKET")
    add("--versions", action="store_true", help="keep what is overwritten or deleted")
    add(
        "--encryption",
        metavar="KIND",
        choices=ENCRYPTIONS,
        default="",
        help="by default: SSE-S3 or SSE-KMS; else as the server does",
    )
    add("--kms-key", metavar="KEY", default="", help="id, ARN or alias of the key for SSE-KMS")
    add("--object-lock", action="store_true", help="with object lock, for good, and versions")
    add("--allow-public", action="store_true", help="do not block public access")
    add("--json", action="store_true", help="a report of every item on standard output")
    add_common(made)
    return made


def rb() -> Parser:
    """`tfm rb`."""
    made = parser(
        "tfm rb",
        "Delete buckets that hold nothing: no object, no version, no unfinished upload.",
        "With --empty everything in them is deleted first, for good. On a terminal the name of each bucket has\n"
        "to be typed for that; elsewhere nothing is done without --yes.",
    )
    add = made.add_argument
    add("places", nargs="*", metavar="BUCKET")
    add("--empty", action="store_true", help="delete everything in them first, with all versions")
    add("-y", "--yes", action="store_true", help="do not ask")
    add("--json", action="store_true", help="a report of every item on standard output")
    add_common(made)
    return made


def measure() -> Parser:
    """`tfm measure`."""
    made = parser(
        "tfm measure",
        "Tell what the accelerated endpoint of a bucket gains from here, what it costs, and when it does not pay.",
        "A sample of 8 MiB goes there and back by each endpoint, in two objects that are removed again. Only\n"
        "Amazon has such endpoints, and acceleration must be switched on for the bucket.",
    )
    add = made.add_argument
    add("places", nargs="*", metavar="PLACE")
    add("--json", action="store_true", help="one JSON list with the seconds of each")
    add_common(made)
    return made


def versions() -> Parser:
    """`tfm versions`."""
    made = parser(
        "tfm versions",
        "List the versions of objects, and of all objects in directories, the newest first.",
        "Each line: time, size in bytes or 'deleted' where a delete left a mark, 'now' for the current one, and the\n"
        "place of that version, which cat and cp take.",
    )
    add = made.add_argument
    add("places", nargs="*", metavar="PLACE")
    add("--json", action="store_true", help="one JSON list with every fact, times in UTC")
    add_common(made)
    return made


def lock() -> Parser:
    """`tfm lock`."""
    made = parser(
        "tfm lock",
        "Show what keeps objects from being deleted, or lock them: retention until a date, and legal hold.",
        "Each line: mode, time, 'hold' where there is one, and the place. The bucket must have been made with object\n"
        "lock; the current version is meant. GOVERNANCE can be shortened or taken away by those with the right, with\n"
        "--bypass. COMPLIANCE can be taken back by nobody, not even the owner of the account: on a terminal the word\n"
        "has to be typed, elsewhere nothing is locked so without --yes.",
    )
    add = made.add_argument
    add("places", nargs="*", metavar="PLACE")
    add("-r", "-R", dest="recursive", action="store_true", help="directories, with all in them")
    add("--until", metavar="DATE", default="", help="30d, 12w, 7y, or 2027-01-31, in local time")
    add("--days", metavar="N", type=int, help="so many days from now")
    add(
        "--mode",
        metavar="MODE",
        choices=LOCK_MODES,
        default="",
        help="governance (as usual), compliance, or none to take the retention away",
    )
    add(
        "--hold",
        metavar="STATE",
        choices=("on", "off"),
        default="",
        help="legal hold: on or off; it has no end",
    )
    add("--bypass", action="store_true", help="shorten governance, or take it away")
    add("-y", "--yes", action="store_true", help="do not ask")
    add("--json", action="store_true", help="every fact, or a report of what was changed, as JSON")
    add_common(made)
    return made


def abilities() -> Parser:
    """`tfm abilities`."""
    made = parser(
        "tfm abilities",
        "Show what the server of a place can do, and how that is known.",
        "Without --probe no request is sent: then it is told what is known of servers of that make. --probe asks the\n"
        "bucket with requests that only read.",
    )
    add = made.add_argument
    add("places", nargs="*", metavar="PLACE")
    add("--probe", action="store_true", help="ask the server first, with requests that only read")
    add("--json", action="store_true", help="one JSON list with every fact")
    add_common(made)
    return made


def bucket() -> Parser:
    """`tfm bucket`."""
    made = parser(
        "tfm bucket",
        "Show the settings of a bucket, or one of them; change that one.",
        "With a SETTING, --json prints the document that --set takes. What is set is shown as a difference first, and\n"
        "on a terminal it is asked about; if somebody changed it meanwhile nothing is written. Then it is read back.",
        usage="tfm bucket [options] PLACE [SETTING]",
    )
    add = made.add_argument
    add(
        "places", nargs="*", metavar="PLACE", help="the bucket, or anything in it; then the setting"
    )
    add("--set", dest="set_from", metavar="FILE", default="", help="set it as in FILE; - reads it")
    add("--remove", action="store_true", help="take the setting away")
    add("-y", "--yes", action="store_true", help="do not ask")
    add("--json", action="store_true", help="as one JSON document")
    add_common(made)
    return made


def uploads() -> Parser:
    """`tfm uploads`."""
    made = parser(
        "tfm uploads",
        "List uploads in parts that were begun and never completed: no listing shows them, and they are billed.",
        "Each line: time, parts, bytes, whose it is, and the place. 'running' is being written by a job of yours,\n"
        "'ours' is of a job that was cut off (tfm jobs resume), 'foreign' of another program or computer. With\n"
        "--abort they go after a question, but for those that are being written.",
    )
    add = made.add_argument
    add("places", nargs="*", metavar="PLACE")
    add("--abort", action="store_true", help="end them: their parts are gone for good")
    add("--older-than", metavar="AGE", default="", help="only those begun longer ago: 12h, 7d, 2w")
    add("-y", "--yes", action="store_true", help="do not ask before aborting")
    add("--json", action="store_true", help="every fact, or with --abort a report, as JSON")
    add_common(made)
    return made


def du() -> Parser:
    """`tfm du`."""
    made = parser(
        "tfm du",
        "Tell how much is stored beneath places, and in a bucket what it costs.",
        "One line for each directory right inside, then one for the place: bytes, objects and, with --cost, the\n"
        "cost of a month by list prices, separated by tabs. A bucket is listed flat: one request for each 1,000 keys.",
    )
    add = made.add_argument
    add("places", nargs="*", metavar="PLACE")
    add("--cost", action="store_true", help="with what a month costs, and a line for each class")
    add("--versions", action="store_true", help="earlier versions and unfinished uploads, too")
    add("--json", action="store_true", help="one JSON list with classes and prices")
    add_common(made)
    return made


def presign() -> Parser:
    """`tfm presign`."""
    made = parser(
        "tfm presign",
        "Print links that let whoever has them download an object, or put one there.",
        "No request is sent. A link ends after at most 7 days, and no later than the temporary credentials that\n"
        "signed it. Whoever has a link can use it: treat it as a password.",
    )
    add = made.add_argument
    add("places", nargs="*", metavar="PLACE")
    add("--expires", metavar="SPAN", default="1h", help="15m, 1h (as usual), 2d, at most 7d")
    add("--upload", action="store_true", help="links that store an object there (PUT)")
    add("--post", action="store_true", help="forms that do so, also any beneath a directory (POST)")
    add("--max-size", metavar="SIZE", default="", help="with --post: the most bytes, 500K or 10M")
    add(
        "--content-type",
        metavar="TYPE",
        default="",
        help="with --post: only image/png, or any image/*",
    )
    add(
        "--as",
        dest="form",
        metavar="FORM",
        choices=("curl", "html", "fields"),
        default="curl",
        help="with --post: curl (as usual), html or fields (JSON)",
    )
    add_common(made)
    return made
