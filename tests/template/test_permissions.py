"""Each function may do what it needs to the things it names, and nothing else."""

import re
from pathlib import Path

import pytest

from tests.template.conftest import ROOT, Template, named

# X-Ray knows no resource that these could be narrowed to.
WITHOUT_A_RESOURCE = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}

STORE = ROOT / "layers" / "shared" / "bridge" / "store"
# What each file of the store speaks to. The emulator does not enforce permissions; this must.
SPEAKS_TO = {
    "cross_references.py": {"CrossReferencesTable"},
    "outcomes.py": {"OutcomesTable"},
    "connections.py": {"ConnectionsTable"},
    "budgets.py": {"ConnectionsTable"},
    "queue.py": {"LiveQueue", "BulkQueue"},
    "tokens.py": {"QuickBooksRealmSecret", "SalesforceSessionSecret", "RefreshTokensFunction"},
}
NAMED_OTHERWISE = {"SendMessageBatch": "SendMessage", "Invoke": "InvokeFunction"}


def test_no_two_functions_share_a_role(template: Template) -> None:
    roles = [function["Role"]["Fn::GetAtt"][0] for function in template.functions.values()]

    assert len(set(roles)) == len(roles) == len(template.of_type("AWS::IAM::Role"))


def test_no_permission_is_given_by_wildcard(template: Template) -> None:
    for function in template.functions:
        for action, resource in template.allowed(function):
            assert "*" not in action, (function, action)
            assert resource != "*" or action in WITHOUT_A_RESOURCE, (function, action)


def test_roles_take_nothing_from_managed_policies(template: Template) -> None:
    for name, role in template.of_type("AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in role["Properties"], name


def test_only_refresh_tokens_may_write_a_secret(template: Template) -> None:
    writers = {
        (function, resource)
        for function in template.functions
        for action, resource in template.allowed(function)
        if action.startswith("secretsmanager:") and action != "secretsmanager:GetSecretValue"
    }

    assert writers == {
        ("RefreshTokensFunction", "QuickBooksRealmSecret"),
        ("RefreshTokensFunction", "SalesforceSessionSecret"),
    }


def test_each_function_reads_only_its_own_secrets(template: Template) -> None:
    readable = {
        function: {
            resource
            for action, resource in template.allowed(function)
            if action == "secretsmanager:GetSecretValue"
        }
        for function in template.functions
    }

    assert readable == {
        "ReceiveQuickbooksFunction": {"QuickBooksAppSecret"},
        "ReceiveSalesforceFunction": {"SalesforceWebhookSecret"},
        "SyncRecordsFunction": {
            "QuickBooksRealmSecret",
            "SalesforceSessionSecret",
            "FingerprintKeySecret",
        },
        "RefreshTokensFunction": {
            "QuickBooksAppSecret",
            "QuickBooksRealmSecret",
            "SalesforceAppSecret",
            "SalesforceSessionSecret",
        },
    }


def test_receivers_reach_the_live_lane_and_no_table(template: Template) -> None:
    for function in ("ReceiveQuickbooksFunction", "ReceiveSalesforceFunction"):
        allowed = template.allowed(function)

        assert {pair for pair in allowed if pair[0].startswith("sqs:")} == {
            ("sqs:SendMessage", "LiveQueue")
        }
        assert not {action for action, _ in allowed if action.startswith("dynamodb:")}


def test_only_sync_records_touches_the_cross_references(template: Template) -> None:
    users = {
        function
        for function in template.functions
        for _, resource in template.allowed(function)
        if resource in {"CrossReferencesTable", "OutcomesTable"}
    }

    assert users == {"SyncRecordsFunction"}


def test_each_function_writes_to_its_own_log_group(template: Template) -> None:
    for name, function in template.functions.items():
        group = function["LoggingConfig"]["LogGroup"]["Ref"]

        assert ("logs:PutLogEvents", group) in template.allowed(name)
        assert named([r for _, r in template.allowed(name)], "LogGroup") == {group}


@pytest.mark.parametrize("file", SPEAKS_TO)
def test_what_the_store_calls_is_allowed_to_a_function(template: Template, file: str) -> None:
    allowed = {
        action.partition(":")[2]
        for function in template.functions
        for action, resource in template.allowed(function)
        if resource in SPEAKS_TO[file]
    }

    assert calls(STORE / file) <= allowed


def calls(path: Path) -> set[str]:
    """Return the actions that a file's calls need; a transaction needs those of its items."""
    text = path.read_text()
    # Pages of outcomes are read by an operator, with permissions of their own.
    methods = set(re.findall(r"client\.([a-z_]+)\(", text)) - {"get_paginator"}
    actions = {method.title().replace("_", "") for method in methods}
    if "TransactWriteItems" in actions:
        items = set(re.findall(r'"(Put|Update|Delete)":', text))
        actions |= {f"{item}Item" for item in items}
        actions |= {"ConditionCheckItem"} if '"ConditionCheck":' in text else set()
        actions.remove("TransactWriteItems")
    return {NAMED_OTHERWISE.get(action, action) for action in actions}
