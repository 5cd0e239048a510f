"""Runs the cases of a JavaScript client in Node and brings back what became of each."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("js")
_LONGEST_INSTALLATION_S = 150
_LONGEST_RUN_S = 90
_NO_NETWORK = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH")


def titles(module: str) -> list[str]:
    """Read the titles of a module's cases, in its order."""
    source = (FOLDER / f"{module}.js").read_text("utf-8")
    return re.findall(r"^play\('(.+?)',", source, re.MULTILINE)


def version(package: str) -> str:
    """Return the version of a package that is to be installed."""
    declared = json.loads((FOLDER / "package.json").read_text("utf-8"))
    return str(declared["dependencies"][package])


def prepare() -> None:
    """Install the clients as the lock says, unless that was done; skip where Node is absent."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not on this machine")
    lock = (FOLDER / "package-lock.json").read_bytes()
    stamp = FOLDER / "node_modules" / ".installed"
    digest = hashlib.sha256(lock).hexdigest()
    if stamp.is_file() and stamp.read_text() == digest:
        return
    # The packages' own scripts only ask for donations.
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, timeout=_LONGEST_INSTALLATION_S
    )
    if any(code in done.stderr for code in _NO_NETWORK):
        pytest.skip("the JavaScript clients are not installed, and there is no package registry")
    assert done.returncode == 0, done.stderr
    stamp.write_text(digest)


def run(module: str, url: str, authority: Path | None = None) -> dict[str, str]:
    """Play every case of a module; return the reason of failure by title, empty if it passed."""
    environment = dict(os.environ)
    if authority:
        environment["NODE_EXTRA_CA_CERTS"] = str(authority)
    done = subprocess.run(
        ["node", "run.js", module, url],
        cwd=FOLDER,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_LONGEST_RUN_S,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"case":')]
    played = {each["case"]: each["reason"] for each in map(json.loads, lines)}
    assert played, f"node said: {done.stdout}{done.stderr}"
    return played


def judge(played: dict[str, str], title: str) -> None:
    """Fail with the reason of a case that did not pass."""
    reason = played.get(title, "node ended before this case")
    if reason:
        pytest.fail(reason, pytrace=False)


def as_parameters(client: str, module: str, own_faults: dict[str, str]) -> list[object]:
    """Return a module's cases as parameters of a test.

    `own_faults` holds the reason for each case where the client itself is known to be wrong.
    """
    unknown = set(own_faults) - set(titles(module))
    assert not unknown, f"no such case: {unknown}"
    parameters: list[object] = []
    for title in titles(module):
        marks = [pytest.mark.conformance(client, title)]
        if title in own_faults:
            marks.append(pytest.mark.xfail(reason=own_faults[title], strict=True))
        parameters.append(pytest.param(title, marks=marks, id=title.replace(" ", "-")))
    return parameters
