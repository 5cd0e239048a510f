"""Whatever is written, in whatever order, the books add up."""

from collections import defaultdict
from contextlib import suppress
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from local.simulators.clock import Clock
from local.simulators.quickbooks import sample
from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.state import Company
from local.simulators.quickbooks.switches import Switches
from tests.unit.simulators.quickbooks.books import applied, line
from tests.unit.simulators.quickbooks.conftest import START

Row = dict[str, Any]
CUSTOMERS = ("2", "3", "7", "8", "9")
KINDS = ("Invoice", "CreditMemo", "Payment", "SalesReceipt", "RefundReceipt")
WEIGHTS = (10, 10, 10, 1, 1)


def _company() -> Company:
    clock = Clock()
    clock.set(START)
    company = Company("1", clock, Switches())
    sample.fill(company, is_empty=False)
    return company


def _step(company: Company, chance: Random) -> None:
    """Do one thing of those that a client or a person does; refusals are part of it."""
    kind = chance.choices(KINDS, WEIGHTS)[0]
    customer = chance.choice([each for each in CUSTOMERS if company.find("Customer", each)])
    entity = ENTITIES[kind]
    body: Row = {"CustomerRef": {"value": customer}}
    rows = [row for row in company.rows(kind) if int(row["Id"]) > 130]
    actions = ("create", "update", "void", "delete", "merge", "family")
    action = chance.choices(actions, weights=(40, 30, 10, 10, 1, 4))[0]
    if kind == "Payment":
        body |= _payment(company, chance)
    else:
        body["Line"] = [line(chance.randint(1, 90)) for _ in range(chance.randint(1, 3))]
    if kind == "RefundReceipt":
        body["DepositToAccountRef"] = {"value": "35"}
    if action == "family":
        _change_family(company, chance)
        return
    if action == "create" or not rows:
        company.create(entity, body)
        return
    if action == "merge":
        company.merge(ENTITIES["Customer"], chance.choice(CUSTOMERS), chance.choice(CUSTOMERS))
        return
    row = chance.choice(rows)
    ids = {"Id": row["Id"], "SyncToken": row["SyncToken"], "sparse": True}
    if action == "update":
        company.update(entity, {**body, **ids})
    elif action == "void":
        company.void(entity, ids, by_person=True)
    else:
        company.delete(entity, ids)


def _change_family(company: Company, chance: Random) -> None:
    """Bill a customer with another one, or no more, and under any parent or none."""
    row = company.read("Customer", chance.choice(CUSTOMERS))
    parent = chance.choice((None, *CUSTOMERS))
    change: Row = {"Job": bool(parent), "ParentRef": parent and {"value": parent}}
    change["BillWithParent"] = chance.random() < 0.7
    ids = {"Id": row["Id"], "SyncToken": row["SyncToken"], "sparse": True}
    company.update(ENTITIES["Customer"], change | ids)


def _payment(company: Company, chance: Random) -> Row:
    unpaid = [row for row in company.rows("Invoice") if row["Balance"]]
    credits = [row for row in company.rows("CreditMemo") if row["Balance"]]
    lines = [applied(chance.randint(1, 40), row) for row in chance.sample(unpaid, 2)]
    if credits and chance.random() < 0.5:
        lines.append(applied(chance.randint(1, 20), chance.choice(credits)))
    return {"TotalAmt": chance.randint(0, 90), "Line": lines}


def _check(company: Company) -> None:
    applied_to: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    owed: dict[str, Decimal] = defaultdict(Decimal)
    for payment in company.rows("Payment"):
        signed = Decimal(payment["TotalAmt"]) - payment["UnappliedAmt"]
        for part in payment["Line"]:
            link = part["LinkedTxn"][0]
            applied_to[link["TxnType"], link["TxnId"]] += part["Amount"]
            signed += part["Amount"] if link["TxnType"] == "CreditMemo" else -part["Amount"]
        assert signed == 0, payment
        owed[_payer(company, payment)] -= payment["UnappliedAmt"]
    for kind, sign in (("Invoice", 1), ("CreditMemo", -1)):
        for row in company.rows(kind):
            paid = applied_to.pop((kind, row["Id"]), Decimal())
            assert Decimal(row["TotalAmt"]) - paid == row["Balance"] >= 0, row
            owed[_payer(company, row)] += sign * row["Balance"]
    assert not applied_to
    _check_customers(company, owed)


def _payer(company: Company, document: Row) -> str:
    customer = company.read("Customer", document["CustomerRef"]["value"])
    while customer["BillWithParent"] and customer.get("ParentRef"):
        customer = company.read("Customer", customer["ParentRef"]["value"])
    return str(customer["Id"])


def _check_customers(company: Company, owed: dict[str, Decimal]) -> None:
    with_jobs: dict[str, Decimal] = defaultdict(Decimal)
    rows = list(company.rows("Customer"))
    for row in rows:
        assert row["Balance"] == owed[row["Id"]], row
        above: Row | None = row
        while above:
            with_jobs[above["Id"]] += row["Balance"]
            above = company.find("Customer", (above.get("ParentRef") or {}).get("value", ""))
    for row in rows:
        assert row["BalanceWithJobs"] == with_jobs[row["Id"]], row


def test_sample_company_adds_up() -> None:
    _check(_company())


@pytest.mark.parametrize("seed", range(6))
def test_books_add_up_after_any_writes(seed: int) -> None:
    company, chance = _company(), Random(seed)  # noqa: S311 - no secret
    done = 0

    for _ in range(250):
        # What is refused must change nothing, so the books are looked at in any case.
        with suppress(ApiFault):
            _step(company, chance)
            done += 1
        _check(company)

    assert done > 100
