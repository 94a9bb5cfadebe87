"""What is known about the S3 place of the active pane, and about what is selected there.

Uses the profile, endpoint and region of the pane (AWS_* in the environment). Says how many requests
it sent; counts at most 100,000 objects.
"""

import os
import sys

LARGEST_COUNT = 100_000


def split(uri: str) -> tuple[str, str]:
    """Bucket and key."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def shown(text: str) -> str:
    """Text that does no harm to a terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)


def size_of(count: float) -> str:
    """Bytes in words."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:,.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
        count /= 1024
    return f"{count:,.1f} TiB"


def main() -> int:
    """Tell, and return an exit status."""
    place = os.environ.get("TFM_THIS_DIR", "")
    if not place.startswith("s3://"):
        print("The active pane shows no S3 place.", file=sys.stderr)
        return 2
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    client = boto3.client("s3")
    requests: list[int] = []

    def count(**_facts: object) -> None:
        requests.append(1)

    client.meta.events.register("before-send.s3", count)
    try:
        bucket, prefix = split(place)
        if not bucket:
            names = [each["Name"] for each in client.list_buckets()["Buckets"]]
            print(f"{len(names)} buckets:")
            for name in names:
                print(f"  {shown(name)}")
        else:
            about_prefix(client, bucket, prefix)
            for uri in selected():
                about_object(client, *split(uri))
    except (BotoCoreError, ClientError) as error:
        print(f"No answer: {error}", file=sys.stderr)
        return 1
    print(f"\n{len(requests)} requests")
    return 0


def selected() -> list[str]:
    """The selected URIs of the active pane."""
    with open(os.environ["TFM_THIS_SELECTED_FILE"], "rb") as file:
        names = [os.fsdecode(each) for each in file.read().split(b"\0")[:-1]]
    return [name for name in names if not name.endswith("/")][:20]


def about_prefix(client, bucket: str, prefix: str) -> None:  # type: ignore[no-untyped-def]
    """Where the bucket is, and what lies beneath the prefix."""
    from botocore.exceptions import ClientError

    print(f"Bucket:    {shown(bucket)}")
    print(f"Prefix:    {shown(prefix) or '(all)'}")
    print(f"Endpoint:  {client.meta.endpoint_url}")
    try:
        where = client.get_bucket_location(Bucket=bucket).get("LocationConstraint")
        print(f"Region:    {where or 'us-east-1'}")
        state = client.get_bucket_versioning(Bucket=bucket).get("Status", "never enabled")
        print(f"Versions:  {state}")
    except ClientError as error:
        print(f"           not told: {error.response['Error'].get('Code', error)}")
    count = size = 0
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Contents", ()):
            count += 1
            size += each["Size"]
        if count >= LARGEST_COUNT:
            break
    more = " or more" if count >= LARGEST_COUNT else ""
    print(f"Beneath:   {count:,} objects{more}, {size_of(size)}")


def about_object(client, bucket: str, key: str) -> None:  # type: ignore[no-untyped-def]
    """The facts of one object."""
    facts = client.head_object(Bucket=bucket, Key=key)
    print(f"\n{shown(key)}")
    print(f"  Size:      {size_of(facts['ContentLength'])}")
    print(f"  Modified:  {facts['LastModified']:%Y-%m-%d %H:%M:%S %Z}")
    print(f"  Type:      {shown(facts.get('ContentType', ''))}")
    print(f"  Class:     {facts.get('StorageClass', 'STANDARD')}")
    print(f"  ETag:      {shown(facts['ETag'])}")
    for name, value in sorted(facts.get("Metadata", {}).items()):
        print(f"  {shown(name)}: {shown(value)}")


if __name__ == "__main__":
    sys.exit(main())
