"""The Salesforce client against the stand-in: reading, counted calls, and over the wire."""

import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.errors import ConnectionLostError
from bridge.flows.ports import RecordSystem
from bridge.model import AccessToken, Fate, Probe
from bridge.salesforce.client import SalesforceClient
from bridge.salesforce.oauth import grant
from bridge.transport import TimeoutSession
from local.simulators.salesforce.app import Salesforce, Settings
from local.simulators.server import Server
from tests.contract.salesforce_bench import (
    ACCOUNT,
    NOON,
    NOWHERE,
    Bench,
    Tokens,
    create,
    empty_org,
    fates,
    read,
    reason,
    update,
)


@pytest.fixture
def bench() -> Bench:
    """Return a client on an empty org."""
    return empty_org()


def test_the_client_is_a_record_system(bench: Bench) -> None:
    system: RecordSystem = bench.client

    assert system.name_holder("Account", "Acme") is None


# Reading


def test_load_gives_root_own_fields_and_oldest_living_part(bench: Bench) -> None:
    root = bench.account("Müller & Söhne")
    dead = bench.person("create", "Contact", fields={"AccountId": root, "LastName": "Dead"})
    bench.later()
    bench.person("create", "Contact", fields={"AccountId": root, "LastName": "First"})
    bench.later()
    bench.person("create", "Contact", fields={"AccountId": root, "LastName": "Second"})
    bench.person("delete", "Contact", id=dead)
    bench.person("update", id=root, fields={"AnnualRevenue": 1250, "QuickBooks_Id__c": "1:c:7"})

    record = bench.client.load(ACCOUNT, [root[:15]])[root]

    assert record.fields["Name"] == "Müller & Söhne"
    assert record.fields["AnnualRevenue"] == 1250
    assert (record.external_id, record.own_fields["status"]) == ("1:c:7", None)
    assert [part.fields["LastName"] for part in record.parts] == ["First"]


def test_deleted_and_merged_records_are_seen_and_unknown_ones_left_out(bench: Bench) -> None:
    deleted, loser, winner = (bench.account(name) for name in ("A", "B", "C"))
    bench.person("delete", id=deleted)
    bench.person("merge", id=loser, into=winner)

    found = bench.client.load(ACCOUNT, [deleted, loser, winner, NOWHERE])

    assert found.keys() == {deleted, loser, winner}
    assert [found[each].is_deleted for each in (deleted, loser, winner)] == [True, True, False]
    assert [found[each].merged_into for each in (deleted, loser, winner)] == [None, winner, None]
    assert bench.client.read(ACCOUNT, NOWHERE) is None


def test_names_are_found_whatever_they_contain_and_deleted_records_are_not(bench: Bench) -> None:
    names = ["O'Neil \\ Sons", 'The "Best" Co', "x') OR (Name != '", "株式会社", "Zoë\tTab"]
    made = {bench.account(name) for name in names}
    twin = bench.account("o'neil \\ sons")
    bench.person("delete", id=bench.account("株式会社"))
    bench.account("Somebody else")

    found = bench.client.find_by_name(ACCOUNT, "Name", names)

    assert {record.id for record in found} == made | {twin}
    assert list(bench.client.find_by_name(ACCOUNT, "Name", [])) == []


def test_what_we_may_have_made_is_found_by_external_id_deleted_or_not(bench: Bench) -> None:
    [one, two] = bench.client.write([create("1:customer:1"), create("1:customer:2")])
    bench.person("delete", id=two.record_id)
    probes = [Probe(NOON, f"1:customer:{number}") for number in (1, 2, 3)] + [Probe(NOON)]

    found = bench.client.find_created(ACCOUNT, probes)

    assert [[record.id for record in each] for each in found] == [
        [one.record_id],
        [two.record_id],
        [],
        [],
    ]
    assert found[1][0].is_deleted


def test_external_ids_are_told_apart_by_case(bench: Bench) -> None:
    [made] = bench.client.write([create("1:customer:a")])
    probes = [Probe(NOON, "1:customer:A"), Probe(NOON, "1:customer:a")]

    found = bench.client.find_created(ACCOUNT, probes)

    assert [[record.id for record in each] for each in found] == [[], [made.record_id]]


def test_the_root_of_a_part_is_found_also_when_the_part_is_deleted(bench: Bench) -> None:
    root = bench.account()
    living = bench.person("create", "Contact", fields={"AccountId": root, "LastName": "A"})
    dead = bench.person("create", "Contact", fields={"AccountId": root, "LastName": "B"})
    alone = bench.person("create", "Contact", fields={"LastName": "C"})
    bench.person("delete", "Contact", id=dead)

    assert bench.client.find_roots("Contact", [living, dead, alone]) == {living: root, dead: root}


# The quiet second


@pytest.mark.parametrize(("seconds", "expected"), [(0, False), (0.9, False), (1, False), (3, True)])
def test_a_read_is_a_base_only_after_the_second_of_the_last_change(
    bench: Bench, seconds: float, expected: bool
) -> None:
    root = bench.person("create", fields={"Name": "Acme"})
    bench.later(seconds)

    assert read(bench, root).is_quiet is expected


def test_an_edit_after_a_quiet_read_is_never_overwritten(bench: Bench) -> None:
    root = bench.account()
    record = read(bench, root)
    bench.person("update", id=root, fields={"Phone": "1"})

    [result] = bench.client.write([update(record, Phone="2")])

    assert record.is_quiet
    assert (result.fate, reason(result)) == (Fate.STALE, "stale")
    assert read(bench, root).fields["Phone"] == "1"


def test_a_part_is_quiet_by_its_own_stamp(bench: Bench) -> None:
    root = bench.account()
    bench.person("create", "Contact", fields={"AccountId": root, "LastName": "Fuller"})

    record = read(bench, root)

    assert (record.is_quiet, record.parts[0].is_quiet) == (True, False)


# Counted calls


def test_a_hundred_records_are_loaded_with_one_query(bench: Bench) -> None:
    ids = [bench.account(f"Account {number}") for number in range(100)]
    bench.calls()

    assert len(bench.client.load(ACCOUNT, ids)) == 100
    assert bench.calls() == {"query": 1}


def test_a_hundred_changes_take_four_calls(bench: Bench) -> None:
    ids = [bench.account(f"Account {number}") for number in range(100)]
    records = bench.client.load(ACCOUNT, ids).values()
    bench.calls()

    results = bench.client.write([update(record, Phone="1") for record in records])

    assert set(fates(results)) == {Fate.DONE}
    assert bench.calls() == {"composite": 4}


def test_a_hundred_new_records_with_a_part_each_take_two_calls(bench: Bench) -> None:
    writes = [create(f"1:customer:{number}", LastName="Fuller") for number in range(100)]

    results = bench.client.write(writes)

    assert {part.fate for result in results for part in result.parts} == {Fate.DONE}
    assert bench.calls() == {"collections": 2}


# Over the wire


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Salesforce, str, TimeoutSession]]:
    """Serve an empty org over TLS; return it with its address and a session that trusts it."""
    stand_in = Salesforce(Settings(is_empty=True))
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with Server(stand_in.handle, tls=context) as server, TimeoutSession() as session:
        # Otherwise a bundle named in the environment would win.
        session.trust_env, session.verify = False, str(tmp_path / "ca.pem")
        stand_in.oauth.instance_url = server.url
        stand_in.oauth.own_urls.add(server.url)
        yield stand_in, server.url, session


def test_a_jwt_opens_an_org_that_is_then_read_and_written(
    served: tuple[Salesforce, str, TimeoutSession],
) -> None:
    stand_in, address, session = served
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public, private = (
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    stand_in.app.public_keys.append(public.decode())
    credentials = {
        "client_id": "cid",
        "username": "integration@example.com",
        "private_key": private.decode(),
    }

    granted = grant(address, credentials, session=session, clock=time.time)
    tokens = Tokens(session)
    tokens._token = AccessToken(granted.access_token, granted.instance_url)
    client = SalesforceClient(tokens, session)
    [made] = client.write([create("1:customer:7", "Müller", LastName="Fuller")])

    assert granted.org_id == stand_in.org.org_id
    record = client.read(ACCOUNT, str(made.record_id))
    assert record is not None
    assert (record.fields["Name"], record.parts[0].fields["LastName"]) == ("Müller", "Fuller")
    assert record.modified_at is not None
    assert abs(record.modified_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_credentials_that_the_org_does_not_know_are_refused(
    served: tuple[Salesforce, str, TimeoutSession],
) -> None:
    _, address, session = served
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

    with pytest.raises(ConnectionLostError):
        grant(
            address,
            {
                "client_id": "cid",
                "username": "integration@example.com",
                "private_key": private.decode(),
            },
            session=session,
            clock=time.time,
        )


def test_an_address_where_nobody_listens_has_taken_nothing(
    served: tuple[Salesforce, str, TimeoutSession],
) -> None:
    _, _, session = served
    tokens = Tokens(session)
    # Port 1 of this machine is not served by anybody.
    tokens._token = AccessToken("at-0", "https://127.0.0.1:1")

    [result] = SalesforceClient(tokens, session).write([create("1:customer:7")])

    assert (result.fate, reason(result)) == (Fate.NOT_SENT, "connection_failed")
