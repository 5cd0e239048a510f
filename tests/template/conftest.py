"""Reads template.yaml once for all tests of this folder."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


class TemplateLoader(yaml.SafeLoader):
    """Reads YAML with CloudFormation's short forms: `!Ref X` becomes `{"Ref": "X"}`."""


def short_form(loader: TemplateLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    """Return the long form of a short one."""
    if isinstance(node, yaml.SequenceNode):
        value: Any = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_scalar(node)  # type: ignore[arg-type]
    if name == "GetAtt":
        value = value.split(".")
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": value}


TemplateLoader.add_multi_constructor("!", short_form)


class Template:
    """The template's resources, by kind and by reference."""

    def __init__(self, text: str) -> None:
        self.document: dict[str, Any] = yaml.load(text, TemplateLoader)  # noqa: S506
        self.resources: dict[str, dict[str, Any]] = self.document["Resources"]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the resources of a type, by their logical ids."""
        return {name: r for name, r in self.resources.items() if r["Type"] == kind}

    @property
    def functions(self) -> dict[str, dict[str, Any]]:
        """The properties of each function, with what Globals adds to them."""
        shared = self.document["Globals"]["Function"]
        functions = {}
        for name, resource in self.of_type("AWS::Serverless::Function").items():
            own = resource["Properties"]
            variables = {
                **shared["Environment"]["Variables"],
                **own["Environment"]["Variables"],
            }
            functions[name] = {**shared, **own, "Environment": {"Variables": variables}}
        return functions

    def statements(self, function: str) -> list[dict[str, Any]]:
        """Return the permissions of a function."""
        role = self.resources[target(self.functions[function]["Role"])]["Properties"]
        documents = [policy["PolicyDocument"] for policy in role["Policies"]]
        return [statement for document in documents for statement in document["Statement"]]

    def allowed(self, function: str) -> set[tuple[str, str]]:
        """Return every (action, logical id or "*") that a function may use."""
        return {
            (action, resource if resource == "*" else target(resource))
            for statement in self.statements(function)
            for action in listed(statement["Action"])
            for resource in listed(statement["Resource"])
        }


def listed(value: Any) -> list[Any]:
    """Return a list of one where there is no list."""
    return value if isinstance(value, list) else [value]


def target(reference: dict[str, Any]) -> str:
    """Return the logical id that a Ref or GetAtt names."""
    return str(reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0])


def named(resources: Iterable[str], suffix: str) -> set[str]:
    """Return the logical ids that end in a suffix."""
    return {name for name in resources if name.endswith(suffix)}


@pytest.fixture(scope="session")
def template() -> Template:
    return Template((ROOT / "template.yaml").read_text())
