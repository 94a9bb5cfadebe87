"""A small browser of buckets in plain lines, for terminals where a screen is too much.

A number enters a directory or shows the facts of an object, `..` goes up, Enter shows more, q leaves.
"""

import os
import sys
from typing import Any

PAGE = 20


def shown(text: str) -> str:
    """Text that does no harm to a terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)


def rows_of(client: Any, place: str) -> list[tuple[str, str]]:
    """What is beneath a place: URI, and what to print. The first 1,000 rows."""
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    if not bucket:
        return [
            (f"s3://{each['Name']}/", each["Name"]) for each in client.list_buckets()["Buckets"]
        ]
    answer = client.list_objects_v2(Bucket=bucket, Prefix=prefix, Delimiter="/")
    start = len(prefix)
    rows = [
        (f"s3://{bucket}/{each['Prefix']}", each["Prefix"][start:])
        for each in answer.get("CommonPrefixes", ())
    ]
    rows += [
        (f"s3://{bucket}/{each['Key']}", f"{each['Size']:>14,}  {each['Key'][start:]}")
        for each in answer.get("Contents", ())
        if each["Key"] != prefix
    ]
    return rows


def parent_of(place: str) -> str:
    """One level up; the list of buckets is its own parent."""
    inner = place.removeprefix("s3://").rstrip("/")
    return f"s3://{inner.rpartition('/')[0]}/" if "/" in inner else "s3://"


def browse(client: Any, place: str) -> None:
    """Until the user leaves."""
    from botocore.exceptions import BotoCoreError, ClientError

    top = 0
    while True:
        try:
            rows = rows_of(client, place)
        except (BotoCoreError, ClientError) as error:
            print(f"No answer: {error}", file=sys.stderr)
            if place == "s3://":
                return
            place, rows = "s3://", []
        print(f"\n{shown(place)}")
        for number, (_, text) in enumerate(rows[top : top + PAGE], top + 1):
            print(f"{number:>4}  {shown(text)}")
        if not rows:
            print("      nothing here")
        answer = input("number, .. up, Enter more, q leaves: ").strip()
        if answer == "q":
            return
        if answer == "..":
            place, top = parent_of(place), 0
        elif answer == "":
            top = top + PAGE if top + PAGE < len(rows) else 0
        elif answer.isdigit() and 0 < int(answer) <= len(rows):
            uri = rows[int(answer) - 1][0]
            if uri.endswith("/"):
                place, top = uri, 0
            else:
                tell(client, uri)


def tell(client: Any, uri: str) -> None:
    """The facts of one object."""
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        facts = client.head_object(Bucket=bucket, Key=key)
    except (BotoCoreError, ClientError) as error:
        print(f"No answer: {error}", file=sys.stderr)
        return
    print(f"\n{shown(uri)}")
    for name in ("ContentLength", "LastModified", "ContentType", "ETag", "StorageClass"):
        if name in facts:
            print(f"  {name}: {shown(str(facts[name]))}")


def main() -> int:
    """Begin where the active pane is, if that is on S3."""
    import boto3

    place = os.environ.get("TFM_THIS_DIR", "")
    place = place if place.startswith("s3://") else "s3://"
    try:
        browse(boto3.client("s3"), place)
    except (EOFError, KeyboardInterrupt):
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
