"""Measures what a receiver adds to the cold start that boto3 costs by itself.

Fresh processes with nothing but boto3 and the built layers; the bare interpreter is not counted.
"""

import statistics
import subprocess

from local.aws import BUILD_DIR, build
from local.lambda_runtime import RUNTIME_PYTHON, lambda_settings

ROUNDS = 11
YARDSTICK = "import boto3; boto3.client('sqs')"
DOORS = {
    "receive_quickbooks": "ReceiveQuickbooksFunction",
    "receive_salesforce": "ReceiveSalesforceFunction",
}
SETTINGS = {
    "POWERTOOLS_SERVICE_NAME": "bridge",
    "POWERTOOLS_METRICS_NAMESPACE": "Bridge",
    "QUICKBOOKS_APP_SECRET": "app",
    "QUICKBOOKS_REALMS": "1=realm",
    "SALESFORCE_WEBHOOK_SECRET": "webhook",
    "SALESFORCE_ORG_ID": "00D5f000005KcCnEAK",
    "LIVE_QUEUE_URL": "http://127.0.0.1:9/000000000000/live",
}


def main() -> None:
    """Print the medians in milliseconds and their ratio to boto3 with one client."""
    build()
    programs = {"boto3 with one client": ("ReceiveQuickbooksFunction", YARDSTICK)}
    for door, function in DOORS.items():
        programs[f"{door}: import"] = (function, "import app")
        programs[f"{door}: ready"] = (function, f"import app; app.wiring.{door}()")
    rounds = [{name: measure(*one) for name, one in programs.items()} for _ in range(ROUNDS)]
    medians = {name: statistics.median(each[name] for each in rounds) for name in programs}
    yardstick = medians["boto3 with one client"]
    for name, median in medians.items():
        print(f"{name:<28}{median:7.0f} ms{median / yardstick:7.2f} x")


def measure(function: str, program: str) -> float:
    """Return the milliseconds that a program takes in a fresh process, without its start."""
    timed = (
        f"import time; started = time.perf_counter(); {program}; "
        "print((time.perf_counter() - started) * 1000)"
    )
    settings = lambda_settings(function, BUILD_DIR / function, BUILD_DIR)
    result = subprocess.run(
        [RUNTIME_PYTHON, "-c", timed],
        env=settings | SETTINGS,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(result.stdout)


if __name__ == "__main__":
    main()
