"""Holds the documentation to the code: what it names exists, and what exists is named in it."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bridge.core.messages import TEXTS
from bridge.errors import ConfigurationError
from bridge.mapping_files import read_mapping, read_mappings
from bridge.model import Fate, OutcomeStatus, System
from bridge.quickbooks import faults as quickbooks_faults
from bridge.salesforce import faults as salesforce_faults
from bridge.salesforce import webhook
from bridge.salesforce.schema import OWN_FIELDS

ROOT = Path(__file__).parents[1]
BRIDGE = ROOT / "layers" / "shared" / "bridge"
DOCS = ROOT / "docs"
DATA = ROOT / "tests" / "data"
CUSTOMER = ROOT / "layers" / "mappings" / "bridge_mappings" / "customer.toml"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])

REFUSALS = r"(?:MappingError|PermanentError|RecordRejectedError)\(\s*\"([a-z_]+)\""
DELAYS = r"(?:Unavailable|RateLimited|ConnectionLost|Retryable)Error(?:\(|,)\s*\"([a-z_]+)\""
# A rule with one of these fates lets a change wait.
WAITING = (Fate.NOT_SENT, Fate.UNKNOWN)


class TemplateLoader(yaml.SafeLoader):
    """Reads YAML and leaves CloudFormation's short forms out."""


TemplateLoader.add_multi_constructor("!", lambda loader, name, node: None)


def template() -> dict[str, Any]:
    document: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), TemplateLoader)  # noqa: S506
    return document


def page(name: str) -> str:
    return (ROOT / name).read_text()


def section(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of its level or a higher one."""
    level = len(heading) - len(heading.lstrip("#"))
    after = text.partition(f"\n{heading}\n")[2]
    assert after, f"no heading {heading!r}"
    return re.split(rf"^#{{1,{level}}} ", after, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of all table rows; heads and rules among them."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def coded(text: str) -> set[str]:
    """Return what is set as code in a text."""
    return set(re.findall(r"`([^`]+)`", text))


def first_column(text: str) -> set[str]:
    return {name for row in rows(text) for name in coded(row[0])}


def headings(text: str) -> list[str]:
    plain = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"^#+ (.+)$", plain, flags=re.MULTILINE)


def anchor(heading: str) -> str:
    """Return the name under which a heading can be linked to, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def sources(*folders: str, without: tuple[str, ...] = ()) -> str:
    """Return the source of some rooms of the bridge; "" is the hall."""
    paths = [path for folder in folders for path in sorted((BRIDGE / folder).glob("*.py"))]
    return "\n".join(path.read_text() for path in paths if path.stem not in without)


def rules() -> Iterator[tuple[str, Fate]]:
    """Yield reason and fate of everything that the tables of faults know."""
    tables: list[Mapping[Any, Any]] = [
        quickbooks_faults.RULES,
        quickbooks_faults.STATUS_RULES,
        salesforce_faults.BY_CODE,
        salesforce_faults.BY_STATUS,
    ]
    for table in tables:
        for rule in table.values():
            yield rule.reason, rule.fate


def refusals() -> set[str]:
    """Return the reasons for which a record is rejected."""
    # What a door or a token endpoint refuses is about no record.
    text = sources("core", "quickbooks", "salesforce", without=("webhook", "oauth"))
    named = set(re.findall(REFUSALS, text))
    named |= {quickbooks_faults.UNKNOWN_FAULT.reason, salesforce_faults.UNKNOWN_FAULT.reason}
    return named | {reason for reason, fate in rules() if fate is Fate.REFUSED}


def delays() -> set[str]:
    """Return the reasons for which a change waits."""
    text = sources("", "flows", "quickbooks", "salesforce", "store")
    named = set(re.findall(DELAYS, text)) | set(re.findall(r"\.wait\(\"([a-z_]+)\"", text))
    named |= set(re.findall(r"reason = \"([a-z_]+)\" if \w+ else \"([a-z_]+)\"", text)[0])
    return named | {reason for reason, fate in rules() if fate in WAITING}


def test_every_text_that_people_read_has_its_entry_and_every_entry_its_text() -> None:
    text = page("docs/problems.md")

    entries = {
        name: " ".join(
            quote.replace("*Field*", "{field}")
            .replace("*Document*", "{document}")
            .replace("\n> ", " ")
            .split()
        )
        for name, quote in re.findall(r"^### ([a-z_]+)\n\n> (.+?)\n\n", text, re.M | re.S)
    }

    assert entries == dict(TEXTS)


def test_every_other_refusal_has_a_row_with_its_remedy() -> None:
    text = section(page("docs/problems.md"), "## Refusals in the vendor's own words")

    documented = first_column(text)

    assert documented == refusals() - TEXTS.keys()


def test_every_reason_to_wait_has_a_row() -> None:
    text = section(page("docs/problems.md"), "## What waits")

    documented = first_column(text) - {"held_..."}

    assert documented == delays()


def test_every_alarm_has_its_instruction_and_every_instruction_its_alarm() -> None:
    resources = template()["Resources"]
    alarms = {name for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}

    text = section("\n" + page("docs/operations.md"), "# Alarms")

    assert set(headings(text)) == alarms


def test_every_metric_has_a_row() -> None:
    text = sources("flows", "quickbooks", "salesforce", "store")
    named = set(re.findall(r"(?<!\.)count\(\"(\w+)\"", text))
    named |= set(re.findall(r"add_metric\((?:name=)?\"(\w+)\"", text))
    named |= {f"Pairs{status.value.capitalize()}" for status in OutcomeStatus}
    named |= {f"RecordsWritten{system.value.capitalize()}" for system in System}
    filters = template()["Resources"].values()
    named |= {
        transformation["MetricName"]
        for each in filters
        if each["Type"] == "AWS::Logs::MetricFilter"
        for transformation in each["Properties"]["MetricTransformations"]
    }

    documented = first_column(section(page("docs/operations.md"), "## Metrics"))

    assert documented == named


def test_every_parameter_stands_in_the_readme_with_its_default() -> None:
    declared = {
        name: f"`{each['Default']}`" if each["Default"] != "" else "empty"
        for name, each in template()["Parameters"].items()
    }

    table = rows(section(page("README.md"), "## Deploy"))
    documented = {row[0].strip("`"): row[1] for row in table if row[0].strip("`") in declared}

    assert documented == declared


def test_every_secret_stands_in_the_readme() -> None:
    names = re.findall(r'^ +Name: !Sub "(/bridge/[^"]+)"', page("template.yaml"), re.MULTILINE)
    declared = {name.replace("${Stage}", "<stage>") for name in names}

    documented = first_column(section(page("README.md"), "## Deploy"))

    assert declared
    assert declared <= documented


def test_every_mapped_field_stands_in_the_readme_with_its_owner() -> None:
    mapped = {
        (each.label, each.salesforce, each.quickbooks[0], each.owner.value)
        for each in read_mappings()["customer"].fields
    }

    table = rows(section(page("README.md"), "## What is synced"))
    quickbooks = {row[0]: re.findall(r"`([^`]+)`", row[2]) for row in table}
    documented = {
        (row[0], row[1].strip("`"), quickbooks[row[0]][0], row[3])
        for row in table
        if row[-1] in ("salesforce", "quickbooks", "manual")
    }

    assert documented == mapped


def test_every_custom_field_is_described_with_its_type() -> None:
    described = json.loads((ROOT / "local/simulators/salesforce/custom_fields.json").read_text())
    used = set(OWN_FIELDS.values())
    for entity in ("customer", "vendor"):
        used |= {each.salesforce for each in read_mappings()[entity].fields}
    kinds = {"LongTextArea": "Long Text Area"}
    expected = {
        each["name"]: f"{kinds.get(each['type'], each['type'])}({each['length']})"
        if "length" in each
        else ": ".join([each["type"], *([", ".join(each["values"])] if "values" in each else [])])
        for each in described["Account"]
        if each["name"] in used
    }

    table = rows(section(page("docs/connect-salesforce.md"), "## 3. The custom fields of Account"))
    documented = {row[0].strip("`"): row[1] for row in table[2:]}

    assert documented.keys() == expected.keys()
    assert all(documented[name].startswith(text) for name, text in expected.items())


def test_the_worked_example_of_a_signature_is_accepted() -> None:
    text = page("docs/connect-salesforce.md")
    body = re.findall(r"^(\{\"v\":1,.+\})$", text, re.MULTILINE)[0]
    signature = re.findall(r"^([0-9a-f]{64}) ", text, re.MULTILINE)[0]
    timestamp = re.findall(r"`X-Timestamp: (\d+)`", text)[0]
    headers = {"x-timestamp": timestamp, "x-signature": f"v1={signature}"}
    now = datetime.fromtimestamp(int(timestamp), UTC)

    webhook.verify(body.encode(), headers, ["example-webhook-key"], now)

    assert webhook.parse(body.encode(), now).changes


def test_the_new_field_of_the_mapping_page_is_sound() -> None:
    entry = re.findall(r"```toml\n(.+?)```", page("docs/mapping.md"), re.DOTALL)[0]

    mapping = read_mapping("customer.toml", f"{CUSTOMER.read_text()}\n{entry}")

    assert f"customer: {len(mapping.fields)} fields, sound" in page("docs/mapping.md")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (row[0].strip("`"), row[1].strip("`"))
        for row in rows(section(page("docs/mapping.md"), "## What mistakes say"))[2:]
    ],
)
def test_a_mistake_in_a_mapping_says_what_the_page_says(line: str, message: str) -> None:
    entry = re.findall(r"```toml\n(.+?)```", page("docs/mapping.md"), re.DOTALL)[0]
    key = line.split()[0]
    wrong = re.sub(rf"^{key} .*$", line, entry, flags=re.MULTILINE)

    with pytest.raises(ConfigurationError) as raised:
        read_mapping("customer.toml", f"{CUSTOMER.read_text()}\n{wrong}")

    assert str(raised.value) == message


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)\s]+)\)", path.read_text())

    broken = []
    for link in links:
        name, _, wanted = link.partition("#")
        leads_to = (path.parent / name).resolve() if name else path
        is_there = leads_to.exists() and leads_to.is_relative_to(ROOT)
        if is_there and wanted:
            is_there = wanted in map(anchor, headings(leads_to.read_text()))
        broken += [] if is_there else [link]

    assert broken == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", page("Makefile"), re.MULTILINE))

    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", path.read_text(), re.MULTILINE))

    assert named <= targets


def test_every_output_that_is_named_exists() -> None:
    outputs = set(template()["Outputs"])
    texts = "\n".join(path.read_text() for path in PAGES)

    named = set(re.findall(r"(?:output|arn) ([A-Z]\w+)", texts))

    assert named
    assert named <= outputs


def test_every_program_that_is_named_can_be_found() -> None:
    texts = "\n".join(path.read_text() for path in PAGES)
    folders = {"bridge": ROOT / "layers" / "shared", "local": ROOT}

    named = set(re.findall(r"python -m ([\w.]+)", texts))
    missing = [
        name
        for name in named
        if not folders[name.partition(".")[0]]
        .joinpath(*name.split("."))
        .with_suffix(".py")
        .exists()
    ]

    assert missing == []


def test_every_decision_has_the_same_parts() -> None:
    parts = ["Context", "Options", "Decision", "Consequences"]
    decisions = sorted((DOCS / "decisions").glob("*.md"))

    numbers = [path.name[:4] for path in decisions]

    assert numbers == [f"{number:04d}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        title, *rest = headings(path.read_text())
        assert title.startswith(path.name[:4]), path.name
        assert rest == parts, path.name
        assert re.search(r"^Status: \w+ · Date: \d{4}-\d\d-\d\d$", path.read_text(), re.M), (
            path.name
        )


def test_every_recorded_file_has_its_origin() -> None:
    files = {
        str(path.relative_to(DATA))
        for path in DATA.rglob("*")
        if path.is_file() and path.name != "SOURCES.md" and "__pycache__" not in path.parts
    }

    documented = first_column(page("tests/data/SOURCES.md").partition("| --- |")[2])

    assert documented == files


def test_every_row_of_the_decision_table_names_a_test_that_exists() -> None:
    text = "\n".join(path.read_text() for path in (ROOT / "tests" / "unit").rglob("test_*.py"))
    tests = set(re.findall(r"^def (test_\w+)\(", text, re.M))

    table = [row for row in rows(page("docs/decision-table.md")) if row[-1] not in ("test", "---")]
    named = [re.findall(r"`(test_\w+)`", row[-1]) for row in table]

    assert all(named), [row for row, names in zip(table, named, strict=True) if not names]
    assert {name for names in named for name in names} <= tests
