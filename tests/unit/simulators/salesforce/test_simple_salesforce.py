"""The stand-in as the unmodified simple-salesforce sees it, over TLS with a local authority."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from simple_salesforce import exceptions, login
from simple_salesforce.api import Salesforce

START_S = 30


@dataclass(frozen=True)
class Running:
    """A stand-in in its own process, and what it said when it was ready."""

    process: subprocess.Popen[str]
    said: dict[str, Any]


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """The key of the app's certificate."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, key: rsa.RSAPrivateKey) -> Iterator[Running]:
    """A stand-in started by its command line."""
    folder = tmp_path_factory.mktemp("salesforce")
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "app.pem").write_bytes(public)
    command = [sys.executable, "-m", "local.simulators.salesforce", "--port", "0"]
    command += ["--tls-port", "0", "--tls-ca-dir", str(folder)]
    command += ["--jwt-public-key", str(folder / "app.pem")]
    root = Path(__file__).parents[4]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        watch = threading.Timer(START_S, process.kill)
        watch.start()
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        watch.cancel()
        yield Running(process, said)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=START_S) == 0


@pytest.fixture
def sf(running: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The client, trusting the local authority by the environment alone."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", running.said["ca"])
    requests.post(f"{running.said['url']}/_admin/reset", timeout=5)
    with requests.Session() as session:
        yield Salesforce(
            instance_url=running.said["tls_url"],
            session_id="at-0",
            version="67.0",
            session=session,
        )


def test_records_are_created_read_updated_and_deleted(sf: Any) -> None:
    made = sf.Account.create({"Name": "Acme", "AnnualRevenue": 12})

    assert made["success"] is True
    assert sf.Account.get(made["id"])["Name"] == "Acme"
    assert sf.Account.update(made["id"], {"Name": "Acme 2"}) == 204
    assert sf.Account.get(made["id"])["Name"] == "Acme 2"
    assert sf.Account.delete(made["id"]) == 204
    with pytest.raises(exceptions.SalesforceResourceNotFound) as caught:
        sf.Account.get(made["id"])
    assert "ENTITY_IS_DELETED" in str(caught.value.content)


def test_upsert_answers_created_and_then_updated(sf: Any) -> None:
    assert sf.Account.upsert("External_Id__c/a-1", {"Name": "A"}) == 201
    assert sf.Account.upsert("External_Id__c/a-1", {"Name": "B"}) == 200
    assert sf.Account.get_by_custom_id("External_Id__c", "a-1")["Name"] == "B"


def test_query_brings_children_and_unicode(sf: Any) -> None:
    soql = (
        "SELECT Id, Name, (SELECT Id, Email FROM Contacts ORDER BY CreatedDate, Id)"
        " FROM Account WHERE Name LIKE 'Château%'"
    )

    records = sf.query(soql)["records"]

    assert records[0]["Name"] == "Château d'Étoiles Catering"
    assert records[0]["Contacts"]["records"][0]["Email"] == "zoe.oconnor@etoiles.example"


def test_all_pages_are_followed_with_deleted_records_on_demand(sf: Any) -> None:
    records = [{"attributes": {"type": "Account"}, "Name": f"N{n:03}"} for n in range(200)]
    made = sf.restful("composite/sobjects", method="POST", json={"records": records})
    sf.Account.delete(made[0]["id"])
    few = {"Sforce-Query-Options": "batchSize=200"}

    live = sf.query_all("SELECT Id FROM Account", headers=few)
    everything = sf.query_all("SELECT Id FROM Account", include_deleted=True, headers=few)

    assert live["totalSize"] == len(live["records"]) == 15 + 199
    assert everything["totalSize"] == len(everything["records"]) == 15 + 200


def test_composite_carries_a_condition_for_one_part(sf: Any) -> None:
    record = sf.query("SELECT Id FROM Account LIMIT 1")["records"][0]
    part = {
        "method": "PATCH",
        "url": f"/services/data/v67.0/sobjects/Account/{record['Id']}",
        "referenceId": "one",
        "httpHeaders": {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
        "body": {"Phone": "1"},
    }

    answer = sf.restful("composite", method="POST", json={"compositeRequest": [part]})

    assert answer["compositeResponse"][0]["httpStatusCode"] == 412


def test_collections_are_saved_and_deleted(sf: Any) -> None:
    records = [{"attributes": {"type": "Account"}, "Name": name} for name in "AB"]

    made = sf.restful("composite/sobjects", method="POST", json={"records": records})
    ids = ",".join(each["id"] for each in made)
    gone = sf.restful("composite/sobjects", method="DELETE", params={"ids": ids})

    assert [each["success"] for each in made + gone] == [True] * 4


def test_describe_limits_and_usage_are_understood(sf: Any) -> None:
    names = {each["name"] for each in sf.Account.describe()["fields"]}

    assert "QuickBooks_Id__c" in names
    assert {each["name"] for each in sf.describe()["sobjects"]} >= {"Account", "Contact"}
    assert "DailyApiRequests" in sf.limits()
    assert sf.api_usage["api-usage"].total == 100_000


def test_ended_session_is_told_by_its_own_exception(sf: Any, running: Running) -> None:
    requests.post(f"{running.said['url']}/_admin/tokens", json={"expire": True}, timeout=5)

    with pytest.raises(exceptions.SalesforceExpiredSession):
        sf.query("SELECT Id FROM Account")


def test_its_own_assertion_is_accepted(
    sf: Any, running: Running, key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    class Redirect(requests.adapters.HTTPAdapter):
        """Sends what is meant for the login host to the stand-in."""

        def send(
            self, request: requests.PreparedRequest, *args: Any, **more: Any
        ) -> requests.Response:
            request.url = f"{running.said['url']}/services/oauth2/token"
            return super().send(request, *args, **more)

    with requests.Session() as session:
        session.mount("https://login.salesforce.com/", Redirect())
        token, instance = login.SalesforceLogin(
            session=session,
            username="integration@example.com",
            consumer_key="cid",
            privatekey=private,
        )

    assert instance == running.said["tls_url"].removeprefix("https://")
    url = f"{running.said['url']}/services/data/v67.0/limits"
    assert requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5).ok
