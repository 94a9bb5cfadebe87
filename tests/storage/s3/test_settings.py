"""Settings of buckets: what is written is what the server has, and what it means is said in words."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from tests.servers.server import Server
from tfm.model.change import NOTHING
from tfm.model.errors import Corrupt, Denied, InvalidName, StorageError, TooLate, Unsupported
from tfm.model.location import S3, Location, Root
from tfm.ops.settings import look
from tfm.storage.bucket_facets import Settings
from tfm.storage.s3.settings.table import ROWS
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::BUCKET/*",
        }
    ],
}
SAMPLES: dict[str, tuple[dict[str, Any], str]] = {
    "tags": ({"TagSet": [{"Key": "team", "Value": "maps"}]}, "team = maps"),
    "versioning": ({"Status": "Enabled"}, "stays as a version"),
    "lifecycle": (
        {
            "Rules": [
                {
                    "ID": "tidy",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "logs/"},
                    "Expiration": {"Days": 30},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                }
            ]
        },
        "objects below logs/ are deleted after 30 days; unfinished uploads are given up after 7 days",
    ),
    "encryption": (
        {
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": "alias/photos",
                    },
                    "BucketKeyEnabled": True,
                }
            ]
        },
        "SSE-KMS with the key alias/photos, bucket key on",
    ),
    "public_access": (
        {
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
        "nothing here can be made public",
    ),
    "policy": (POLICY, "arn:aws:iam::111122223333:root may s3:GetObject on BUCKET/*"),
    "ownership": ({"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, "access lists are off"),
    "cors": (
        {
            "CORSRules": [
                {
                    "AllowedMethods": ["GET", "HEAD"],
                    "AllowedOrigins": ["https://example.org"],
                    "MaxAgeSeconds": 600,
                }
            ]
        },
        "https://example.org: GET, HEAD, remembered for 600 s",
    ),
    "website": (
        {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}},
        "shows index.html; and error.html",
    ),
    "acceleration": ({"Status": "Enabled"}, "costs more"),
    "requester_pays": ({"Payer": "Requester"}, "whoever asks pays"),
}
HASTY: dict[str, object] = {"retry_delay": 0.01, "outage_wait": 0.0}
NOT_ON_MOTO = frozenset({"requester_pays"})


@pytest.fixture
def box(moto_server: Server, new_bucket: Callable[[Server], str]) -> str:
    return new_bucket(moto_server)


def made(server: Server, patch: pytest.MonkeyPatch, bucket: str) -> S3Storage:
    """A storage whose clients have been made, with the keys of the server: that is costly."""
    for name, value in server.environment().items():
        patch.setenv(name, value)
    storage = S3Storage(S3, {**HASTY, "endpoint_url": server.endpoint_url})
    settings, place = storage.facets.settings, Location(S3, f"{bucket}/")
    assert settings is not None
    settings.read(place, "tags")
    settings.write(place, "tags", "", "")
    return storage


@pytest.fixture(scope="module")
def opened(moto_server: Server) -> Iterator[S3Storage]:
    """One storage for all of them."""
    bucket = moto_server.new_bucket()
    with pytest.MonkeyPatch.context() as patch:
        storage = made(moto_server, patch, bucket)
    moto_server.discard(bucket)
    yield storage
    storage.close()


@pytest.fixture
def facet(opened: S3Storage) -> Settings:
    found = opened.facets.settings
    assert found is not None
    return found


@pytest.fixture
def own(facet: Settings) -> Iterator[Settings]:
    """The same for tests in which the server answers as they want, until they end."""
    yield facet
    while ANSWERING:
        events, name, handler = ANSWERING.pop()
        events.unregister(name, handler)


@pytest.fixture
def place(box: str) -> Location:
    return Location(S3, f"{box}/some/key")


def text_for(box: str, document: dict[str, Any]) -> str:
    return json.dumps(document).replace("BUCKET", box)


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - NOT_ON_MOTO))
def test_each_is_written_shown_and_taken_away(
    facet: Settings, moto_server: Server, box: str, place: Location, name: str
) -> None:
    document, words = SAMPLES[name]
    text, row = text_for(box, document), ROWS[name]
    before = facet.read(place, name)
    assert before.text == ""
    assert before.words == (row.unset,)
    assert facet.fault_in(name, text) == ""
    facet.write(place, name, text, "")
    answer = getattr(moto_server.client(), row.get)(Bucket=box)
    assert row.document(answer), "the server has it"
    found = facet.read(place, name)
    assert words.replace("BUCKET", box) in "; ".join(found.words)
    setting = next(each for each in facet.settings if each.name == name)
    assert setting.removable == bool(row.delete)
    if not setting.removable:
        assert "cannot be taken away" in facet.fault_in(name, "")
        return
    facet.write(place, name, "", found.text)
    assert facet.read(place, name).text == ""


def test_an_access_list_and_a_log(facet: Settings, box: str, place: Location) -> None:
    now = facet.read(place, "acl")
    assert now.words == ("its owner: FULL_CONTROL",)
    wider = json.loads(now.text)
    everybody = "http://acs.amazonaws.com/groups/global/AllUsers"
    wider["Grants"].append({"Grantee": {"Type": "Group", "URI": everybody}, "Permission": "READ"})
    text = json.dumps(wider)
    assert "lets everybody list" in " ".join(facet.warnings("acl", now.text, text))
    facet.write(place, "acl", text, now.text)
    assert "everybody: READ" in facet.read(place, "acl").words
    assert "cannot be taken away" in facet.fault_in("acl", "")
    assert facet.read(place, "region").words == ("us-east-1",)


def test_what_was_changed_meanwhile_is_not_written_over(
    facet: Settings, moto_server: Server, box: str, place: Location
) -> None:
    seen = facet.read(place, "cors")
    theirs = {"CORSRules": [{"AllowedMethods": ["PUT"], "AllowedOrigins": ["https://theirs"]}]}
    moto_server.client().put_bucket_cors(Bucket=box, CORSConfiguration=theirs)
    with pytest.raises(TooLate, match="https://theirs"):
        facet.write(place, "cors", text_for(box, SAMPLES["cors"][0]), seen.text)
    kept = moto_server.client().get_bucket_cors(Bucket=box)["CORSRules"]
    assert kept[0]["AllowedOrigins"] == ["https://theirs"]


def test_an_object_tells_when_it_moves_and_goes(
    opened: S3Storage, moto_server: Server, box: str, place: Location
) -> None:
    describe, settings = opened.facets.describe, opened.facets.settings
    assert describe is not None
    assert settings is not None
    client = moto_server.client()
    client.put_object(Bucket=box, Key="some/key", Body=b"x", Tagging="team=maps")
    requests: list[str] = []
    opened.on_new_client(
        lambda each: each.meta.events.register(
            "before-send.s3", lambda event_name, **_more: requests.append(event_name)
        )
    )

    def told() -> list[str]:
        return [fact.value for fact in describe.describe(place) if fact.label == "Lifecycle"]

    assert told() == []
    rule = {
        "ID": "tidy",
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": "some/", "Tags": [{"Key": "team", "Value": "maps"}]}},
        "Expiration": {"Days": 10000},
    }
    change = settings.write(place, "lifecycle", json.dumps({"Rules": [rule]}), "")
    assert change.covers(Location(S3, f"{box}/some/"))
    requests.clear()
    assert [words.rpartition(" on ")[0] for words in told()] == ["is deleted (rule tidy)"]
    told()
    assert sum("Lifecycle" in name for name in requests) == 1  # the rules are remembered


# -- servers that answer in other ways -----------------------------------------------------------------

Answer = tuple[int, bytes]
ANSWERING: list[tuple[Any, str, Callable[..., AWSResponse]]] = []
"""What was registered for a test, and goes with it."""


def answering(
    storage: S3Storage, operation: str, *answers: Answer, headers: Mapping[str, str] | None = None
) -> list[str]:
    """From now on the server answers so, the last one for ever; the bodies that were sent."""
    sent: list[str] = []

    def handler(request: Any, **_more: object) -> AWSResponse:
        body = request.body or b""
        sent.append(body.decode() if isinstance(body, bytes) else "")
        status, text = answers[min(len(sent), len(answers)) - 1]

        class Raw:
            def stream(self, **_more: object) -> Iterator[bytes]:
                yield text

        told = {"content-type": "application/xml", "x-amz-request-id": "1", **(headers or {})}
        return AWSResponse(request.url, status, told, Raw())

    def listen(client: Any) -> None:
        name = f"before-send.s3.{operation}"
        client.meta.events.register(name, handler)
        ANSWERING.append((client.meta.events, name, handler))

    storage.on_new_client(listen)
    return sent


def error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()


def tagging(value: str) -> bytes:
    tag = f"<Tag><Key>team</Key><Value>{value}</Value></Tag>"
    return f"<Tagging><TagSet>{tag}</TagSet></Tagging>".encode()


TEAM = json.dumps({"TagSet": [{"Key": "team", "Value": "maps"}]})


def test_tags_of_amazons_own_and_odd_names_stay_when_others_are_edited(
    ministack_server: Server, new_bucket: Callable[[Server], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bucket of CloudFormation has some. Moto takes none of them, not even as they are."""
    for name, value in ministack_server.environment().items():
        monkeypatch.setenv(name, value)
    client, bucket = ministack_server.client(), new_bucket(ministack_server)
    had = [("aws:cloudformation:stack-name", "s"), ("a=b", "c"), ("k", " x = y "), ("gone", "")]
    rows = [{"Key": name, "Value": value} for name, value in had]
    client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": rows})
    storage = S3Storage(S3, {**HASTY, "endpoint_url": ministack_server.endpoint_url})
    settings, place = storage.facets.settings, Location(S3, f"{bucket}/")
    assert settings is not None
    seen = settings.read(place, "tags").text
    fields = {field.id: field.value for field in settings.form("tags", seen)}
    fields |= {"tag 3": "", "tag": "team = maps = all", "tag+": "x=1"}
    settings.write(place, "tags", settings.filled("tags", seen, fields), seen)
    now = client.get_bucket_tagging(Bucket=bucket)["TagSet"]
    told = {row["Key"]: row["Value"] for row in now}
    assert told == dict(had[:3]) | {"team": "maps = all", "x": "1"}
    seen = settings.read(place, "tags").text
    with pytest.raises(ValueError, match="Amazon's own"):
        settings.filled("tags", seen, fields | {"tag 0": ""})
    with pytest.raises(InvalidName, match="Amazon's own"):
        settings.write(place, "tags", TEAM, seen)
    storage.close()


def test_another_order_of_rules_is_another_setting(
    facet: Settings, moto_server: Server, box: str, place: Location
) -> None:
    """A browser is answered by the first rule that fits."""
    rules = [
        {"AllowedMethods": [method], "AllowedOrigins": ["*"]} for method in ("GET", "PUT", "HEAD")
    ]
    before = ""
    for order in (rules, rules[::-1]):
        facet.write(place, "cors", json.dumps({"CORSRules": order}), before)
        assert moto_server.client().get_bucket_cors(Bucket=box)["CORSRules"] == order
        before = facet.read(place, "cors").text


def test_denied_names_the_right(opened: S3Storage, own: Settings, place: Location) -> None:
    answering(opened, "GetBucketPolicy", (403, error("AccessDenied")))
    with pytest.raises(Denied, match="Ask for s3:GetBucketPolicy"):
        own.read(place, "policy")
    answering(opened, "PutBucketTagging", (403, error("AccessDenied")))
    with pytest.raises(Denied, match="Ask for s3:PutBucketTagging"):
        own.write(place, "tags", TEAM, "")
    answering(opened, "DeleteBucketWebsite", (403, error("AccessDenied")))
    site = b"<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument></WebsiteConfiguration>"
    answering(opened, "GetBucketWebsite", (200, site))
    with pytest.raises(Denied, match="Ask for s3:DeleteBucketWebsite"):
        own.write(place, "website", "", own.read(place, "website").text)


@pytest.mark.parametrize(
    "answer",
    [
        (501, error("NotImplemented")),
        (405, error("MethodNotAllowed")),
        (200, b"<ListBucketResult><Name>b</Name></ListBucketResult>"),
    ],
)
def test_what_a_server_does_not_know_is_said_in_its_row(
    opened: S3Storage, own: Settings, place: Location, answer: Answer
) -> None:
    answering(opened, "GetBucketCors", answer)
    with pytest.raises(Unsupported, match="no such setting"):
        own.read(place, "cors")
    vfs = Vfs(storages={S3: opened})
    row = next(each for each in own.settings if each.name == "cors")
    from tfm.model.cancel import NEVER

    found = look(vfs, place, row, NEVER)
    assert found.reason == "this server has no such setting"
    assert not found.fatal


def inventories(name: str, more: str = "") -> Answer:
    one = f"<InventoryConfiguration><Id>{name}</Id><IsEnabled>true</IsEnabled></InventoryConfiguration>"
    answer = "ListInventoryConfigurationsResult"
    return 200, f"<{answer}>{one}{more}</{answer}>".encode()


def test_lists_are_read_to_their_last_page(
    opened: S3Storage, own: Settings, place: Location
) -> None:
    cut = "<IsTruncated>true</IsTruncated>"
    more = f"{cut}<NextContinuationToken>t</NextContinuationToken>"
    answering(
        opened,
        "ListBucketInventoryConfigurations",
        *(inventories("one", more), inventories("two")),
        *(inventories("one", cut), inventories("one", more)),
    )
    assert own.read(place, "inventory").words == ("report one", "report two")
    for _without_a_token_then_with_the_same_one in range(2):
        with pytest.raises(StorageError, match="does not say where"):
            own.read(place, "inventory")


def test_nothing_is_written_where_a_listing_comes_back(
    opened: S3Storage, own: Settings, place: Location
) -> None:
    answering(opened, "GetBucketTagging", (200, b"<ListBucketResult></ListBucketResult>"))
    sent = answering(opened, "PutBucketTagging", (200, b""))
    with pytest.raises(Unsupported):
        own.write(place, "tags", TEAM, "")
    assert not sent


def test_what_is_not_kept_is_not_called_done(
    opened: S3Storage, own: Settings, place: Location
) -> None:
    answering(opened, "PutBucketTagging", (204, b""))
    answering(opened, "GetBucketTagging", (404, error("NoSuchTagSet")), (200, tagging("other")))
    with pytest.raises(Corrupt, match="other"):
        own.write(place, "tags", TEAM, "")


def test_what_shows_late_is_waited_for_and_no_longer_than_a_while(
    opened: S3Storage, own: Settings, place: Location
) -> None:
    none = (404, error("NoSuchTagSet"))
    answering(opened, "PutBucketTagging", (204, b""))
    answering(opened, "GetBucketTagging", none, none, none, (200, tagging("maps")), none)
    own.write(place, "tags", TEAM, "")
    with pytest.raises(StorageError, match="still shows the old tags"):
        own.write(place, "tags", TEAM, "")


def test_a_server_has_its_own_encryption_where_none_is_set(
    opened: S3Storage, own: Settings, place: Location
) -> None:
    def rule(kind: str) -> Answer:
        default = f"<ApplyServerSideEncryptionByDefault><SSEAlgorithm>{kind}</SSEAlgorithm></ApplyServerSideEncryptionByDefault>"
        name = "ServerSideEncryptionConfiguration"
        return 200, f"<{name}><Rule>{default}</Rule></{name}>".encode()

    answering(opened, "GetBucketEncryption", rule("aws:kms"), rule("aws:kms"), rule("AES256"))
    sent = answering(opened, "DeleteBucketEncryption", (204, b""))
    seen = own.read(place, "encryption")
    own.write(place, "encryption", "", seen.text)
    assert own.write(place, "encryption", "", own.read(place, "encryption").text) == NOTHING
    assert len(sent) == 1


def test_versioning_with_mfa_delete_goes_another_way(
    opened: S3Storage, own: Settings, place: Location
) -> None:
    on = b"<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>"
    answering(opened, "GetBucketVersioning", (200, on))
    sent = answering(opened, "PutBucketVersioning", (200, b""))
    seen = own.read(place, "versioning")
    assert "MFA delete" in seen.words[1]
    with pytest.raises(Unsupported, match="device"):
        own.write(place, "versioning", '{"Status": "Suspended", "MFADelete": "Enabled"}', seen.text)
    assert not sent


def test_what_follows_from_others_is_only_shown(facet: Settings, place: Location) -> None:
    assert "stays in the region" in facet.fault_in("region", '{"LocationConstraint": "x"}')
    with pytest.raises(InvalidName):
        facet.write(place, "policy_status", '{"IsPublic": true}', "")


def test_versions_are_known_to_be_kept_as_soon_as_they_are(
    opened: S3Storage, own: Settings, place: Location
) -> None:
    from tfm.storage.object_facets import Keeping

    versions = opened.facets.versions
    assert versions is not None
    assert versions.keeping(place) is Keeping.OFF
    own.write(place, "versioning", '{"Status": "Enabled"}', "")
    assert versions.keeping(place) is Keeping.ON


def test_examples_are_documents_that_can_be(facet: Settings, box: str) -> None:
    given = {each.name: each.example for each in facet.settings if each.example}
    assert {"lifecycle", "policy", "cors", "logging"} <= set(given)
    for name, text in given.items():
        assert facet.fault_in(name, text.replace("CONTAINER", box)) == "", name


def test_a_server_that_has_none_is_known_by_its_first_answer(
    moto_server: Server, place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    storage = S3Storage(S3, {**HASTY, "endpoint_url": moto_server.endpoint_url})
    settings = storage.facets.settings
    assert settings is not None
    assert settings.why_none(place) == ""
    name = base64.b64encode(b"1" * 4).decode()
    answering(storage, "HeadBucket", (200, b""), headers={"x-amz-id-2": name})
    sent = answering(storage, "GetBucketTagging", (200, b""))
    with pytest.raises(Unsupported, match="no settings of buckets"):
        settings.read(place, "tags")
    assert settings.why_none(place) == "this server has no settings of buckets"
    assert not sent
    storage.close()


def test_a_connection_that_begins_inside_the_bucket_has_none(place: Location, box: str) -> None:
    root = Root("s3", "team")
    for prefix, why in (("", ""), ("a/", "begins inside")):
        connection = {"bucket": box, "prefix": prefix}
        storage = S3Storage(root, {"connections": {"team": connection}})
        found = storage.facets.settings
        assert found is not None
        assert why in found.why_none(Location(root, f"{box}/a/b"))
        assert bool(found.why_none(Location(root, f"{box}/a/b"))) == bool(why)


def test_a_policy_counts_as_it_is_sent_and_not_as_it_is_shown(facet: Settings) -> None:
    def policy(statements: int) -> str:
        row = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"]}
        rows = [{"Sid": f"{n}", **row, "Resource": ["arn:aws:s3:::b/*"]} for n in range(statements)]
        return json.dumps({"Version": "2012-10-17", "Statement": rows}, indent=2)

    assert len(policy(180)) > 20 * 1024
    assert facet.fault_in("policy", policy(180)) == ""
    assert "20 KB at most" in facet.fault_in("policy", policy(220))


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("tags", '{"TagSet": [\n{"Key": "a" "Value": "b"}]}', "Line 2, column"),
        ("tags", '{"TagSet": [{"Key": "a", "Value": "b", "Colour": "x"}]}', 'Unknown member in TagSet[0]: "Colour"'),
        ("tags", '{"TagSet": [{"Key": "a"}]}', 'What must be there is missing in TagSet[0]: "Value"'),
        ("tags", '{"TagSet": [{"Key": "a", "Key": "b", "Value": ""}]}', "Key is there twice"),
        ("tags", '{"TagSet": [{"Key": "%s", "Value": ""}]}' % ("k" * 129), "1 to 128 characters"),
        ("versioning", '{"Status": "Enabeld"}', "Status cannot be Enabeld. It is one of Enabled, Suspended"),
        ("lifecycle", '{"Rules": [{"Status": "Enabled", "Filter": {}}]}', "it does nothing"),
        ("lifecycle", '{"Rules": [{"Status": "Enabled", "Expiration": {"Days": 1}}]}', "what it is about is missing"),
        ("lifecycle", '{"Rules": [{"Status": "Enabled", "Filter": {}, "Expiration": {"Days": "x"}}]}', "Invalid type"),
        ("public_access", '{"BlockPublicAcls": "yes"}', "Invalid type for member BlockPublicAcls"),
        ("policy", '{"Statement": []}', "list of statements"),
        ("policy", '{"Statement": [{"Effect": "Permit"}]}', "Statement 1: Effect is Allow or Deny"),
        ("policy", '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*"}]}', "it needs Resource"),
        ("policy", '{"Statement": [{"Effect": "Allow", "Prinicpal": "*"}]}', "it has no Prinicpal"),
        ("policy", '{"Statements": []}', "has no Statements"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_before_it_is_sent(
    facet: Settings, place: Location, name: str, text: str, fault: str
) -> None:
    assert fault in facet.fault_in(name, text)
