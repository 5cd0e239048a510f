"""Prices against the stand-in: which entry of a product is read, and in which book one is made."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from bridge.model import Fate, Record, Shape, System, Write, WriteKind
from tests.contract.salesforce_bench import Bench, empty_org, reason

STANDARD = {"Pricebook2.IsStandard": True}
ENTRY = Shape("PricebookEntry", ("UnitPrice",), among=tuple(STANDARD.items()))
PRODUCT = Shape("Product2", ("Name",), (ENTRY,))


@pytest.fixture
def bench() -> Bench:
    return empty_org()


def priced(name: str = "Rose", where: Mapping[str, Any] = STANDARD) -> Write:
    """Return the write of a new product with a price."""
    fields = {"UnitPrice": Decimal("7.25"), "IsActive": True, **where}
    entry = Write(System.SALESFORCE, "PricebookEntry", WriteKind.CREATE, fields=fields)
    product = Write(System.SALESFORCE, "Product2", WriteKind.CREATE, fields={"Name": name})
    return Write(**{**vars(product), "parts": (entry,), "key": f"1:item:{name}"})


def book(bench: Bench) -> str:
    return str(next(row["Id"] for row in bench.rows("Pricebook2") if row["IsStandard"]))


def prices(record: Record | None) -> list[Any]:
    assert record is not None
    return [part.fields["UnitPrice"] for part in record.parts]


def test_price_of_a_new_product_stands_in_the_standard_book(bench: Bench) -> None:
    (result,) = bench.client.write([priced()])

    assert (result.fate, [part.fate for part in result.parts]) == (Fate.DONE, [Fate.DONE])
    (entry,) = bench.rows("PricebookEntry")
    assert (entry["Product2Id"], entry["Pricebook2Id"]) == (result.record_id, book(bench))


def test_only_the_entry_of_the_standard_book_is_read(bench: Bench) -> None:
    (result,) = bench.client.write([priced()])
    other = bench.person("create", "Pricebook2", fields={"Name": "Web", "IsActive": True})
    keys = {"Product2Id": result.record_id, "Pricebook2Id": other}
    bench.person("create", "PricebookEntry", fields={**keys, "UnitPrice": 99})

    assert prices(bench.client.read(PRODUCT, str(result.record_id))) == [Decimal("7.25")]


def test_root_of_an_entry_is_its_product_even_of_a_deleted_one(bench: Bench) -> None:
    (result,) = bench.client.write([priced()])
    (entry,) = bench.rows("PricebookEntry")
    bench.person("delete", "PricebookEntry", id=entry["Id"])

    assert bench.client.find_roots("PricebookEntry", [entry["Id"]]) == {
        entry["Id"]: result.record_id
    }
    assert prices(bench.client.read(PRODUCT, str(result.record_id))) == []


def test_standard_book_is_asked_for_once(bench: Bench) -> None:
    bench.client.write([priced("Rose"), priced("Lily")])
    assert bench.calls()["query"] == 1

    bench.client.write([priced("Oak")])

    assert "query" not in bench.calls()
    assert len(bench.rows("PricebookEntry")) == 3


def test_book_that_cannot_be_found_refuses_the_entry_alone_and_is_asked_for_again(
    bench: Bench,
) -> None:
    nowhere = {"Pricebook2.Name": "Nowhere"}
    (result,) = bench.client.write([priced(where=nowhere)])

    assert (result.fate, result.parts[0].fate) == (Fate.DONE, Fate.REFUSED)
    assert reason(result.parts[0]) == "parent_not_found"
    bench.person("create", "Pricebook2", fields={"Name": "Nowhere", "IsActive": True})
    standard, custom = bench.client.write([priced("Lily"), priced("Oak", nowhere)])
    assert standard.parts[0].fate is Fate.DONE
    assert reason(custom.parts[0]) == "standard_price_missing"


def test_parent_that_no_entry_has_is_refused(bench: Bench) -> None:
    (result,) = bench.client.write([priced(where={"Owner.Name": "Ada"})])

    assert reason(result.parts[0]) == "part_unknown"


@pytest.mark.parametrize("drop", ["before", "after"])
def test_question_without_an_answer_leaves_the_entry_unsent(bench: Bench, drop: str) -> None:
    bench.plant({"kind": "query"}, drop=drop)

    (result,) = bench.client.write([priced()])

    assert (result.fate, result.parts[0].fate) == (Fate.DONE, Fate.NOT_SENT)
    assert bench.rows("PricebookEntry") == []
