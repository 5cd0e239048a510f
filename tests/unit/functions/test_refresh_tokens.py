"""The renewal of tokens against the stand-ins' token endpoints, from event to report."""

from collections.abc import Iterator

import pytest

from bridge.errors import ConfigurationError
from bridge.store.tokens import digest_of
from functions.refresh_tokens import app
from local.simulators.quickbooks.app import QuickBooks
from local.simulators.salesforce.app import Salesforce
from local.simulators.server import Server
from tests.moto_aws import create_table

from .conftest import Account, sample_event

ORG = "00D5f000005KcCnEAK"
APP = {"client_id": "cid", "client_secret": "sec"}


@pytest.fixture
def quickbooks() -> Iterator[Server]:
    server = Server(QuickBooks().handle).start()
    yield server
    server.stop()


@pytest.fixture
def salesforce() -> Iterator[Server]:
    org = Salesforce()
    server = Server(org.handle).start()
    org.oauth.instance_url = server.url
    org.oauth.own_urls |= {server.url}
    yield server
    server.stop()


@pytest.fixture
def connected(account: Account, quickbooks: Server, salesforce: Server) -> Account:
    account.set_variable("CONNECTIONS_TABLE", create_table("connections"))
    account.create_secret("QUICKBOOKS_APP_SECRET", APP)
    account.create_secret("REALM", {"access_token": "at-0", "refresh_token": "rt-0"})
    account.set_variable("QUICKBOOKS_REALMS", "1=realm")
    account.set_variable("QUICKBOOKS_TOKEN_URL", f"{quickbooks.url}/oauth2/v1/tokens/bearer")
    account.create_secret("SALESFORCE_APP_SECRET", APP)
    account.create_secret("SALESFORCE_SESSION_SECRET", {"access_token": ""})
    account.set_variable("SALESFORCE_LOGIN_URL", salesforce.url)
    account.set_variable("SALESFORCE_ORG_ID", ORG)
    return account


def test_timer_renews_both_systems(connected: Account) -> None:
    report = app.handler(sample_event("timer.json"), connected.context)

    assert report["refreshed"] == ["1", ORG]
    assert connected.secret("realm")["access_token"] not in ("", "at-0")
    assert connected.secret("salesforce_session_secret")["access_token"]


def test_worker_has_its_own_token_renewed_and_no_other(connected: Account) -> None:
    request = {"system": "quickbooks", "realm": "1", "rejected": digest_of("at-0")}

    report = app.handler(request, connected.context)

    assert report["refreshed"] == ["1"]
    assert connected.secret("salesforce_session_secret")["access_token"] == ""


def test_superseded_grant_pauses_the_realm(connected: Account) -> None:
    connected.create_secret("STALE", {"access_token": "at-0", "refresh_token": "rt-old"})
    connected.set_variable("QUICKBOOKS_REALMS", "1=stale")

    report = app.handler(sample_event("timer.json"), connected.context)

    assert report["paused"] == ["1"]
    assert connected.secret("stale")["refresh_token"] == "rt-old"


def test_org_that_is_not_the_one_configured_is_an_error_and_stores_nothing(
    connected: Account,
) -> None:
    connected.set_variable("SALESFORCE_ORG_ID", "00D000000000001EAA")

    with pytest.raises(ConfigurationError, match="SalesforceOrgId"):
        app.handler(sample_event("timer.json"), connected.context)

    assert connected.secret("salesforce_session_secret") == {"access_token": ""}


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_bridge_that_is_not_connected_yet_has_nothing_to_renew(connected: Account) -> None:
    connected.set_variable("QUICKBOOKS_REALMS", "=realm")
    connected.set_variable("SALESFORCE_ORG_ID", "")

    report = app.handler(sample_event("timer.json"), connected.context)

    assert not any(report.values())
