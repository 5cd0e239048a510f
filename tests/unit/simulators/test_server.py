"""The loopback server: what arrives at a handler, and what a client gets back."""

import gzip
import http.client
import json
import socket
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest

from local.simulators.server import Request, Response, Server


def _echo(request: Request) -> Response:
    if request.path == "/drop":
        return Response(drop=True)
    if request.path == "/late":
        return Response(200, b"late", delay_s=0.15)
    if request.path == "/broken":
        raise RuntimeError("a fault in the handler")
    return Response.json(
        {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "header": request.headers.get("x-mixed-case"),
            "body": request.body.decode(),
        }
    )


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(_echo) as running:
        yield running


@pytest.fixture
def connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    yield client
    client.close()


def test_path_stays_encoded_and_query_is_decoded(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/a%20b?q=x%2By&q=last", headers={"X-Mixed-Case": "v"})

    seen = json.load(connection.getresponse())

    assert seen["path"] == "/a%20b"
    assert seen["query"] == {"q": "last"}
    assert seen["header"] == "v"


def test_chunked_body_arrives_whole(connection: http.client.HTTPConnection) -> None:
    connection.request(
        "POST",
        "/",
        body=iter([b"one ", b"two"]),
        encode_chunked=True,
        headers={"Transfer-Encoding": "chunked"},
    )

    assert json.load(connection.getresponse())["body"] == "one two"


def test_gzip_body_arrives_plain(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/", gzip.compress(b"plain"), {"Content-Encoding": "gzip"})

    assert json.load(connection.getresponse())["body"] == "plain"


def test_long_answer_is_packed_only_for_a_client_that_can_unpack_it(
    connection: http.client.HTTPConnection,
) -> None:
    text = "a" * 2000
    seen = []
    for headers in ({}, {"Accept-Encoding": "gzip, deflate"}):
        connection.request("POST", "/", text, headers)
        answer = connection.getresponse()
        seen.append((answer.headers["content-encoding"], answer.read()))

    (_, plain), (encoding, packed) = seen
    assert (seen[0][0], encoding) == (None, "gzip")
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain)


def test_connection_is_kept_for_many_requests(connection: http.client.HTTPConnection) -> None:
    for _ in range(3):
        connection.request("GET", "/")
        connection.getresponse().read()
        held = connection.sock

    assert held is connection.sock
    assert held is not None


def test_pipelined_requests_are_answered_in_their_order(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(
            b"GET /late HTTP/1.1\r\nhost: a\r\n\r\nGET /b HTTP/1.1\r\nhost: a\r\n"
            b"connection: close\r\n\r\n"
        )
        answers = b""
        while part := client.recv(65536):
            answers += part

    assert answers.index(b"late") < answers.index(b'"path":"/b"')


def test_late_answer_does_not_hold_up_other_connections(server: Server) -> None:
    slow = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    quick = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    began = time.monotonic()

    slow.request("GET", "/late")
    quick.request("GET", "/")
    quick.getresponse().read()
    quick_took = time.monotonic() - began
    slow.getresponse().read()
    slow_took = time.monotonic() - began

    assert quick_took < 0.15 <= slow_took
    slow.close()
    quick.close()


def test_drop_closes_without_an_answer(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/drop")

    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        connection.getresponse()


def test_fault_in_the_handler_is_a_500_and_not_the_end(
    connection: http.client.HTTPConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    connection.request("GET", "/broken")
    first = connection.getresponse()
    first.read()
    connection.request("GET", "/")

    assert first.status == 500
    assert connection.getresponse().status == 200
    assert "a fault in the handler" in capsys.readouterr().err


def test_malformed_request_is_refused(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(b"NONSENSE\r\n\r\n")

        assert client.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_decimals_are_written_with_exactly_their_digits() -> None:
    body = Response.json({"a": Decimal("1.10"), "b": [Decimal("0.1"), 3], "c": "1.10"}).body

    assert body == b'{"a":1.10,"b":[0.1,3],"c":"1.10"}'


def test_stopped_server_gives_its_port_free() -> None:
    with Server(_echo) as first:
        port = first.port

    with Server(_echo, port=port) as second:
        assert second.port == port
