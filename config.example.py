"""Configuration of tfm: every setting with its default.

Copy what you want to change to ~/.config/tfm/config.py (or $XDG_CONFIG_HOME/tfm/config.py). The
file is Python and runs once at the start, as you; tfm refuses it when somebody else may write to
it or to its directory. ${NAME} in a text stands for the environment variable NAME. Keep secrets
out of it: name an AWS profile in S3_PROFILE.
"""


class Config:
    """Copy the lines that you change."""

    # ---- Panes ----

    # Show files whose name begins with a dot. The key . switches it.
    # Accepted: True or False.
    SHOW_HIDDEN_FILES = False

    # How a pane is sorted at first.
    # Accepted: "name" or "extension" or "size" or "time".
    DEFAULT_SORT_MODE = "name"

    # Sort downwards at first.
    # Accepted: True or False.
    DEFAULT_SORT_REVERSE = False

    # How times are shown: "short" (26-12-31 23:59), "full" (2026-12-31 23:59:59), or a strftime
    # pattern.
    # Accepted: "short", "full", or a strftime pattern such as "%d.%m.%Y %H:%M".
    DATE_FORMAT = "short"

    # Show sizes in bytes instead of 1.2M.
    # Accepted: True or False.
    EXACT_SIZES = False

    # Show short extensions in a column of their own.
    # Accepted: True or False.
    SEPARATE_EXTENSIONS = False

    # Characters of the longest extension that gets into that column.
    # Accepted: a whole number from 1 to 12.
    MAX_EXTENSION_LENGTH = 5

    # Directories stand before files, in every order.
    # Accepted: True or False.
    DIRECTORIES_FIRST = True

    # img9 stands before img10, and capitals beside small letters.
    # Accepted: True or False.
    NATURAL_SORT = True

    # An icon before each name; the font of the terminal must be a Nerd Font.
    # Accepted: True or False.
    ICONS = False

    # Colour files as the variable LS_COLORS says, and the rest by the theme.
    # Accepted: True or False.
    LS_COLORS = False

    # Give the active pane the whole width.
    # Accepted: True or False.
    ONE_PANE = False

    # Share of the width that the left pane has at first.
    # Accepted: a number from 0.1 to 0.9.
    DEFAULT_LEFT_PANE_RATIO = 0.5

    # Where the left pane opens: a local directory or "s3://bucket/dir/"; "" is where it was left.
    # Accepted: a place such as "~/work" or "s3://bucket/dir/" ("" means where it was left).
    START_LEFT = ""

    # Where the right pane opens, in the same way.
    # Accepted: a place such as "~/work" or "s3://bucket/dir/" ("" means where it was left).
    START_RIGHT = ""

    # Name of the theme: one of those in docs/configuration.md, or a file of your own in themes/
    # beside config.py.
    # Accepted: a line of text.
    THEME = "tfm-dark"

    # Draw lines, arrows and marks in plain ASCII. "auto": where the locale is not UTF-8
    # (LC_ALL=C) or TERM is that of an old terminal.
    # Accepted: "auto" or "always" or "never".
    ASCII = "auto"

    # Tell the terminal where the active pane is: in the title of its window, and for its next
    # tab.
    # Accepted: True or False.
    TERMINAL_TITLE = True

    # Show the last lines of the log beneath the panes. The key l switches it.
    # Accepted: True or False.
    SHOW_LOG = False

    # Share of the height that the log has at first.
    # Accepted: a number from 0.1 to 0.8.
    DEFAULT_LOG_HEIGHT_RATIO = 0.25

    # Lines of the log that are kept to be shown.
    # Accepted: a whole number from 10 to 1000000.
    MAX_LOG_MESSAGES = 1000

    # Use the mouse. False leaves selecting text to the terminal.
    # Accepted: True or False.
    MOUSE = True

    # Watch the local directories on the screen and show changes at once.
    # Accepted: True or False.
    FILE_MONITORING_ENABLED = True

    # How many visited places the history (key h) holds, both panes together.
    # Accepted: a whole number from 1 to 10000.
    MAX_HISTORY_ENTRIES = 100

    # Results at which a search below a directory ends.
    # Accepted: a whole number from 1 to 1000000.
    MAX_SEARCH_RESULTS = 10000

    # Your places: local paths or s3:// places, with a name each.
    # Accepted: a list of {"name": ..., "path": ...} or of plain paths; a path may be
    # s3://bucket/.
    FAVORITE_DIRECTORIES = [
        {"name": "Home", "path": "~"},
        {"name": "Documents", "path": "~/Documents"},
        {"name": "Downloads", "path": "~/Downloads"},
        {"name": "Desktop", "path": "~/Desktop"},
        {"name": "Root", "path": "/"},
        {"name": "Temporary", "path": "/tmp"},
    ]

    # ---- Questions ----

    # Ask before deleting.
    # Accepted: True or False.
    CONFIRM_DELETE = True

    # Show the copy dialog before copying.
    # Accepted: True or False.
    CONFIRM_COPY = True

    # Show the move dialog before moving.
    # Accepted: True or False.
    CONFIRM_MOVE = True

    # Ask again before a job whose estimated cost is above this, in the currency of the prices; 0
    # never asks.
    # Accepted: a number from 0 to 1e+09.
    CONFIRM_COST = 0.0

    # Ask before quitting. While jobs are running it always asks.
    # Accepted: True or False.
    CONFIRM_QUIT = True

    # ---- Jobs ----

    # Jobs that run at the same time; the others wait in the queue.
    # Accepted: a whole number from 1 to 16.
    MAX_JOBS = 2

    # Files that one job copies at the same time between local directories.
    # Accepted: a whole number from 1 to 64.
    FILE_OP_WORKERS_LOCAL = 4

    # How copies are checked. "size" counts bytes, also before a move removes a source; "checksum"
    # compares digests with servers; "readback" also reads again all that was written.
    # Accepted: "size" or "checksum" or "readback".
    VERIFY = "checksum"

    # Wait until written files are on the disk. "auto": for moves across devices, downloads and
    # replaced files.
    # Accepted: "auto" or "always" or "off".
    FSYNC = "auto"

    # Write down who did what, where and how it ended. "required": a job whose beginning cannot be
    # written does not begin. See docs/audit.md.
    # Accepted: "off" or "on" or "required".
    AUDIT_LOG = "off"

    # Bytes of the audit log at which it is set aside and a new file begun; none is ever deleted.
    # Accepted: a whole number from 65536 to 1073741824.
    AUDIT_LOG_SIZE = 10485760

    # ---- Programs ----

    # The editor behind e and F4.
    # Accepted: a command such as "vim -p" or ["code", "--wait"] ("" means $VISUAL, $EDITOR, or
    # what is installed).
    TEXT_EDITOR = ""

    # A program that compares two files, for =.
    # Accepted: a command such as "vim -p" or ["code", "--wait"] ("" means the built-in
    # comparison).
    TEXT_DIFF = ""

    # What x and F2 offer: a name, a command as a list of words, options. See
    # docs/external-programs.md.
    # Accepted: a list of {"name": ..., "command": [...], "options": {...}}; options are
    # auto_return, terminal, key, patterns, arguments, local_copies and aws.
    PROGRAMS = [
        {"name": "Git status", "command": ["git", "status"]},
        {
            "name": "Git log",
            "command": ["git", "--no-pager", "log", "--oneline", "--graph", "-n", "30"],
        },
        {"name": "Disk usage", "command": ["sh", tfm_tool("disk_usage.sh")]},
        {"name": "Processes", "command": ["top"], "options": {"auto_return": True}},
        {"name": "System information", "command": ["sh", tfm_tool("system_info.sh")]},
        {"name": "Network", "command": ["sh", tfm_tool("network_info.sh")]},
        {
            "name": "Open in editor",
            "command": ["sh", tfm_tool("open_in_editor.sh")],
            "options": {"auto_return": True, "local_copies": True},
        },
        {
            "name": "Compare files",
            "command": ["sh", tfm_tool("compare_files.sh")],
            "options": {"auto_return": True, "local_copies": "both"},
        },
        {
            "name": "Preview",
            "command": ["sh", tfm_tool("preview.sh")],
            "options": {"auto_return": True, "local_copies": True},
        },
        {
            "name": "S3 information",
            "command": [tfm_python, tfm_tool("s3_info.py")],
            "options": {"aws": True},
        },
        {
            "name": "S3 browser",
            "command": [tfm_python, tfm_tool("s3_browser.py")],
            "options": {"auto_return": True, "aws": True},
        },
    ]

    # Which program opens, views or edits a file, by its name; the first rule that knows wins.
    # Accepted: a list of {"pattern": "*.pdf", "open": ["xdg-open"]}; deeds are open, view and
    # edit, also "open|view"; None means deliberately none.
    FILE_ASSOCIATIONS = [
        {"pattern": ["*.pdf", "*.djvu", "*.epub", "*.ps"], "open": [tfm_opener]},
        {
            "pattern": [
                "*.png",
                "*.jpg",
                "*.jpeg",
                "*.gif",
                "*.webp",
                "*.bmp",
                "*.tif",
                "*.tiff",
                "*.heic",
                "*.svg",
            ],
            "open": [tfm_opener],
        },
        {
            "pattern": [
                "*.mp3",
                "*.flac",
                "*.ogg",
                "*.m4a",
                "*.wav",
                "*.mp4",
                "*.mkv",
                "*.mov",
                "*.avi",
                "*.webm",
            ],
            "open": [tfm_opener],
            "edit": None,
        },
        {
            "pattern": [
                "*.doc",
                "*.docx",
                "*.odt",
                "*.xls",
                "*.xlsx",
                "*.ods",
                "*.ppt",
                "*.pptx",
                "*.odp",
            ],
            "open": [tfm_opener],
            "edit": [tfm_opener],
        },
    ]

    # Whom copies are encrypted for, where the dialog of a copy or tfm cp --encrypt says so. Needs
    # tfm[age].
    # Accepted: a list of public keys such as "age1..." or "ssh-ed25519 ...".
    AGE_RECIPIENTS = []

    # Files with the private keys that decrypt such copies: of age-keygen, or of SSH without a
    # passphrase.
    # Accepted: a list of files with keys, such as "~/.config/age/key.txt"; the keys themselves
    # stay in them.
    AGE_IDENTITIES = []

    # ---- S3: where and who ----

    # Profile of the AWS configuration files; "" is the default chain (AWS_PROFILE, environment,
    # role).
    # Accepted: a line of text ("" means the default credential chain).
    S3_PROFILE = ""

    # Region to begin with; "" takes it from the profile. The region of a bucket is found
    # automatically.
    # Accepted: a line of text ("" means found automatically).
    S3_REGION = ""

    # URL of an S3-compatible server, such as "http://127.0.0.1:9000"; "" is AWS.
    # Accepted: a URL such as "http://127.0.0.1:9000" ("" means AWS itself).
    S3_ENDPOINT_URL = ""

    # Where the bucket stands in the URL: "path" (server/bucket), "virtual" (bucket.server), or
    # "auto".
    # Accepted: "auto" or "path" or "virtual".
    S3_ADDRESSING_STYLE = "auto"

    # Send requests without credentials, for public buckets.
    # Accepted: True or False.
    S3_NO_SIGN_REQUEST = False

    # File with the certificates of your own server; "" uses the usual ones.
    # Accepted: a line of text ("" means the usual certificates).
    S3_CA_BUNDLE = ""

    # Servers and accounts by name, for places such as "s3://archive@bucket/". See docs/s3.md.
    # Accepted: a mapping of names to mappings, such as {"archive": {"profile": "archive"}}.
    S3_CONNECTIONS = {}

    # Have your account pay for requests to buckets of others that want it so; else each such
    # bucket is asked about.
    # Accepted: True or False.
    S3_REQUESTER_PAYS = False

    # Send and fetch the bytes of objects by Amazon's accelerated endpoints, where the bucket has
    # that switched on; costs 0.04 to 0.08 USD more for each GB.
    # Accepted: True or False.
    S3_ACCELERATE = False

    # Show versions, encryption and public access of buckets beside their names; each on the
    # screen is asked, with 3 to 5 requests.
    # Accepted: True or False.
    S3_BUCKET_COLUMNS = True

    # Namespace of CloudWatch, such as "tfm", that the figures of the requests are sent to once a
    # minute; "" sends nothing. Each figure of each kind of request costs about 0.30 USD a month.
    # See docs/s3.md.
    # Accepted: letters, digits and . - _ / # : up to 255, such as "tfm", not beginning with
    # "AWS/" ("" means off).
    S3_METRICS_NAMESPACE = ""

    # ---- S3: how fast and how patient ----

    # Seconds that a listing may be shown again without asking; 0 is off.
    # Accepted: a number from 0 to 86400.
    S3_CACHE_TTL = 60

    # Listings that are kept; the least recently used leave first.
    # Accepted: a whole number from 1 to 1000000.
    S3_CACHE_MAX_ENTRIES = 1000

    # Keep listings that panes showed on the disk, to draw them at the next start while they are
    # read anew.
    # Accepted: True or False.
    S3_PERSIST_LISTINGS = True

    # Bytes that listings take on the disk at most.
    # Accepted: a whole number from 1048576 to 1073741824.
    S3_PERSIST_MAX_BYTES = 67108864

    # Days that a listing stays on the disk at most.
    # Accepted: a whole number from 1 to 3650.
    S3_PERSIST_DAYS = 30

    # Requests in a minute to read likely directories before they are opened; 0 is off.
    # Accepted: a whole number from 0 to 600.
    S3_READ_AHEAD = 0

    # Requests that reading ahead may take until tfm is left.
    # Accepted: a whole number from 1 to 1000000.
    S3_READ_AHEAD_MOST = 500

    # Bytes; a file above this size is sent in several parts at once.
    # Accepted: a whole number from 1048576 to 5368709120.
    S3_MULTIPART_THRESHOLD = 5242880

    # Bytes of one part; 0 is automatic: 8 MiB, or size/9000 for larger files.
    # Accepted: 0 (automatic) or a whole number from 5242880 to 5368709120.
    S3_PART_SIZE = 0

    # Parts and files that are transferred at the same time.
    # Accepted: a whole number from 1 to 64.
    S3_TRANSFER_THREADS = 8

    # Connections kept open to one server; 0 is automatic. Not fewer than S3_TRANSFER_THREADS.
    # Accepted: 0 (automatic) or a whole number from 1 to 256.
    S3_POOL_CONNECTIONS = 0

    # Seconds to wait for a connection.
    # Accepted: a number from 0.1 to 600.
    S3_CONNECT_TIMEOUT = 5

    # Seconds without an answer before a listing is given up.
    # Accepted: a number from 0.1 to 3600.
    S3_READ_TIMEOUT = 20

    # Seconds without an answer before a transfer is tried again.
    # Accepted: a number from 0.1 to 3600.
    S3_BULK_READ_TIMEOUT = 60

    # Times a request that failed for the moment is repeated; 0 never does.
    # Accepted: a whole number from 0 to 100.
    S3_MAX_RETRIES = 6

    # Seconds before a job repeats a request; each further pause is twice as long, at most 30.
    # Accepted: a number from 0 to 60.
    S3_RETRY_DELAY = 1.0

    # Seconds that a job waits for a server that stopped answering, or for a login that expired.
    # Accepted: a number from 0 to 86400.
    S3_OUTAGE_WAIT = 900

    # Objects that a search by content reads at most; it tells the number first.
    # Accepted: a whole number from 1 to 1000000.
    S3_SEARCH_MAX_OBJECTS = 1000

    # Bytes that a search by content reads at most from a server; it tells the number first.
    # Accepted: a whole number from 1 to 1099511627776.
    S3_SEARCH_MAX_BYTES = 268435456

    # Storage class of what is uploaded; "" leaves it to the server, which takes STANDARD.
    # Accepted: "" or "STANDARD" or "INTELLIGENT_TIERING" or "STANDARD_IA" or "ONEZONE_IA" or
    # "GLACIER_IR" or "GLACIER" or "DEEP_ARCHIVE" or "REDUCED_REDUNDANCY".
    S3_STORAGE_CLASS = ""

    # How uploads and copies are encrypted; "" leaves it to the bucket.
    # Accepted: "" or "AES256" or "aws:kms" or "aws:kms:dsse" or "SSE-C".
    S3_ENCRYPTION = ""

    # Key of KMS for "aws:kms" (its id, ARN or alias); "" is the key of the account.
    # Accepted: a line of text ("" means the key of the account).
    S3_KMS_KEY_ID = ""

    # Where your own key for SSE-C is; it is never stored. Objects encrypted with it are read with
    # it.
    # Accepted: "file:/path/of/key" or "env:NAME_OF_VARIABLE" ("" means none).
    S3_CUSTOMER_KEY = ""

    # Where the key before is, as long as there are objects encrypted with it.
    # Accepted: "file:/path/of/key" or "env:NAME_OF_VARIABLE" ("" means none).
    S3_FORMER_CUSTOMER_KEY = ""

    # What uploads get by their name: headers, Storage-Class, Tags, x-amz-meta-NAME. Later
    # patterns win.
    # Accepted: a mapping such as {"*.html;*.css": {"Cache-Control": "no-cache", "Storage-Class":
    # "STANDARD_IA"}}.
    S3_UPLOADS = {}

    # What is another for some buckets, by patterns of their names: storage_class, encryption,
    # kms_key_id, requester_pays, accelerate. Later patterns win.
    # Accepted: a mapping such as {"archive-*": {"storage_class": "GLACIER_IR"}, "shared":
    # {"requester_pays": True}}.
    S3_BUCKETS = {}

    # Prices of Amazon S3 that are others than its list says, by region. See docs/s3.md.
    # Accepted: a mapping by region such as {"*": {"egress": 0.05}, "eu-central-1":
    # {"STANDARD.storage": 0.02}}.
    S3_PRICES = {}

    # ---- Keys ----

    # The keys to begin with: "default" has letters and F-keys, "norton" adds the Ctrl and Alt
    # keys of Midnight Commander, "vim" moves h j k l g G y p d to what they mean there. See
    # docs/keys.md.
    # Accepted: "default" or "norton" or "vim".
    KEY_PRESET = "default"

    # Keys of your own: action to key or list of keys ("g g" is a chord); "none" unbinds. With
    # "selection", several actions share a key. See docs/keys.md for the actions.
    # Accepted: a mapping such as {"copy": "c", "delete": ["k", "F8"], "undo": "none", "move":
    # {"keys": ["m"], "selection": "required"}}.
    KEY_BINDINGS = {}
