"""One name all the way down: folder, function, wiring."""

import ast
import re
import tomllib
from typing import Any

import pytest

from bridge import settings, wiring
from tests.template.conftest import ROOT, Template

FOLDERS = sorted(path.name for path in (ROOT / "functions").iterdir() if path.is_dir())


def test_each_function_folder_is_in_the_template_and_each_function_has_one(
    template: Template,
) -> None:
    in_template = {
        name: function["CodeUri"].removeprefix("functions/").rstrip("/")
        for name, function in template.functions.items()
    }

    assert sorted(in_template.values()) == FOLDERS
    for name, folder in in_template.items():
        assert name == f"{folder.title().replace('_', '')}Function"


@pytest.mark.parametrize("folder", FOLDERS)
def test_function_folder_holds_its_door_and_wiring_builds_what_is_behind_it(folder: str) -> None:
    files = [path for path in (ROOT / "functions" / folder).iterdir() if path.is_file()]

    assert [path.name for path in files] == ["app.py"]
    assert callable(getattr(wiring, folder))


@pytest.mark.parametrize("folder", FOLDERS)
def test_door_imports_only_what_a_door_may(folder: str) -> None:
    tree = ast.parse((ROOT / "functions" / folder / "app.py").read_text())
    allowed = {"wiring", "lambda_events", "observability", "model", "errors"}

    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "bridge":
            assert {alias.name for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom):
            assert node.module in {
                "typing",
                "aws_lambda_powertools.utilities.typing",
                *(f"bridge.{name}" for name in allowed),
            }


class Recorded(dict[str, str]):
    """An environment that notes which variables were asked for."""

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables)
        self.read: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """Return a variable and note its name."""
        self.read.add(name)
        return super().get(name, default)


@pytest.mark.parametrize("folder", FOLDERS)
def test_function_is_given_exactly_the_variables_that_its_settings_read(
    template: Template, folder: str
) -> None:
    name = folder.title().replace("_", "")
    given = template.functions[f"{name}Function"]["Environment"]["Variables"]
    shared = template.document["Globals"]["Function"]["Environment"]["Variables"]
    environment = Recorded({variable: resolved(template, v) for variable, v in given.items()})

    getattr(settings, name).read(environment)

    assert environment.read == set(given) - set(shared)


def resolved(template: Template, value: Any) -> str:
    """Return what a variable's value would look like once deployed."""
    parameters = template.document["Parameters"]
    examples = {"QuickBooksRealmId": "310687", "SalesforceOrgId": "00D5f000005KcCnEAK"}
    if isinstance(value, str):
        return value
    if "Fn::Sub" in value:
        return re.sub(r"\$\{(\w+)\}", lambda m: examples.get(m[1], m[1]), value["Fn::Sub"])
    name = value["Ref"]
    return str(examples.get(name) or parameters.get(name, {}).get("Default", name))


def test_functions_use_every_layer_and_layers_are_built_by_makefile(template: Template) -> None:
    layers = template.of_type("AWS::Serverless::LayerVersion")

    for function in template.functions.values():
        assert {layer["Ref"] for layer in function["Layers"]} == set(layers)
    for name, layer in layers.items():
        makefile = ROOT / layer["Properties"]["ContentUri"] / "Makefile"
        assert layer["Metadata"] == {"BuildMethod": "makefile"}
        assert f"build-{name}:" in makefile.read_text()


def test_the_layer_is_built_for_the_runtime_that_the_template_deploys(template: Template) -> None:
    makefile = (ROOT / "Makefile").read_text()
    parameters = template.document["Parameters"]

    for variable, parameter in (("RUNTIME", "PythonRuntime"), ("ARCHITECTURE", "Architecture")):
        (default,) = re.findall(rf"^{variable} \?= (\S+)$", makefile, re.MULTILINE)
        assert default == parameters[parameter]["Default"]


def test_a_new_installation_only_observes_and_names_the_vendors_own_addresses(
    template: Template,
) -> None:
    parameters = template.document["Parameters"]

    assert parameters["Mode"]["Default"] == "observe"
    for name in ("QuickBooksApiUrl", "QuickBooksTokenUrl", "SalesforceLoginUrl"):
        assert re.match(
            r"https://[a-z0-9.]+\.(intuit|salesforce)\.com", parameters[name]["Default"]
        )


def test_each_installation_has_its_own_stack_and_stage() -> None:
    installations = tomllib.loads((ROOT / "samconfig.toml").read_text())
    installations.pop("version")

    for stage, commands in installations.items():
        parameters = commands["deploy"]["parameters"]
        assert parameters["stack_name"] == f"bridge-{stage}"
        assert f"Stage={stage}" in parameters["parameter_overrides"]
        assert "Mode=live" not in parameters["parameter_overrides"]
