"""What tools such as the AWS command line need to reach the same server as the pane."""

from __future__ import annotations

from collections.abc import Mapping

from tfm.model.location import Location
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.options import S3Options


class ForTools:
    """The `Outside` facet."""

    def __init__(self, calls: Calls, options: S3Options, profile: str) -> None:
        self._calls = calls
        self._options = options
        self._profile = profile

    def environ(self, place: Location) -> Mapping[str, str]:
        """Profile, endpoint, region; names only, the secrets stay in the files of AWS. Sends nothing."""
        options = self._options
        region = self._calls.clients.region_of.get(place.container, "") or options.region
        told = {
            "AWS_PROFILE": self._profile,
            "AWS_ENDPOINT_URL": options.endpoint_url,
            "AWS_ENDPOINT_URL_S3": options.endpoint_url,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_CA_BUNDLE": options.ca_bundle,
        }
        return {name: value for name, value in told.items() if value}
