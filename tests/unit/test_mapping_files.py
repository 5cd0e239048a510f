"""A mapping file is checked when it is read, and its errors say what to mend."""

from pathlib import Path

import pytest

from bridge.errors import ConfigurationError
from bridge.mapping_files import read_mapping, read_mappings

HEAD = """
schema = 1
entity = "customer"
salesforce = "Account"
quickbooks = "Customer"
match_on = "name"
"""
NAME = """
[[fields]]
name = "name"
label = "Name"
salesforce = "Name"
quickbooks = "DisplayName"
convert = "name:100"
owner = "salesforce"
"""


def entry(**changes: str) -> str:
    """Return a second entry with some lines changed; an empty value leaves a line out."""
    lines = {
        "name": '"phone"',
        "label": '"Phone"',
        "salesforce": '"Phone"',
        "quickbooks": '"PrimaryPhone.FreeFormNumber"',
        "convert": '"phone:30"',
        "owner": '"salesforce"',
    } | changes
    return "[[fields]]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items() if value)


def test_a_sound_file_becomes_a_mapping() -> None:
    mapping = read_mapping("customer.toml", HEAD + NAME + entry())

    assert mapping.names == ("name", "phone")
    assert mapping.field_named("phone").limit == 30


def test_the_mappings_that_come_with_the_bridge_are_sound() -> None:
    assert set(read_mappings()) == {"customer"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + NAME + entry(owner='"both"'), "fields, entry 2 (phone), owner"),
        (HEAD + NAME + entry(owner=""), "fields, entry 2 (phone), owner: missing; add it"),
        (HEAD + NAME + entry(ovner='"x"'), "fields, entry 2 (phone), ovner: not known here"),
        (HEAD + NAME + entry(convert='"money:2"'), "entry 2 (phone): convert: 'money:2' is no"),
        (HEAD + NAME + entry(convert='"phone"'), "say the shorter length of both sides"),
        (HEAD + NAME + entry(convert='"choice"'), "entry 2 (phone): choices: needed"),
        (HEAD + NAME + entry(name='"name"'), "fields: name stands there twice"),
        (HEAD + NAME + entry(salesforce='"Name"'), "salesforce field Name is mapped twice"),
        (HEAD + NAME + entry(quickbooks='["A.Line1", "A.Line2"]'), "only with convert"),
        (HEAD.replace('"name"', '"title"') + NAME, "match_on: no field is named 'title'"),
        (HEAD.replace("schema = 1", "schema = 2") + NAME, "schema"),
        (HEAD + "colour = 1" + NAME, "colour: not known here; remove it"),
        (HEAD, "fields: missing; add it"),
        ("entity = ", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_told_with_file_place_and_remedy(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_mapping("customer.toml", text)

    assert str(caught.value).startswith("customer.toml: ")
    assert told in str(caught.value)


def test_two_files_for_one_entity_are_refused(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(HEAD + NAME)

    with pytest.raises(ConfigurationError, match=r"b\.toml: entity 'customer' has another file"):
        read_mappings(tmp_path)


def test_a_folder_without_mappings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no mapping file"):
        read_mappings(tmp_path)
