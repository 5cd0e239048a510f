"""The AWS of this machine: starts the emulator, deploys the real template to it, mends its gaps.

The one place that knows which emulator that is (MiniStack), so that another one, or a real account,
can take its place.
"""

import contextlib
import fcntl
import http.client
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import boto3

from local.processes import (
    REGION,
    ROOT,
    LocalAwsError,
    clean_environment,
    is_free,
    run,
    signal_group,
    tail,
    wait_until,
)

BUILD_DIR = ROOT / ".aws-sam" / "local"
MINISTACK = ROOT / ".tools" / "ministack" / "bin" / "ministack"
SAM = ROOT / ".tools" / "sam" / "bin" / "sam"
STACK_NAME = "bridge-local"
ARTIFACTS_BUCKET = "artifacts"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0


class Stack:
    """The template, deployed to an emulator of its own; a context manager that stops it."""

    def __init__(self, port: int, environment: Mapping[str, str], work_dir: Path) -> None:
        self.port = port
        self.work_dir = work_dir.resolve()
        self.url = f"http://127.0.0.1:{port}"
        self.outputs: dict[str, str] = {}
        self._parameters: dict[str, str] = {}
        self._log = self.work_dir / "ministack.log"
        self._temporary = self.work_dir / "tmp"
        self._session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )
        self._process = self._start_emulator(environment)

    @classmethod
    def start(
        cls,
        port: int,
        parameters: Mapping[str, str],
        environment: Mapping[str, str],
        work_dir: Path,
    ) -> Self:
        """Build the template, start an emulator on `port` and deploy to it.

        `environment` is what the handlers need on this machine alone, such as REQUESTS_CA_BUNDLE:
        they inherit it from the emulator. `work_dir` takes the logs and what the emulator unpacks.

        Raises:
            LocalAwsError: one of the three failed; the message ends with what it printed.
        """
        build()
        if not is_free(port):
            raise LocalAwsError(f"port {port} is taken by another program")
        stack = cls(port, environment, work_dir)
        try:
            wait_until(stack._is_healthy, START_TIMEOUT_S, "the AWS emulator did not start")
            stack.client("s3").create_bucket(Bucket=ARTIFACTS_BUCKET)
            stack.deploy(parameters)
        except BaseException:
            stack.stop()
            raise
        return stack

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def deploy(self, parameters: Mapping[str, str]) -> None:
        """Deploy with these template parameters; those given before and not now stay."""
        self._parameters.update(parameters)
        overrides = self._parameters | runtime_parameters()
        run(
            [
                *(str(SAM), "deploy", "--template-file", str(BUILD_DIR / "template.yaml")),
                *("--stack-name", STACK_NAME, "--s3-bucket", ARTIFACTS_BUCKET),
                *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
                *("--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"),
                *("--parameter-overrides", *(f"{k}={v}" for k, v in overrides.items() if v)),
            ],
            clean_environment() | CREDENTIALS | {"AWS_ENDPOINT_URL": self.url},
        )
        description = self.client("cloudformation").describe_stacks(StackName=STACK_NAME)
        outputs = description["Stacks"][0]["Outputs"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in outputs}
        self._add_routes()

    def client(self, service: str) -> Any:
        """Return a boto3 client of the emulated service."""
        return self._session.client(service, endpoint_url=self.url)

    @property
    def host_header(self) -> str:
        """The Host header by which the HTTP API is known, where the path alone is sent."""
        return urlsplit(self.outputs["QuickBooksWebhookUrl"]).netloc

    def webhook_url(self, path: str) -> str:
        """Return an address of the HTTP API that needs no Host header and no name service."""
        api_id = self.host_header.split(".")[0]
        return f"{self.url}/_aws/execute-api/{api_id}{path}"

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Send a webhook to the HTTP API and return status and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", path, body, {**headers, "Host": self.host_header})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def put_secret(self, name: str, value: object) -> None:
        """Store a secret's value as JSON, by its name or by the name of its output."""
        self.client("secretsmanager").put_secret_value(
            SecretId=self.outputs.get(name, name), SecretString=json.dumps(value)
        )

    def invoke(self, function: str, payload: object) -> Any:
        """Invoke a function by the name of its output and return what it answers.

        Raises:
            LocalAwsError: the function raised; the message is the error as Lambda reports it.
        """
        answer = self.client("lambda").invoke(
            FunctionName=self.outputs[function], Payload=json.dumps(payload).encode()
        )
        result = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise LocalAwsError(json.dumps(result))
        return result

    def logs(self, function: str) -> list[str]:
        """Return what a function has logged, oldest first, by the name of its output."""
        configuration = self.client("lambda").get_function_configuration(
            FunctionName=self.outputs[function]
        )
        pages = (
            self.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=configuration["LoggingConfig"]["LogGroup"])
        )
        return [event["message"] for page in pages for event in page["events"]]

    def stop(self) -> None:
        """End the emulator with all processes it started, and remove what it unpacked."""
        if self._process.poll() is None:
            signal_group(self._process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_TIMEOUT_S)
        # Handlers live in the emulator's process group and may outlive it.
        signal_group(self._process, signal.SIGKILL)
        self._process.wait(STOP_TIMEOUT_S)
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _start_emulator(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        self._temporary.mkdir(parents=True, exist_ok=True)
        settings = {
            # Its defaults listen on every interface, and for MQTT and SFTP too.
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            "DOCKER_HOST": "",
            "TMPDIR": str(self._temporary),
        }
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [MINISTACK],
                env=clean_environment() | CREDENTIALS | settings | dict(environment),
                cwd=self.work_dir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _is_healthy(self) -> bool:
        if self._process.poll() is not None:
            raise LocalAwsError(f"the AWS emulator ended at once:\n{tail(self._log.read_text())}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/_ministack/health")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()

    def _add_routes(self) -> None:
        """Add the routes of the HTTP API, which the emulator's CloudFormation leaves out."""
        gateway = self.client("apigatewayv2")
        api_id = self.host_header.split(".")[0]
        existing = {route["RouteKey"] for route in gateway.get_routes(ApiId=api_id)["Items"]}
        for route_key, function in self._template_routes().items():
            if route_key in existing:
                continue
            arn = self.client("lambda").get_function_configuration(FunctionName=function)
            integration = gateway.create_integration(
                ApiId=api_id,
                IntegrationType="AWS_PROXY",
                IntegrationUri=arn["FunctionArn"],
                PayloadFormatVersion="2.0",
            )
            target = f"integrations/{integration['IntegrationId']}"
            gateway.create_route(ApiId=api_id, RouteKey=route_key, Target=target)

    def _template_routes(self) -> dict[str, str]:
        """Return the deployed function's name for each `METHOD /path` of the processed template."""
        reply = self.client("cloudformation").get_template(
            StackName=STACK_NAME, TemplateStage="Processed"
        )
        body = reply["TemplateBody"]
        template = json.loads(body) if isinstance(body, str) else body
        routes = {}
        for resource in template["Resources"].values():
            if resource["Type"] != "AWS::ApiGatewayV2::Api":
                continue
            for path, operations in resource["Properties"]["Body"]["paths"].items():
                for method, operation in operations.items():
                    uri = json.dumps(operation["x-amazon-apigateway-integration"]["uri"])
                    logical_id = re.search(r"\$\{(\w+)\.Arn\}", uri)
                    if logical_id:
                        routes[f"{method.upper()} {path}"] = self.outputs[logical_id[1]]
        return routes


def build() -> None:
    """Bring the local build of the template up to date; a second run does nothing."""
    # A make above this one must not hand its flags down.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    BUILD_DIR.parent.mkdir(exist_ok=True)
    # Two builds at once would remove each other's files.
    with (BUILD_DIR.parent / "local.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run(["make", "--no-print-directory", "build-local"], environment)


def runtime_parameters() -> dict[str, str]:
    """Return the template parameters that say what this machine has: interpreter, processor, and
    an emulator that knows no alarms on queries.
    """
    machine = platform.machine().lower()
    return {
        "AlarmsByReason": "no",
        "PythonRuntime": f"python{sys.version_info.major}.{sys.version_info.minor}",
        "Architecture": "arm64" if machine in {"arm64", "aarch64"} else "x86_64",
    }
