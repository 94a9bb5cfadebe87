"""What each error code of an S3 server means here: kind of error, words, and what to do next.

Reasons complete the sentence "Cannot list s3://bucket/: …". `{bucket}` is filled in.
"""

from __future__ import annotations

from typing import NamedTuple

from tfm.model.errors import (
    AlreadyExists,
    ColdStorage,
    Corrupt,
    Denied,
    InvalidName,
    NeedsLogin,
    NoSpace,
    NotEmpty,
    NotFound,
    StorageError,
    Throttled,
    TooLate,
    Unsupported,
)


class Meaning(NamedTuple):
    """One row of the table."""

    kind: type[StorageError]
    reason: str
    hint: str = ""


_LOGIN = "Log in again (aws sso login{profile}, or renew the keys), then try again."
_KEYS = "Check the access key and secret of this profile: aws sts get-caller-identity."
_LATER = "Try again in a moment."
_PATHS = "MinIO keeps objects as files: no //, no . or .. between slashes, 255 bytes for each part."
_LIST_RIGHT = "Ask for s3:ListBucket on it; without that right a missing key also counts as denied."

CODES: dict[str, Meaning] = {
    # nothing there
    "NoSuchKey": Meaning(NotFound, "there is no such object."),
    "NoSuchBucket": Meaning(
        NotFound, "there is no bucket {bucket}.", "Check its name, the profile and the endpoint."
    ),
    "NoSuchUpload": Meaning(NotFound, "that unfinished upload is gone."),
    "NoSuchVersion": Meaning(NotFound, "there is no such version."),
    "404": Meaning(NotFound, "nothing is there."),
    # not allowed
    "AccessDenied": Meaning(Denied, "access denied.", "Check the rights of this profile."),
    "AccessDeniedException": Meaning(
        Denied, "access denied.", "Ask for the right, or type the id."
    ),
    "403": Meaning(Denied, "access denied.", _LIST_RIGHT),
    "AllAccessDisabled": Meaning(Denied, "all access to it was disabled.", "Ask its owner."),
    "AccountProblem": Meaning(Denied, "there is a problem with the account.", "Ask AWS support."),
    "NotSignedUp": Meaning(Denied, "the account is not signed up for S3.", "Ask its owner."),
    "InvalidPayer": Meaning(Denied, "the account of its owner is disabled.", "Ask its owner."),
    "MethodNotAllowed": Meaning(Denied, "the server does not allow that here."),
    "405": Meaning(Denied, "the server does not allow that here."),
    "AccessControlListNotSupported": Meaning(
        Denied, "this bucket takes no access lists.", "Leave the ACL out."
    ),
    "InvalidObjectState": Meaning(
        ColdStorage, "the object is archived.", "Restore it from the archive first, then try again."
    ),
    "ObjectNotInActiveTierError": Meaning(
        ColdStorage, "the object is archived.", "Restore it from the archive first, then try again."
    ),
    "NoSuchObjectLockConfiguration": Meaning(StorageError, "it has no lock of this kind."),
    "ObjectLockConfigurationNotFoundError": Meaning(
        StorageError, "the bucket has no object lock.", "It is chosen when a bucket is made."
    ),
    "ObjectLocked": Meaning(Denied, "the object is locked.", "Wait until its retention ends."),
    # who are you
    "ExpiredToken": Meaning(NeedsLogin, "the login has expired.", _LOGIN),
    "ExpiredTokenException": Meaning(NeedsLogin, "the login has expired.", _LOGIN),
    "TokenRefreshRequired": Meaning(NeedsLogin, "the login must be renewed.", _LOGIN),
    "RequestExpired": Meaning(NeedsLogin, "the request was signed too long ago.", _LOGIN),
    "InvalidToken": Meaning(NeedsLogin, "the session token is not valid.", _LOGIN),
    "UnrecognizedClientException": Meaning(NeedsLogin, "the keys are not known.", _KEYS),
    "InvalidClientTokenId": Meaning(NeedsLogin, "the access key is not known.", _KEYS),
    "InvalidAccessKeyId": Meaning(NeedsLogin, "the access key is not known there.", _KEYS),
    "InvalidAccessKey": Meaning(NeedsLogin, "the access key is not known there.", _KEYS),
    "SignatureDoesNotMatch": Meaning(
        NeedsLogin, "the secret key is wrong (the signature does not match).", _KEYS
    ),
    "AuthFailure": Meaning(NeedsLogin, "the server does not accept the keys.", _KEYS),
    "CredentialsNotSupported": Meaning(NeedsLogin, "the server does not take these keys.", _KEYS),
    "MissingSecurityHeader": Meaning(NeedsLogin, "the server wants credentials.", _KEYS),
    "RequestTimeTooSkewed": Meaning(
        NeedsLogin, "the clock of this computer is wrong.", "Set the clock, then try again."
    ),
    "AuthorizationHeaderMalformed": Meaning(
        NeedsLogin, "the request was signed for the wrong region.", "Set --region of the bucket."
    ),
    # wait
    "SlowDown": Meaning(Throttled, "the server asks to slow down.", _LATER),
    "503": Meaning(Throttled, "the server is overloaded.", _LATER),
    "429": Meaning(Throttled, "the server asks to slow down.", _LATER),
    "TooManyRequests": Meaning(Throttled, "the server asks to slow down.", _LATER),
    "Throttling": Meaning(Throttled, "the server asks to slow down.", _LATER),
    "RequestLimitExceeded": Meaning(Throttled, "the server asks to slow down.", _LATER),
    "BandwidthLimitExceeded": Meaning(Throttled, "the server asks to slow down.", _LATER),
    "ServiceUnavailable": Meaning(Throttled, "the server is overloaded.", _LATER),
    "InternalError": Meaning(Throttled, "the server had a fault.", _LATER),
    "500": Meaning(Throttled, "the server had a fault.", _LATER),
    "502": Meaning(Throttled, "a gateway before the server had a fault.", _LATER),
    "504": Meaning(Throttled, "a gateway before the server gave up waiting.", _LATER),
    "RequestTimeout": Meaning(Throttled, "the server waited too long for data.", _LATER),
    "OperationAborted": Meaning(Throttled, "another change to it is under way.", _LATER),
    "ConditionalRequestConflict": Meaning(Throttled, "somebody else is writing it.", _LATER),
    # changed meanwhile
    "PreconditionFailed": Meaning(TooLate, "it changed meanwhile.", "Refresh and look again."),
    "412": Meaning(TooLate, "it changed meanwhile.", "Refresh and look again."),
    "RestoreAlreadyInProgress": Meaning(TooLate, "it is being restored already."),
    "GlacierExpeditedRetrievalNotAvailable": Meaning(
        Throttled, "there is no capacity for Expedited now.", "Try again, or choose Standard."
    ),
    "InvalidStorageClass": Meaning(Unsupported, "this server has no such storage class."),
    "409": Meaning(TooLate, "something else is happening to it.", "Refresh and look again."),
    "InvalidRange": Meaning(TooLate, "it is shorter than it was.", "Refresh and look again."),
    "416": Meaning(TooLate, "it is shorter than it was.", "Refresh and look again."),
    # bytes that do not fit
    "BadDigest": Meaning(Corrupt, "the bytes arrived damaged; nothing was stored.", _LATER),
    "InvalidDigest": Meaning(Corrupt, "the server does not take the digest that was sent."),
    "IncompleteBody": Meaning(Corrupt, "not all bytes arrived; nothing was stored.", _LATER),
    "XAmzContentSHA256Mismatch": Meaning(
        Corrupt, "the bytes arrived damaged; nothing was stored.", _LATER
    ),
    "XAmzContentChecksumMismatch": Meaning(
        Corrupt, "the bytes arrived damaged; nothing was stored.", _LATER
    ),
    "InvalidPart": Meaning(Corrupt, "the server lost a part of the upload.", _LATER),
    "InvalidPartOrder": Meaning(Corrupt, "the server mixed up the parts.", _LATER),
    # names and sizes
    "KeyTooLongError": Meaning(InvalidName, "the key is too long.", "S3 takes 1,024 bytes."),
    "InvalidBucketName": Meaning(InvalidName, "{bucket} is not a legal bucket name."),
    "InvalidURI": Meaning(InvalidName, "the server does not take that name."),
    "XMinioInvalidObjectName": Meaning(InvalidName, "the server keeps no such name.", _PATHS),
    "XMinioInvalidResourceName": Meaning(InvalidName, "the server keeps no such name.", _PATHS),
    "XMinioParentIsObject": Meaning(
        InvalidName, "an object stands where a directory is needed.", _PATHS
    ),
    "XMinioObjectExistsAsDirectory": Meaning(
        InvalidName, "a directory of that name is there.", _PATHS
    ),
    "InvalidTag": Meaning(
        InvalidName,
        "the server does not take these tags.",
        "Letters, digits, spaces and + - = . _ : / @; some servers want plain ASCII.",
    ),
    "EntityTooLarge": Meaning(NoSpace, "it is larger than the server allows."),
    "EntityTooSmall": Meaning(
        StorageError, "the server wants larger parts.", "Set a larger S3 part_size."
    ),
    "MetadataTooLarge": Meaning(StorageError, "its metadata has more than 2 KB."),
    "QuotaExceeded": Meaning(NoSpace, "the quota is used up.", "Make room and try again."),
    "QuotaExceededException": Meaning(NoSpace, "the quota is used up.", "Make room first."),
    "507": Meaning(NoSpace, "the server is full.", "Make room and try again."),
    "XMinioStorageFull": Meaning(NoSpace, "the server is full.", "Make room and try again."),
    # buckets
    "BucketAlreadyExists": Meaning(AlreadyExists, "the bucket {bucket} belongs to somebody."),
    "BucketAlreadyOwnedByYou": Meaning(AlreadyExists, "you have a bucket {bucket} already."),
    "BucketNotEmpty": Meaning(NotEmpty, "the bucket is not empty."),
    # wrong server
    "PermanentRedirect": Meaning(
        StorageError, "the bucket lies at another endpoint.", "Check --endpoint-url and --region."
    ),
    "TemporaryRedirect": Meaning(
        StorageError, "the bucket lies at another endpoint for now.", _LATER
    ),
    "301": Meaning(
        StorageError, "the bucket lies in another region.", "Check --endpoint-url and --region."
    ),
    "307": Meaning(StorageError, "the bucket lies at another endpoint for now.", _LATER),
    "IllegalLocationConstraintException": Meaning(
        StorageError, "the bucket lies in another region.", "Set --region of the bucket."
    ),
    "NotImplemented": Meaning(Unsupported, "this server cannot do that."),
    "501": Meaning(Unsupported, "this server cannot do that."),
    "MissingContentLength": Meaning(Unsupported, "this server cannot take the upload."),
    "InvalidArgument": Meaning(StorageError, "the server does not understand the request."),
    "InvalidRequest": Meaning(StorageError, "the server does not take the request."),
    "MalformedXML": Meaning(StorageError, "the server could not read the request."),
    "400": Meaning(
        StorageError,
        "the server does not take the request.",
        "Check region and endpoint; the object may be encrypted with a key of its owner.",
    ),
}
