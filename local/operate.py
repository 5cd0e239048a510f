"""`make check-mapping` and `make preview`: hand an operator's question the environment of a stack.

The stack is the one that `make run` keeps up on this machine, or a deployed one: STACK=name, with
the AWS credentials at hand. They have to let their owner read what the function sync_records reads:
its configuration, its secrets and its tables. The mappings are those of this folder, whatever is
deployed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.aws import CREDENTIALS
from local.log import STATE_FILE
from local.processes import REGION, ROOT

FUNCTION = "SyncRecordsFunction"
COMMANDS = [sys.executable, "-m", "bridge.commands"]
LAYERS = ("layers/shared", "layers/mappings")
# Answers are read by people: nothing below an error belongs among them.
QUIET = {"LOG_LEVEL": "ERROR", "POWERTOOLS_METRICS_DISABLED": "true"}
NO_STACK = (
    "checked the files alone: no local stack runs (`make run`), and none is named (STACK=...)"
)

Environment = Mapping[str, str]


class OperateError(Exception):
    """There is no stack to ask; the message says what to do."""


def main(arguments: Sequence[str], state_file: Path = STATE_FILE) -> int:
    """Ask the stack that there is; return the exit status of the answer."""
    command = [*arguments]
    try:
        environment = _environment(os.environ.get("STACK", ""), state_file)
        if command[0] == "check" and environment is not None:
            command.append("--live")
        if command[0] == "preview" and environment is None:
            raise OperateError("no local stack runs: start one with `make run`, or name STACK=...")
    except (OperateError, BotoCoreError, ClientError) as error:
        print(f"make {command[0]}: {error}", file=sys.stderr)
        return 1
    status = ask(command, environment or {})
    if command == ["check"] and status == 0:
        print(NO_STACK)
    return status


def ask(command: Sequence[str], environment: Environment) -> int:
    """Put a question in an environment, beside the one at hand; return its exit status."""
    path = os.pathsep.join(str(ROOT / layer) for layer in LAYERS)
    everything = {**os.environ, **QUIET, **environment, "PYTHONPATH": path}
    return subprocess.run([*COMMANDS, *command], env=everything, check=False).returncode


def of_function(functions: Any, name: str) -> dict[str, str]:
    """Return the environment of a deployed function."""
    found = functions.get_function_configuration(FunctionName=name)
    variables: dict[str, str] = found.get("Environment", {}).get("Variables", {})
    return {key: value for key, value in variables.items() if key not in QUIET}


def of_emulator(url: str, function: str, ca: str) -> dict[str, str]:
    """Return the environment of a function that the emulator on this machine runs."""
    access = {**CREDENTIALS, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": url}
    session = boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    found = of_function(session.client("lambda", endpoint_url=url), function)
    return {**found, **access, "REQUESTS_CA_BUNDLE": ca}


def _environment(stack: str, state_file: Path) -> Environment | None:
    """Return the environment of sync_records in a stack; None where no stack is there to ask.

    Raises:
        OperateError: the stack that is named has no such function.
    """
    if stack:
        description = boto3.client("cloudformation").describe_stacks(StackName=stack)
        outputs = {
            each["OutputKey"]: each["OutputValue"]
            for each in description["Stacks"][0].get("Outputs", [])
        }
        if FUNCTION not in outputs:
            raise OperateError(f"the stack {stack} has no output {FUNCTION}")
        return of_function(boto3.client("lambda"), outputs[FUNCTION])
    if not state_file.exists():
        return None
    state = json.loads(state_file.read_text())
    return of_emulator(state["aws"], state["sync_records"], state["ca"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
