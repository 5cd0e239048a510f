"""Calls to an org: tokens, headers, and failures that quote nobody."""

import logging
from typing import Any

import pytest
import requests

from bridge.errors import (
    BridgeError,
    ConfigurationError,
    ConnectionLostError,
    MappingError,
    RateLimitedError,
    UnavailableError,
)
from bridge.model import AccessToken, Shape
from bridge.salesforce.ids import to_18
from tests.unit.salesforce.scripted_org import Org, answer, recorded

ACCOUNT = Shape("Account", ("Name",))
ID = "001RM000003oLnnYAE"
EMPTY = {"totalSize": 0, "done": True, "records": []}
REFUSED = recorded("error-invalid-session-id-401")


def test_a_query_goes_to_the_tokens_org_with_its_version_and_our_name() -> None:
    org = Org(answer(EMPTY))

    assert org.client.load(ACCOUNT, [ID]) == {}

    request = org.script.requests[0]
    assert str(request.url).startswith(
        "https://acme.my.salesforce.com/services/data/v67.0/queryAll/?q=SELECT+Id"
    )
    assert request.headers["Authorization"] == "Bearer token-0"
    assert request.headers["Sforce-Call-Options"] == "client=bridge"
    assert request.headers["Accept-Encoding"] == "gzip"


def test_a_refused_token_is_renewed_and_the_call_repeated_with_all_its_headers() -> None:
    org = Org(answer(REFUSED, 401), answer(EMPTY), answer(EMPTY))

    org.client.load(ACCOUNT, [ID])
    org.client.load(ACCOUNT, [ID])

    used = [request.headers["Authorization"] for request in org.script.requests]
    assert used == ["Bearer token-0", "Bearer token-1", "Bearer token-1"]
    assert org.script.requests[1].headers["Sforce-Call-Options"] == "client=bridge"
    assert org.tokens.renewals == 1


@pytest.mark.parametrize("body", [REFUSED, "<html>401</html>", ""])
def test_a_token_refused_again_ends_the_call(body: Any) -> None:
    org = Org(answer(body, 401), answer(body, 401))

    with pytest.raises(UnavailableError) as caught:
        org.client.load(ACCOUNT, [ID])

    assert (caught.value.reason, caught.value.is_unknown) == ("session_refused", False)
    assert org.tokens.renewals == 1


def test_a_token_without_an_address_calls_nobody() -> None:
    org = Org()
    org.tokens.current = lambda: AccessToken("token")  # type: ignore[method-assign]

    with pytest.raises(ConfigurationError):
        org.client.load(ACCOUNT, [ID])


def test_a_renewal_that_fails_says_why() -> None:
    org = Org(answer(REFUSED, 401))

    def lost(rejected: AccessToken) -> AccessToken:
        raise ConnectionLostError("grant_refused")

    org.tokens.renew = lost  # type: ignore[method-assign]

    with pytest.raises(ConnectionLostError):
        org.client.load(ACCOUNT, [ID])


@pytest.mark.parametrize(
    ("reply", "error", "reason"),
    [
        (
            answer(recorded("error-request-limit-exceeded"), 403),
            RateLimitedError,
            "rate_limited",
        ),
        (answer(recorded("error-invalid-type"), 400), MappingError, "object_unknown"),
        (answer("<html>Müller</html>", 431), MappingError, "request_too_long"),
        (answer("<html>Müller</html>", 503), UnavailableError, "salesforce_unavailable"),
        (answer("{", 200), UnavailableError, "no_answer"),
        (answer({"done": True}, 200), UnavailableError, "answer_incomplete"),
        (answer([], 200), UnavailableError, "answer_incomplete"),
        (requests.ReadTimeout("url?q=Müller"), UnavailableError, "no_answer"),
        (requests.ConnectTimeout("url?q=Müller"), UnavailableError, "connection_failed"),
    ],
)
def test_a_failed_load_raises_our_error_and_nothing_of_the_vendors_or_the_queries(
    reply: Any, error: type[BridgeError], reason: str
) -> None:
    org = Org(reply)

    with pytest.raises(error) as caught:
        org.client.find_by_name(ACCOUNT, "Name", ["Müller"])

    assert caught.value.reason == reason
    assert caught.value.__context__ is None
    assert "ller" not in f"{caught.value} {caught.value!r}"


def test_lines_that_go_on_on_pages_of_their_own_are_read_to_the_end() -> None:
    names = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
    stamps = dict.fromkeys(names, "2026-11-22T08:00:03.000+0000")
    ids = [to_18(f"a01{number:012d}") for number in range(6)]
    lines = [{**stamps, "Id": each} for each in ids]
    cut = {"done": False, "records": lines[:2], "nextRecordsUrl": "/services/data/v67.0/query/1-2"}
    more = {
        "done": False,
        "records": lines[2:4],
        "nextRecordsUrl": "/services/data/v67.0/query/1-4",
    }
    long, empty = to_18("a00000000000001"), to_18("a00000000000002")
    rows = [{**stamps, "Id": long, "Lines__r": cut}, {**stamps, "Id": empty, "Lines__r": None}]
    part = Shape("Invoice_Line__c", ("Line_Number__c",), (), "Lines__r", "Invoice__c")
    org = Org(
        answer({"done": True, "records": rows}),
        answer(more),
        answer({"done": True, "records": lines[4:]}),
    )

    found = org.client.load(Shape("Invoice__c", (), (part,)), [long, empty])

    assert [each.id for each in found[long].parts] == ids
    assert found[empty].parts == ()
    assert [str(request.url)[-3:] for request in org.script.requests[1:]] == ["1-2", "1-4"]


def test_all_pages_are_read_and_judged_by_the_time_of_the_first() -> None:
    row = {
        "Id": ID,
        "Name": "Acme",
        "CreatedDate": "2026-11-22T08:00:03.000+0000",
        "LastModifiedDate": "2026-11-22T08:00:03.000+0000",
        "SystemModstamp": "2026-11-22T08:00:03.000+0000",
    }
    first = {"done": False, "records": [row], "nextRecordsUrl": "/services/data/v67.0/query/0-1"}
    last = {"done": True, "records": [row | {"Id": "0015f00002J9YYEAA3"}]}
    org = Org(answer(first), answer(last, date=None))

    found = org.client.find_by_name(ACCOUNT, "Name", ["Acme"])

    assert [(record.id, record.is_quiet) for record in found] == [
        (ID, True),
        ("0015f00002J9YYEAA3", True),
    ]
    assert org.script.requests[1].url == (
        "https://acme.my.salesforce.com/services/data/v67.0/query/0-1"
    )


def test_each_call_is_logged_without_address_query_token_or_body(
    caplog: pytest.LogCaptureFixture,
) -> None:
    org = Org(answer("Müller", 500))

    with caplog.at_level(logging.DEBUG), pytest.raises(UnavailableError):
        org.client.find_by_name(ACCOUNT, "Name", ["Müller"])

    text = " ".join(str(vars(record)) for record in caplog.records)
    assert "ller" not in text
    assert "token-0" not in text
