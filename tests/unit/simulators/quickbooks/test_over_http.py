"""The stand-in as a program: over real sockets, with its courier, from the command line."""

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from intuitlib.client import AuthClient

from local.simulators.quickbooks.app import QuickBooks
from local.simulators.quickbooks.events import signature
from local.simulators.server import Request, Response, Server

ROOT = Path(__file__).parents[4]


class Receiver:
    """A webhook endpoint that keeps what it gets and answers as it is told."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.statuses: list[int] = []
        self.delay_s = 0.0

    def handle(self, request: Request) -> Response:
        """Keep a post and answer with the next status, or 200."""
        self.seen.append(request)
        status = self.statuses.pop(0) if self.statuses else 200
        return Response(status, delay_s=self.delay_s)


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    target = Receiver()
    with Server(target.handle) as server:
        yield target, f"{server.url}/hook?a=1"


@pytest.fixture
def app() -> Iterator[QuickBooks]:
    quickbooks = QuickBooks()
    quickbooks.start()
    yield quickbooks
    quickbooks.stop()


def _wait_for(condition: Callable[[], object], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def _admin(app: QuickBooks, path: str, body: dict[str, Any]) -> None:
    app.handle(Request("POST", f"/_admin/{path}", body=json.dumps(body).encode()))


def _read(url: str, realm: str, token: str, record_id: str) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    address = f"{url}/v3/company/{realm}/customer/{record_id}"
    return requests.get(address, headers=headers, timeout=5).json()


def _edit(app: QuickBooks, notes: str) -> None:
    _admin(
        app,
        "person",
        {
            "realm": "1",
            "action": "update",
            "entity": "Customer",
            "id": "3",
            "fields": {"Notes": notes},
        },
    )


def test_change_is_delivered_signed(app: QuickBooks, receiver: tuple[Receiver, str]) -> None:
    target, url = receiver
    _admin(app, "webhooks", {"url": url, "verifier_token": "v"})

    _edit(app, "x")
    _wait_for(lambda: target.seen)

    post = target.seen[0]
    assert (post.method, post.path, post.query) == ("POST", "/hook", {"a": "1"})
    assert post.headers["intuit-signature"] == signature(post.body, "v")
    _wait_for(lambda: app.mailbox.pending == 0)


def test_refused_and_slow_posts_come_again(app: QuickBooks, receiver: tuple[Receiver, str]) -> None:
    target, url = receiver
    target.statuses = [500]
    _admin(app, "webhooks", {"url": url, "retry_scale": 0.001, "timeout_s": 0.2})

    _edit(app, "x")
    _wait_for(lambda: len(target.seen) == 2)
    target.delay_s = 0.5
    _edit(app, "y")
    _wait_for(lambda: len(target.seen) == 3)
    target.delay_s = 0.0
    _wait_for(lambda: app.mailbox.pending == 0)

    attempts = [each["attempts"] for each in app.mailbox.deliveries()["deliveries"]]
    assert [each["status"] for each in attempts[0]] == [500, 200]
    assert attempts[1][0]["error"] == "TimeoutError"
    assert attempts[1][-1]["status"] == 200


def test_held_posts_go_out_when_released(app: QuickBooks, receiver: tuple[Receiver, str]) -> None:
    target, url = receiver
    _admin(app, "webhooks", {"url": url, "hold": True})
    _edit(app, "x")
    _edit(app, "y")

    _admin(app, "webhooks", {"hold": False})
    _wait_for(lambda: app.mailbox.pending == 0)

    assert len(json.loads(target.seen[0].body)) == 2


def test_intuits_own_library_refreshes_against_it() -> None:
    with Server(QuickBooks().handle) as server:
        discovery = f"{server.url}/.well-known/openid_configuration"
        library = AuthClient("cid", "sec", "https://app.example", discovery, refresh_token="rt-0")

        library.refresh()
        library.close()

        reply = _read(server.url, "1", str(library.access_token), "3")
        assert reply["Customer"]["DisplayName"] == "Cool Cars"


def test_faults_drop_the_connection_over_http() -> None:
    with Server(QuickBooks().handle) as server:
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        fault = json.dumps({"match": {"kind": "read"}, "effect": {"drop": "before"}})
        client.request("POST", "/_admin/faults", fault)
        client.getresponse().read()

        client.request("GET", "/v3/company/1/customer/3")
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            client.getresponse()
        client.close()


def test_command_line_says_when_it_is_ready_and_stops_on_a_signal() -> None:
    command = [
        sys.executable,
        "-m",
        "local.simulators.quickbooks",
        "--port",
        "0",
        "--realm",
        "9",
        "--access-token",
        "mine",
        "--empty",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        answer = _read(ready["url"], "9", "mine", "1")
        switches = requests.get(f"{ready['url']}/_admin/switches", timeout=5).json()
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=5) == 0
        assert ready["realms"] == ["9"]
        assert answer["Fault"]["Error"][0]["code"] == "610"
        assert switches["throttling"] == "enforced"
