"""Leads an unmodified client's requests to a stand-in, below everything that the client does."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

LONGEST_WAIT_S = 20


class Redirect(HTTPAdapter):
    """Sends what is meant for a vendor's host to another address, to be mounted on a session."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = urlsplit(address)

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Send a request as it is, elsewhere."""
        asked = urlsplit(str(request.url))
        target = (self._address.scheme, self._address.netloc, asked.path, asked.query, "")
        request.url = urlunsplit(target)
        more["timeout"] = more.get("timeout") or LONGEST_WAIT_S
        return super().send(request, *args, **more)
