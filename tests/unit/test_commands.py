"""What an operator reads: every fault at once with its file, a record field by field."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from bridge import commands, wiring
from bridge.commands import flaw_lines, preview_lines
from bridge.core.soundness import Flaw
from bridge.errors import ConfigurationError
from bridge.flows.operate import Operate
from bridge.mapping_files import read_files, read_mappings
from bridge.settings import SyncRecords
from tests.shop import Shop

ROOT = Path(__file__).parents[2]
MAPPINGS = ROOT / "layers" / "mappings" / "bridge_mappings"


def test_sound_files_are_listed_and_the_exit_status_is_good(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = commands.main(["check"])

    lines = capsys.readouterr().out.splitlines()
    assert status == commands.SOUND
    assert lines == [
        f"{name}: {len(each.fields)} fields, sound" for name, each in read_mappings().items()
    ]


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    folder = shutil.copytree(MAPPINGS, tmp_path / "bridge_mappings")
    customer, item = folder / "customer.toml", folder / "item.toml"
    customer.write_text(customer.read_text().replace('"phone:30"', '"phone"'))
    item.write_text(item.read_text().replace('owner      = "salesforce"', 'owner = "sales"'))

    files, faults = read_files(folder)

    told = "\n".join(faults).splitlines()
    assert "customer.toml" not in files
    assert sum(line.startswith("customer.toml: ") for line in told) == 3
    assert sum(line.startswith("item.toml: ") for line in told) == 3


def test_a_flaw_is_told_with_the_file_of_its_entity() -> None:
    files = {"people.toml": read_mappings()["customer"]}

    lines = flaw_lines([Flaw("customer", "fields, entry 1 (name)", "is wrong; mend it")], files)

    assert lines == ["people.toml: fields, entry 1 (name): is wrong; mend it"]


@pytest.mark.parametrize("question", [["check", "--live"], ["preview", "customer", "1"]])
def test_a_question_without_an_environment_says_what_is_missing(
    question: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MODE", raising=False)
    with pytest.raises(ConfigurationError):
        SyncRecords.read({})
    wiring.sync_records.cache_clear()

    status = commands.main(question)

    assert status == commands.NOT_ASKED
    assert "MODE is not set" in capsys.readouterr().err


def test_a_linked_record_is_shown_field_by_field() -> None:
    shop = Shop()
    account, customer = shop.linked("Acme", Phone="555-1")
    shop.edit_account(account, Phone="555  2", Description="One\nTwo")

    lines = list(preview_lines(Operate(shop.world()).preview("customer", account)))

    words = {line.split("  ")[0]: " ".join(line.split()) for line in lines if line}
    assert lines[0] == (
        f"customer: Account {account}, linked with Customer {customer} in company 1"
    )
    assert lines[1] == "decision: update"
    assert words["name"] == "name Acme Acme as agreed"
    assert words["phone"] == "phone 555 2 = 555 2 555-1 changed in Salesforce to QuickBooks"
    assert words["notes"] == "notes One Two - changed in Salesforce to QuickBooks"
    assert lines[-1] == "Nothing was written."
    assert f"update Customer {customer} in QuickBooks:" in lines
    assert "  PrimaryPhone.FreeFormNumber = 555 2" in lines


def test_a_document_is_shown_with_its_lines_and_its_trouble() -> None:
    shop = Shop()
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    invoice = shop.new_invoice(account, (product, "2", "12.5"))
    later = shop.new_invoice(account, (product, "2", "12.5"), Date__c=None)

    made = list(preview_lines(Operate(shop.world()).preview("invoice", invoice)))
    held = list(preview_lines(Operate(shop.world()).preview("invoice", later)))

    assert "create Invoice in QuickBooks:" in made
    assert f"    Amount = {Decimal('25.00')}" in made
    assert held[1] == "decision: reject (value_missing, date)"
    assert any(line.startswith("date") and "[value_missing]" in line for line in held)
    assert held[-1] == "Nothing would be written."


def test_a_long_value_is_cut_to_the_width_of_its_column() -> None:
    shop = Shop()
    account = shop.new_account("Acme", Description="word " * 40)

    lines = list(preview_lines(Operate(shop.world()).preview("customer", account)))

    table = lines[3 : lines.index("", 3)]
    assert max(map(len, table)) < 5 * (commands.WIDEST + 2)
    assert any("word w..." in line or "word..." in line for line in table)
