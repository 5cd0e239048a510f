"""How fast the stand-ins answer, and what their records weigh: `python -m local.speed`.

Each stand-in runs in a process of its own. The client is this process: raw sockets that are kept
open, one request at a time on each, so that it costs little beside what it measures. The last
column says how many requests the stand-in answers in a second of its own processor time, which
other work on the machine does not change (Linux alone tells it).
"""

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

_ROOT = Path(__file__).parents[1]
_HEADERS = "host: 127.0.0.1\r\nauthorization: Bearer at-0\r\naccept: application/json\r\n\r\n"


@dataclass(frozen=True)
class Case:
    """A request that is sent again and again."""

    name: str
    path: str

    @property
    def bytes(self) -> bytes:
        """Return the request as it goes over the wire."""
        return f"GET {self.path} HTTP/1.1\r\n{_HEADERS}".encode()


def _quickbooks_cases() -> list[Case]:
    base = "/v3/company/1"
    by_name = quote("select * from Customer where DisplayName = 'Cool Cars'")
    by_time = quote("select * from Customer where MetaData.LastUpdatedTime >= '2999-01-01'")
    return [
        Case("read", f"{base}/customer/3"),
        Case("query by name", f"{base}/query?query={by_name}"),
        Case("query by time", f"{base}/query?query={by_time}"),
    ]


def _salesforce_cases(record_id: str) -> list[Case]:
    base = "/services/data/v64.0"
    by_id = quote(f"SELECT Id, Name, Phone FROM Account WHERE Id = '{record_id}'")  # noqa: S608 - ours
    return [
        Case("read", f"{base}/sobjects/Account/{record_id}"),
        Case("query by id", f"{base}/query?q={by_id}"),
    ]


class Client:
    """A few connections that are kept, each with one request under way."""

    def __init__(self, port: int, connections: int) -> None:
        address = ("127.0.0.1", port)
        self._sockets = [socket.create_connection(address) for _ in range(connections)]

    def ask(self, case: Case, seconds: float) -> tuple[int, float]:
        """Ask for some seconds; return the number of answers, each a 200, and the seconds."""
        count, began, request = 0, time.perf_counter(), case.bytes
        while (took := time.perf_counter() - began) < seconds:
            for each in self._sockets:
                each.sendall(request)
            for each in self._sockets:
                body(each)
            count += len(self._sockets)
        return count, took

    def close(self) -> None:
        """Close the connections."""
        for each in self._sockets:
            each.close()


def body(connection: socket.socket) -> bytes:
    """Read one answer and return its body.

    Raises:
        SystemExit: it is not a 200.
    """
    received = connection.recv(65536)
    head, _, rest = received.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(head.decode())
    length = int(head.lower().rpartition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(rest) < length:
        rest += connection.recv(65536)
    return rest


@dataclass(frozen=True)
class Program:
    """A stand-in that runs: where it listens, and its process."""

    port: int
    pid: int

    def processor_s(self) -> float | None:
        """Return the processor time that it has used; None where the system does not tell."""
        stat = Path(f"/proc/{self.pid}/stat")
        if not stat.exists():
            return None
        user, system = stat.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def running(name: str, *arguments: str) -> Iterator[Program]:
    """Run a stand-in."""
    command = [sys.executable, "-m", f"local.simulators.{name}", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as process:
        assert process.stdout  # noqa: S101 - it was asked for above
        try:
            url = json.loads(process.stdout.readline())["url"]
            yield Program(int(url.rpartition(":")[2]), process.pid)
        finally:
            process.terminate()


def _measure(name: str, program: Program, cases: list[Case], seconds: float) -> None:
    for case in cases:
        columns = []
        for connections in (1, 8):
            client = Client(program.port, connections)
            client.ask(case, seconds / 4)
            before = program.processor_s()
            count, took = client.ask(case, seconds)
            used = (program.processor_s() or 0) - (before or 0)
            client.close()
            columns.append(f"{count / took:>9,.0f}")
        own = f"{count / used:>9,.0f}" if used else f"{'-':>9}"
        print(f"{name:<12} {case.name:<16} {columns[0]} {columns[1]} {own}")


def _first_account(port: int) -> str:
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(Case("all", "/_admin/records/Account").bytes)
    found = json.loads(body(client))[0]["Id"]
    client.close()
    return str(found)


_WEIGH_QUICKBOOKS = """
from local.simulators.quickbooks.app import QuickBooks, Setup
stand_in = QuickBooks(Setup(is_empty=True))
def record(n):
    return {"realm": "1", "action": "create", "entity": "Customer", "fields": {
        "DisplayName": f"Customer {n}", "GivenName": f"Ann {n}",
        "PrimaryPhone": {"FreeFormNumber": f"555 {n}"},
        "PrimaryEmailAddr": {"Address": f"ann{n}@example.com"},
        "BillAddr": {"Line1": f"{n} Main Street", "City": "Bayshore"}}}
"""
_WEIGH_SALESFORCE = """
from local.simulators.salesforce.app import Salesforce, Settings
stand_in = Salesforce(Settings(is_empty=True))
def record(n):
    return {"action": "create", "object": "Account", "fields": {
        "Name": f"Customer {n}", "Phone": f"555 {n}",
        "BillingStreet": f"{n} Main Street", "BillingCity": "Bayshore"}}
"""
_WEIGH = """
import json, resource, time
from local.simulators.server import Request
count = {count}
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
for n in range(count):
    request = Request("POST", "/_admin/person", body=json.dumps(record(n)).encode())
    assert stand_in.handle(request).status == 200
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 * 100_000 / count
print(f"{{grown:,.0f}} MB, {{count / (time.perf_counter() - began):,.0f}} a second")
"""


def _weigh(name: str, prepare: str, count: int) -> None:
    command = [sys.executable, "-c", prepare + _WEIGH.format(count=count)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=_ROOT).stdout
    print(f"{name:<12} 100,000 records  {said.strip()} made in process")


def main() -> None:
    """Print requests per second and the memory of 100,000 records."""
    parser = argparse.ArgumentParser(prog="python -m local.speed", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="per measurement")
    parser.add_argument("--records", type=int, default=100_000, help="made for the memory")
    options = parser.parse_args()
    print(f"{'requests a second':<29} {'1 socket':>9} {'8 sockets':>9} {'own core':>9}")
    with running("quickbooks", "--throttling", "measured") as program:
        _measure("QuickBooks", program, _quickbooks_cases(), options.seconds)
    with running("salesforce") as program:
        cases = _salesforce_cases(_first_account(program.port))
        _measure("Salesforce", program, cases, options.seconds)
    _weigh("QuickBooks", _WEIGH_QUICKBOOKS, options.records)
    _weigh("Salesforce", _WEIGH_SALESFORCE, options.records)


if __name__ == "__main__":
    main()
