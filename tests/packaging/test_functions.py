"""Each built function starts with what AWS gives it: boto3, the layers, and its own folder."""

import json
import subprocess
from pathlib import Path

import pytest

from local.lambda_runtime import RUNTIME_PYTHON, FunctionError, FunctionProcess, lambda_settings

RECEIVERS = ("ReceiveQuickbooksFunction", "ReceiveSalesforceFunction")
FUNCTIONS = (*RECEIVERS, "SyncRecordsFunction", "RefreshTokensFunction")
HEAVY = {"pydantic", "requests", "simple_salesforce", "intuitlib", "aws_xray_sdk", "zeep"}
ENVIRONMENT = {"POWERTOOLS_SERVICE_NAME": "bridge", "POWERTOOLS_METRICS_NAMESPACE": "Bridge"}

RECEIVER_SETTINGS = {
    "QUICKBOOKS_APP_SECRET": "app",
    "QUICKBOOKS_REALMS": "310687=realm",
    "SALESFORCE_WEBHOOK_SECRET": "webhook",
    "SALESFORCE_ORG_ID": "00D5f000005KcCnEAK",
    "LIVE_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/live",
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_function_starts_with_nothing_but_boto3_and_the_layers(
    build_dir: Path, function: str
) -> None:
    with FunctionProcess(function, build_dir, ENVIRONMENT) as process:
        assert process.init_ms > 0


def test_a_module_that_was_not_built_is_reported_as_lambda_would(
    build_dir: Path, tmp_path: Path
) -> None:
    function = tmp_path / "BrokenFunction"
    function.mkdir()
    (function / "app.py").write_text("import moto\n")

    with pytest.raises(FunctionError, match=r"Runtime\.ImportModuleError"):
        FunctionProcess("BrokenFunction", tmp_path, ENVIRONMENT)


@pytest.mark.parametrize("function", RECEIVERS)
def test_starting_a_receiver_imports_nothing_heavy(build_dir: Path, function: str) -> None:
    settings = lambda_settings(function, build_dir / function, build_dir)
    door = function.removesuffix("Function").replace("Receive", "receive_").lower()
    program = f"import json, sys, app; app.wiring.{door}(); print(json.dumps([*sys.modules]))"

    result = subprocess.run(
        [RUNTIME_PYTHON, "-c", program],
        env=settings | ENVIRONMENT | RECEIVER_SETTINGS,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert not set(json.loads(result.stdout)) & HEAVY
