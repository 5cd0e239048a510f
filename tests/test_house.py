"""The plan of the house as a test: what the import contracts cannot say."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BRIDGE = ROOT / "layers" / "shared" / "bridge"
PRODUCT = ("layers", "functions")

TOP_LEVEL = {
    *(".ci", ".editorconfig", ".gitattributes", ".gitignore", "CHANGELOG.md", "LICENSE"),
    *("Makefile", "README.md", "docs", "events", "functions", "layers", "local"),
    *("pyproject.toml", "requirements", "salesforce", "samconfig.toml", "template.yaml", "tests"),
}
ROOMS = {
    "core": {
        *("canonical", "conversions", "decide", "decision", "fingerprint", "intents", "lines"),
        *("conditions", "levels", "line_changes", "missing", "naming", "sides", "soundness"),
        *("documents", "endings", "line_entries", "line_merge", "line_pairs", "own_lines"),
        *("mapping", "merge", "messages", "parts", "references", "unlinked"),
        *("notes", "rules", "totals"),
    },
    "flows": {
        *("activity", "ports", "receive_changes", "sync_records", "connection"),
        *(
            "arrive",
            "gather",
            "load",
            "cases",
            "companies",
            "commit",
            "create",
            "update",
            "link",
            "merges",
        ),
        *("born", "bring", "companies", "match", "recover", "references"),
        *("trouble", "report", "losses", "sharing", "touch", "writes", "documents", "line_writes"),
        *("names", "operate", "preview", "totals"),
    },
    "quickbooks": {
        *("webhook", "client", "faults", "oauth"),
        *("calls", "derived", "markers", "queries", "records", "writes"),
        *("custom_fields", "lists", "properties", "standing"),
    },
    "salesforce": {
        *("webhook", "client", "faults", "oauth"),
        *("connection", "describe", "ids", "records", "schema", "soql", "steps", "trees"),
        *("parents", "writing"),
    },
    "store": {
        *("cross_references", "outcomes", "tokens", "queue"),
        *("budgets", "connections", "deletions", "faults", "rows", "secrets", "tries"),
    },
    "": {
        *("model", "errors", "observability", "settings", "mapping_entries", "mapping_files"),
        *("lambda_events", "transport", "wiring", "commands", "schemas"),
    },
}

FUNCTION_LINES = 30
DOOR_LINES = 40
FILE_LINES = 300
# Each entry is one thing that a split would only hide.
LONGER_FUNCTIONS: dict[str, int] = {
    # One key of the vendor's answer per line.
    "local/simulators/salesforce/describe.py:describe_field": 50,
}
LONGER_FILES: dict[str, int] = {
    # The one vocabulary of the bridge.
    "layers/shared/bridge/model.py": 440,
    # The one place that builds things.
    "layers/shared/bridge/wiring.py": 340,
}

MODULE_WORDS = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}
CLASS_ENDINGS = ("Manager", "Processor", "Helper", "Impl", "Base")
VARIABLES = {"data", "info", "obj"}


def tracked_files() -> list[Path]:
    """Return the files that belong to the repository, committed or about to be."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listing.stdout.splitlines() if (path := ROOT / name).is_file()]


FILES = tracked_files()
SOURCES = [
    path
    for path in FILES
    if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in (*PRODUCT, "local")
]


def name_of(path: Path) -> str:
    """Return a file's path as it is written in the repository."""
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a source file."""
    return ast.parse(path.read_text())


def functions_in(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Find every function of a file, methods too."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_nothing_stands_outside_the_plan() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in FILES} <= TOP_LEVEL


def test_every_module_of_bridge_is_in_the_plan() -> None:
    modules: dict[str, set[str]] = {room: set() for room in ROOMS}
    for path in BRIDGE.rglob("*.py"):
        if path.name != "__init__.py":
            room = path.parent.relative_to(BRIDGE).as_posix().removeprefix(".")
            modules.setdefault(room, set()).add(path.stem)

    assert modules == ROOMS


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_file_and_functions_stay_small(path: Path) -> None:
    name = name_of(path)
    lines = len(path.read_text().splitlines())

    limit = DOOR_LINES if name.startswith("functions/") else FILE_LINES
    assert lines <= LONGER_FILES.get(name, limit)
    for function in functions_in(path):
        key = f"{name}:{function.name}"
        assert length(function) <= LONGER_FUNCTIONS.get(key, FUNCTION_LINES), key


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its docstring."""
    documented = ast.get_docstring(function, clean=False)
    docstring = len(documented.splitlines()) if documented else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_module_and_everything_public_says_what_it_is_for(path: Path) -> None:
    tree = parsed(path)
    definitions = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    public = [
        node
        for scope in ast.walk(tree)
        if isinstance(scope, ast.Module | ast.ClassDef) and not is_private(scope)
        for node in scope.body
        if isinstance(node, definitions) and not node.name.startswith("_")
    ]

    assert ast.get_docstring(tree), "the module has no docstring"
    assert [node.name for node in public if not ast.get_docstring(node)] == []


def is_private(scope: ast.AST) -> bool:
    """Say whether what a scope holds is nobody else's business."""
    return isinstance(scope, ast.ClassDef) and scope.name.startswith("_")


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_names_say_what_a_thing_is(path: Path) -> None:
    names = {
        node.id
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    names |= {node.arg for node in ast.walk(parsed(path)) if isinstance(node, ast.arg)}
    classes = [node.name for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef)]

    assert path.stem not in MODULE_WORDS
    assert not names & VARIABLES
    assert [name for name in classes if name.endswith(CLASS_ENDINGS)] == []


@pytest.mark.parametrize("path", sorted(BRIDGE.rglob("*.py")), ids=name_of)
def test_clock_chance_and_environment_are_handed_in(path: Path) -> None:
    attributes = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }

    if path.name != "wiring.py":
        assert not attributes & {
            *("datetime.now", "datetime.utcnow", "date.today", "time.time", "time.sleep"),
            *("uuid.uuid4", "random.random", "random.uniform", "secrets.token_hex"),
        }
    if path.name != "settings.py":
        assert not attributes & {"os.environ", "os.getenv"}


def test_functions_have_no_package_and_tests_no_mocks() -> None:
    names = [name_of(path) for path in FILES]
    tests = [path for path in FILES if name_of(path).startswith("tests/") and path.suffix == ".py"]

    assert not [n for n in names if n.startswith("functions/") and n.endswith("__init__.py")]
    for path in tests:
        imported = {
            name
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (getattr(node, "module", None), *(alias.name for alias in node.names))
        }
        assert not imported & {"unittest.mock", "mock", "pytest_mock"}, name_of(path)


def test_nothing_names_a_path_of_somebodys_machine() -> None:
    # In parts, so that this line does not find itself.
    homes = re.compile(r"(?<![\w.])/(?:" + "|".join(["home", "root", "Users", "work"]) + r")/\w")

    for path in FILES:
        found = homes.search(path.read_text(errors="ignore"))
        assert not found, f"{name_of(path)}: {found and found[0]}"


def test_requirements_are_hashed_and_name_no_host() -> None:
    for path in FILES:
        if not re.fullmatch(r".*requirements(/\w+)?\.txt", name_of(path)):
            continue
        text = path.read_text()
        assert "://" not in text, name_of(path)
        assert not re.search(r"^--?[a-z]", text, re.MULTILINE), name_of(path)
        for requirement in re.findall(r"^\w[^\n]*\n", text, re.MULTILINE):
            assert requirement.endswith("\\\n"), f"{name_of(path)}: {requirement} has no hash"
