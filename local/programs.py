"""The programs of the stage: where they listen, how they start, and that none is left behind."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Self

from local.processes import ROOT, clean_environment, is_free, signal_group, tail, wait_until

# In the environment of everything that a stage starts, and of what that starts.
MARK = "BRIDGE_STAGE"
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0


class StageError(Exception):
    """The stage could not be set up, or did not come to rest; the message says why."""


@dataclass(frozen=True)
class Ports:
    """Where everything listens on 127.0.0.1; 0 takes a free port."""

    quickbooks: int = 0
    salesforce: int = 0
    salesforce_tls: int = 0
    emulator: int = 0

    @classmethod
    def following(cls, base: int) -> Self:
        """Return four ports from a base on.

        Raises:
            StageError: one of them is in use.
        """
        ports = cls(base, base + 1, base + 2, base + 3)
        for port in range(base, base + 4):
            if not is_free(port):
                raise StageError(f"port {port} is in use: PORT_BASE=... chooses others")
        return ports


class Program:
    """A stand-in in a process of its own; its first line of output says where it listens."""

    def __init__(self, name: str, arguments: list[str], log: Path, mark: str) -> None:
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"local.simulators.{name}", *arguments],
                env={**clean_environment(), MARK: mark},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for us; we end it when we no longer need it.
                start_new_session=True,
            )

    def announcement(self) -> dict[str, Any]:
        """Wait until it is ready and return what it announces.

        Raises:
            StageError: it ended instead.
            LocalAwsError: it took too long.
        """
        wait_until(self._has_spoken, START_TIMEOUT_S, f"{self._log.stem} did not start")
        announced: dict[str, Any] = json.loads(self._log.read_text().partition("\n")[0])
        return announced

    def stop(self) -> None:
        """End it."""
        signal_group(self._process, signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            signal_group(self._process, signal.SIGKILL)
            self._process.wait(STOP_TIMEOUT_S)

    def _has_spoken(self) -> bool:
        has_ended = self._process.poll() is not None
        text = self._log.read_text()
        if has_ended:
            raise StageError(f"{self._log.stem} ended at once:\n{tail(text)}")
        # Anything else than JSON is a complaint: the program is about to end.
        return text.startswith("{") and "\n" in text


def free_port() -> int:
    """Return a port of the loopback interface on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def left_behind(mark: str) -> list[int]:
    """Return the processes that a stage with this mark has started and that are still running.

    Looks where the system shows the environment of processes (Linux); elsewhere nothing is found.
    """
    wanted = f"{MARK}={mark}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Turn SIGTERM into what Ctrl-C does, so that everything is ended on the way out."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def signals_ignored() -> Iterator[None]:
    """Let nothing interrupt what is done inside."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
