"""The environment of each function: read, checked, and complained about in words that help."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bridge import settings
from bridge.errors import ConfigurationError

COMPLETE = {
    "MODE": "observe",
    "CROSS_REFERENCES_TABLE": "cross-references",
    "OUTCOMES_TABLE": "outcomes",
    "CONNECTIONS_TABLE": "connections",
    "QUICKBOOKS_APP_SECRET": "/bridge/dev/quickbooks/app",
    "QUICKBOOKS_REALMS": "310687=/bridge/dev/quickbooks/realm",
    "QUICKBOOKS_API_URL": "https://sandbox-quickbooks.api.intuit.com",
    "QUICKBOOKS_TOKEN_URL": "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
    "SALESFORCE_APP_SECRET": "/bridge/dev/salesforce/app",
    "SALESFORCE_SESSION_SECRET": "/bridge/dev/salesforce/session",
    "SALESFORCE_WEBHOOK_SECRET": "/bridge/dev/salesforce/webhook",
    "SALESFORCE_LOGIN_URL": "https://login.salesforce.com",
    "SALESFORCE_ORG_ID": "00D5f000005KcCnEAK",
    "FINGERPRINT_KEY_SECRET": "/bridge/dev/fingerprint",
    "LIVE_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/live",
    "BULK_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/bulk",
    "REFRESH_TOKENS_FUNCTION": "refresh-tokens",
}
READERS: dict[str, Any] = {
    "ReceiveQuickbooksFunction": settings.ReceiveQuickbooks.read,
    "ReceiveSalesforceFunction": settings.ReceiveSalesforce.read,
    "SyncRecordsFunction": settings.SyncRecords.read,
    "RefreshTokensFunction": settings.RefreshTokens.read,
}
OPTIONAL = {"QUICKBOOKS_REALMS", "SALESFORCE_ORG_ID"}
ROOT = Path(__file__).parents[2]


class Template(yaml.SafeLoader):
    """Reads a template; what stands behind CloudFormation's own tags does not matter here."""


Template.add_multi_constructor("!", lambda loader, suffix, node: suffix)


def variables_of(function: str) -> set[str]:
    template = yaml.load((ROOT / "template.yaml").read_text(), Template)  # noqa: S506
    properties = template["Resources"][function]["Properties"]
    return set(properties["Environment"]["Variables"])


@pytest.mark.parametrize("function", READERS)
def test_variables_that_the_template_gives_are_those_that_are_read(function: str) -> None:
    given = variables_of(function)

    READERS[function]({name: COMPLETE[name] for name in given})

    for name in given - OPTIONAL:
        with pytest.raises(ConfigurationError, match=f"^{name} is not set: deploy"):
            READERS[function]({each: COMPLETE[each] for each in given - {name}})


def test_realms_lead_to_their_secrets() -> None:
    environment = {**COMPLETE, "QUICKBOOKS_REALMS": "1=arn:a:secret, 2=arn:b"}

    assert settings.SyncRecords.read(environment).realms == {"1": "arn:a:secret", "2": "arn:b"}


@pytest.mark.parametrize("nothing", ["", "=arn:aws:secretsmanager:x", "=a,=b"])
def test_company_that_is_not_connected_yet_is_no_error(nothing: str) -> None:
    assert settings.SyncRecords.read({**COMPLETE, "QUICKBOOKS_REALMS": nothing}).realms == {}


@pytest.mark.parametrize("realms", ["abc=x", "1", "1=", "12 3=x", "9" * 21 + "=x", "\u0661=x"])
def test_realms_that_cannot_be_read_name_the_parameter(realms: str) -> None:
    with pytest.raises(ConfigurationError, match="parameter QuickBooksRealmId and deploy"):
        settings.SyncRecords.read({**COMPLETE, "QUICKBOOKS_REALMS": realms})


def test_org_that_is_not_connected_yet_is_no_error() -> None:
    assert settings.SyncRecords.read({**COMPLETE, "SALESFORCE_ORG_ID": ""}).organisation == ""


@pytest.mark.parametrize("organisation", ["001", "0015f00002J9YYEAA3", "00D5f000005KcCn!"])
def test_id_of_something_else_is_not_an_organisation(organisation: str) -> None:
    with pytest.raises(ConfigurationError, match="parameter SalesforceOrgId"):
        settings.RefreshTokens.read({**COMPLETE, "SALESFORCE_ORG_ID": organisation})


def test_mode_is_observe_or_live_and_nothing_else() -> None:
    assert settings.SyncRecords.read({**COMPLETE, "MODE": "live"}).mode == "live"

    with pytest.raises(ConfigurationError, match="neither observe nor live"):
        settings.SyncRecords.read({**COMPLETE, "MODE": "Live"})


@pytest.mark.parametrize(
    "url",
    [
        "https://quickbooks.api.intuit.com",
        "https://quickbooks.api.intuit.com/",
        "http://127.0.0.1:8123",
        "https://localhost:8443",
        "http://[::1]:8123",
    ],
)
def test_vendors_address_and_this_machine_are_taken(url: str) -> None:
    settings_read = settings.SyncRecords.read({**COMPLETE, "QUICKBOOKS_API_URL": url})

    assert settings_read.quickbooks_api_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://quickbooks.api.intuit.com",
        "https://quickbooks.api.intuit.com.evil.example",
        "https://evilintuit.com",
        "https://intuit.com@evil.example",
        "https://user:word@quickbooks.api.intuit.com",
        "https://127.0.0.1@evil.example",
        "https://evil.example/intuit.com",
        "https://evil.example#.intuit.com",
        "https://evil.example?.intuit.com",
        "http://127.0.0.1.evil.example",
        "http://10.0.0.1:8123",
        "ftp://127.0.0.1",
        "//quickbooks.api.intuit.com",
        "https://quickbooks.api.intuit.com:port",
        "https://quickbooks.api.intuit.com\n.evil.example",
        "https://[::1",
        "quickbooks.api.intuit.com",
    ],
)
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^QUICKBOOKS_API_URL is not"):
        settings.SyncRecords.read({**COMPLETE, "QUICKBOOKS_API_URL": url})


def test_address_that_comes_with_a_session_must_be_salesforces() -> None:
    assert settings.instance_url("https://acme--uat.sandbox.my.salesforce.com")
    assert settings.instance_url("https://localhost:8443")

    for url in ("https://acme.example", "http://acme.my.salesforce.com", ""):
        with pytest.raises(ConfigurationError, match="instance_url"):
            settings.instance_url(url)
