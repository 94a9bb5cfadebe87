"""Documents to begin with, for settings that are written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

EXAMPLES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "lifecycle": {
            "Rules": [
                {
                    "ID": "tidy up",
                    "Status": "Disabled",
                    "Filter": {"Prefix": "logs/"},
                    "Expiration": {"Days": 30},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                }
            ]
        },
        "policy": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "OnlyEncryptedTransport",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": ["arn:aws:s3:::CONTAINER", "arn:aws:s3:::CONTAINER/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        },
        "cors": {
            "CORSRules": [
                {
                    "AllowedOrigins": ["https://example.org"],
                    "AllowedMethods": ["GET", "HEAD"],
                    "AllowedHeaders": ["*"],
                    "ExposeHeaders": ["ETag"],
                    "MaxAgeSeconds": 3600,
                }
            ]
        },
        "object_lock": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}},
        },
        "logging": {
            "LoggingEnabled": {"TargetBucket": "another-bucket", "TargetPrefix": "CONTAINER/"}
        },
        "website": {
            "IndexDocument": {"Suffix": "index.html"},
            "ErrorDocument": {"Key": "error.html"},
        },
    }
)
