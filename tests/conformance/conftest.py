"""The stand-ins on real ports for the vendors' own clients, and the table at the end of the run."""

import json
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.conformance.recordings import REPORT, Report
from tests.conformance.table import NOT_RUN, Table

ROOT = Path(__file__).parents[2]
START_S = 30
LONGEST_REASON = 400
_TABLE = pytest.StashKey[Table]()


@dataclass(frozen=True)
class StandIn:
    """A stand-in that runs; `authority` is the file that its TLS certificate is trusted by."""

    url: str
    authority: Path | None = None
    key: rsa.RSAPrivateKey | None = None

    def admin(self, path: str, body: object = None) -> object:
        """Ask the admin face for something."""
        verify = str(self.authority) if self.authority else True
        url = f"{self.url}/_admin/{path}"
        if body is None:
            answer = requests.get(url, verify=verify, timeout=10)
        else:
            answer = requests.post(url, json=body, verify=verify, timeout=10)
        assert answer.ok, answer.text
        return answer.json()


@contextmanager
def _running(name: str, *options: str) -> Iterator[dict[str, Any]]:
    """Start a stand-in as anyone would, and give what it says when it is ready."""
    command = [sys.executable, "-m", f"local.simulators.{name}", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        watch = threading.Timer(START_S, process.kill)
        watch.start()
        assert process.stdout is not None
        said = process.stdout.readline()
        watch.cancel()
        assert said, f"{name} did not start"
        yield json.loads(said)
        process.terminate()
        process.wait(timeout=START_S)


@pytest.fixture(scope="session")
def quickbooks_server() -> Iterator[StandIn]:
    """QuickBooks Online on a port, with its sample company."""
    with _running("quickbooks") as said:
        yield StandIn(said["url"])


@pytest.fixture
def quickbooks(quickbooks_server: StandIn) -> StandIn:
    """QuickBooks Online as it was at the start."""
    quickbooks_server.admin("reset", {})
    return quickbooks_server


@pytest.fixture(scope="session")
def salesforce_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """Salesforce on a port with TLS, trusted by an authority made for this run."""
    folder = tmp_path_factory.mktemp("salesforce")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "app.pem").write_bytes(public)
    objects = Path(__file__).with_name("objects.json")
    options = ("--tls-port", "0", "--tls-ca-dir", str(folder), "--custom-fields", str(objects))
    with _running("salesforce", *options, "--jwt-public-key", str(folder / "app.pem")) as said:
        yield StandIn(said["tls_url"], Path(said["ca"]), key)


@pytest.fixture
def salesforce(salesforce_server: StandIn) -> StandIn:
    """Salesforce as it was at the start."""
    salesforce_server.admin("reset", {})
    return salesforce_server


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known, and begin the table."""
    config.addinivalue_line("markers", "conformance(client, case): one row of the table")
    config.stash[_TABLE] = Table()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Enter what became of a marked test."""
    report = yield
    mark = item.get_closest_marker("conformance")
    if mark is None or (report.when != "call" and report.passed):
        return report
    client, case = mark.args
    item.config.stash[_TABLE].add(client, case, *_outcome(report))
    return report


def _outcome(report: pytest.TestReport) -> tuple[str, str]:
    if hasattr(report, "wasxfail"):
        return "failed", report.wasxfail
    if report.skipped:
        assert isinstance(report.longrepr, tuple)
        return NOT_RUN, report.longrepr[2].removeprefix("Skipped: ")
    if report.passed:
        return "passed", ""
    crash = getattr(report.longrepr, "reprcrash", None)
    return "FAILED", (crash.message if crash else str(report.longrepr))[:LONGEST_REASON]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of conformance and the lists of recorded replies."""
    table = terminalreporter.config.stash.get(_TABLE, None)
    if table and table.cells:
        terminalreporter.section("conformance of the stand-ins, by client and case")
        for line in table.lines():
            terminalreporter.line(line)
    report: Report | None = terminalreporter.config.stash.get(REPORT, None)
    if report and not report.is_empty:
        terminalreporter.section("recorded replies")
        for line in report.lines():
            terminalreporter.line(line)
