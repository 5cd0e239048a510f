"""Starts and ends the programs of the tool chain, and waits for what they bring about."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
REGION = "us-east-1"


class LocalAwsError(Exception):
    """The emulator did not start, or the template could not be built or deployed to it."""


def clean_environment() -> dict[str, str]:
    """Return this process's environment without anything that could name a real account."""
    foreign = ("AWS_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PYTHONPATH", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {"AWS_DEFAULT_REGION": REGION, "SAM_CLI_TELEMETRY": "0"}


def run(command: list[str], environment: Mapping[str, str]) -> None:
    """Run a command of the tool chain to its end.

    Raises:
        LocalAwsError: it failed; the message ends with what it printed.
    """
    result = subprocess.run(
        command,
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        words = " ".join([Path(command[0]).name, *command[1:2]])
        raise LocalAwsError(f"{words} failed:\n{tail(result.stdout)}")


def wait_until(condition: Callable[[], bool], timeout_s: float, complaint: str) -> None:
    """Wait for a condition to become true.

    Raises:
        LocalAwsError: the time is over; the message is the complaint.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise LocalAwsError(f"{complaint} within {timeout_s:g} s")
        time.sleep(0.05)


def is_free(port: int) -> bool:
    """Say whether nobody listens on a port of the loopback interface."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a process that leads its group, and to everything it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def tail(text: str, lines: int = 30) -> str:
    """Return the last lines of what a command printed."""
    return "\n".join(text.splitlines()[-lines:])
