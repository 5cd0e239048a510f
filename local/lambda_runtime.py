"""Runs a built function as AWS does: the real runtime interface client, and nothing but the layers.

The emulator lends its own packages to the handlers and never hands over more than ten messages;
here a function has only what was built, and takes any event.
"""

import http.server
import json
import os
import queue
import subprocess
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parent.parent
RUNTIME_PYTHON = ROOT / ".tools" / "runtime" / "bin" / "python"
FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"
START_TIMEOUT_S = 30.0


class FunctionError(Exception):
    """The function did not start, raised, or took too long; the message is what Lambda reports."""


class RuntimeApi(http.server.ThreadingHTTPServer):
    """The Lambda Runtime API for one process of one function.

    AWS: lambda/latest/dg/runtimes-api.html.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), RuntimeApiRequest)
        self.events: queue.Queue[tuple[str, bytes, float]] = queue.Queue()
        self.results: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.is_ready = threading.Event()
        self.init_error: str | None = None
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing where the process at the other end was ended while it waited."""


class RuntimeApiRequest(http.server.BaseHTTPRequestHandler):
    """One call of the runtime interface client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: RuntimeApi

    def do_GET(self) -> None:
        """Hand over the next event, when there is one."""
        self.server.is_ready.set()
        request_id, payload, deadline = self.server.events.get()
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": FUNCTION_ARN,
        }
        self._answer(200, payload, headers)

    def do_POST(self) -> None:
        """Take the result of an event, its error, or the error of the start."""
        body = self._body()
        if self.path.endswith("/init/error"):
            self.server.init_error = body.decode()
            self.server.is_ready.set()
        else:
            self.server.results.put((self.path.rsplit("/", 1)[1], body))
        self._answer(202, b'{"status":"OK"}', {})

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing for each call."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class FunctionProcess:
    """One process of a built function under the runtime interface client; a context manager.

    `function_name` is its name in the template, `environment` what Lambda would set for it.
    `init_ms` is the time from the start of the process to its readiness.

    Raises:
        FunctionError: the function cannot be imported.
    """

    def __init__(
        self,
        function_name: str,
        build_dir: Path,
        environment: Mapping[str, str],
        *,
        timeout_s: float = 60.0,
    ) -> None:
        self.timeout_s = timeout_s
        self._api = RuntimeApi()
        task_root = (build_dir / function_name).resolve()
        settings = lambda_settings(function_name, task_root, build_dir)
        settings["AWS_LAMBDA_RUNTIME_API"] = f"127.0.0.1:{self._api.server_port}"
        started = time.perf_counter()
        self._process = subprocess.Popen(
            [RUNTIME_PYTHON, "-m", "awslambdaric", "app.handler"],
            env=settings | dict(environment),
            cwd=task_root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.output: list[str] = []
        self._reader = threading.Thread(target=self._read_output, daemon=True)
        self._reader.start()
        try:
            self._wait_until_ready()
        except FunctionError:
            self.close()
            raise
        self.init_ms = (time.perf_counter() - started) * 1000

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def invoke(self, event: object) -> Any:
        """Hand the function an event and return its result.

        Raises:
            FunctionError: it raised, died, or was ended because its time was over.
        """
        deadline = time.time() + self.timeout_s
        self._api.events.put((str(uuid.uuid4()), json.dumps(event).encode(), deadline))
        while True:
            try:
                kind, body = self._api.results.get(timeout=0.05)
                break
            except queue.Empty:
                self._check_alive(deadline)
        if kind == "error":
            raise FunctionError(body.decode())
        return json.loads(body or b"null")

    def close(self) -> None:
        """End the process and its Runtime API."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._api.shutdown()
        self._api.server_close()

    def _check_alive(self, deadline: float) -> None:
        if self._process.poll() is not None:
            raise FunctionError(f"the process ended with {self._process.returncode}")
        if time.time() > deadline:
            self._process.kill()
            raise FunctionError(f"timed out after {self.timeout_s:g} s")

    def _wait_until_ready(self) -> None:
        deadline = time.time() + START_TIMEOUT_S
        while not self._api.is_ready.wait(0.005):
            self._check_alive(deadline)
        if self._api.init_error:
            raise FunctionError(self._api.init_error)

    def _read_output(self) -> None:
        """Keep what the function prints: its log, line by line."""
        if self._process.stdout is None:
            return
        with self._process.stdout as lines:
            for line in lines:
                self.output.append(line.decode(errors="replace").rstrip())


def lambda_settings(function_name: str, task_root: Path, build_dir: Path) -> dict[str, str]:
    """Return the environment that Lambda itself sets, with every built layer on the path."""
    layers = sorted(build_dir.resolve().glob("*Layer"))
    return {
        "PATH": os.environ["PATH"],
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python",
        "AWS_LAMBDA_FUNCTION_NAME": function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(task_root),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join([str(task_root), *(str(p / "python") for p in layers)]),
        "_HANDLER": "app.handler",
    }
