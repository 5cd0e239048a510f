"""Both vendors' stand-ins in one process, each with its own clock, watched at every change."""

from collections.abc import Callable
from typing import Any, ClassVar

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from local.simulators.quickbooks.app import QuickBooks, Setup
from local.simulators.quickbooks.records import Change
from local.simulators.salesforce.app import Salesforce, Settings
from local.simulators.server import Request
from tests.simulation.io import Vendor
from tests.simulation.kernel import Kernel, SkewedClock
from tests.simulation.options import Options

QUICKBOOKS_URL = "https://quickbooks.test"
SALESFORCE_URL = "https://salesforce.test"
TOKEN_URL = f"{QUICKBOOKS_URL}/oauth2/v1/tokens/bearer"
WEBHOOK_KEY = "a key for webhooks"
VERIFIER = "verifier-0"


class WatchedBooks(QuickBooks):
    """The QuickBooks stand-in, with somebody who sees every change as it happens."""

    def __init__(self, setup: Setup, clock: Any, watch: Callable[[Change], object]) -> None:
        self._watch = watch
        super().__init__(setup, clock)

    def _on_change(self, change: Change) -> None:
        self._watch(change)
        super()._on_change(change)


# For what other threads of the process send meanwhile.
_USUAL = HTTPAdapter()


class Ways(BaseAdapter):
    """The way out of this process: every session of every client leads to a world's vendors.

    Takes the place of `requests`' own adapter while a world runs, so that the clients that the
    vendors' packages make for themselves come this way too.
    """

    vendors: ClassVar[dict[str, Vendor]] = {}

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        """Hand a request to the vendor whose address it bears; all others go their usual way."""
        host = str(request.url).split("/", 3)[2]
        if host not in self.vendors:
            return _USUAL.send(request, **options)
        return self.vendors[host].send(request, **options)

    def close(self) -> None:
        """Nothing to close."""


def books(options: Options, kernel: Kernel, watch: Callable[[Change], object]) -> WatchedBooks:
    """Return the companies of a world."""
    realms = tuple(str(number) for number in range(1, options.realms + 1))
    clock = SkewedClock(kernel, options.quickbooks_skew_s)
    quickbooks = WatchedBooks(Setup(realms=realms, is_empty=True), clock, watch)
    quickbooks.switches.change({"query_lag_s": options.query_lag_s, **options.quickbooks})
    quickbooks.mailbox.settings.url = "in-process"
    quickbooks.mailbox.settings.verifier_token = VERIFIER
    return quickbooks


def org(options: Options, kernel: Kernel) -> Salesforce:
    """Return the org of a world."""
    clock: Any = SkewedClock(kernel, options.salesforce_skew_s)
    salesforce = Salesforce(Settings(is_empty=True), clock)
    salesforce.oauth.instance_url = SALESFORCE_URL
    salesforce.switches.set(options.salesforce)
    return salesforce


def expire_books(quickbooks: QuickBooks, _: Request) -> None:
    """End the access tokens of every company."""
    quickbooks.oauth.grants.expire_access()


def expire_org(salesforce: Salesforce, _: Request) -> None:
    """End every session."""
    salesforce.sessions.end_all()
