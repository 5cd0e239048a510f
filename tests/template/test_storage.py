"""What is kept survives the stack, is encrypted, and holds no secret in plain text."""

import json

import pytest

from tests.template.conftest import Template, target

KEPT = ("AWS::DynamoDB::Table", "AWS::SecretsManager::Secret")


@pytest.mark.parametrize("kind", KEPT)
def test_tables_and_secrets_outlive_the_stack(template: Template, kind: str) -> None:
    resources = template.of_type(kind)

    assert resources
    for name, resource in resources.items():
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain", name


def test_tables_are_on_demand_encrypted_restorable_and_forget_history(template: Template) -> None:
    for name, table in template.of_type("AWS::DynamoDB::Table").items():
        properties = table["Properties"]
        recovery = properties["PointInTimeRecoverySpecification"]

        assert properties["BillingMode"] == "PAY_PER_REQUEST", name
        assert properties["SSESpecification"] == {"SSEEnabled": True}, name
        assert recovery == {"PointInTimeRecoveryEnabled": True}, name
        assert properties["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
        assert "GlobalSecondaryIndexes" not in properties, "indexes lag"


def test_secrets_start_empty_and_the_fingerprint_key_is_generated(template: Template) -> None:
    for name, secret in template.of_type("AWS::SecretsManager::Secret").items():
        properties = secret["Properties"]
        assert properties["Name"]["Fn::Sub"].startswith("/bridge/${Stage}/"), name
        if name == "FingerprintKeySecret":
            assert "SecretString" not in properties
            assert properties["GenerateSecretString"]["PasswordLength"] >= 43
            continue
        placeholders = json.loads(properties["SecretString"]).values()
        assert not any(placeholders), f"{name} would put a value into the template"


def test_environment_names_secrets_and_never_holds_one(template: Template) -> None:
    secrets = set(template.of_type("AWS::SecretsManager::Secret"))

    for name, function in template.functions.items():
        for variable, value in function["Environment"]["Variables"].items():
            assert isinstance(value, str) or set(value) <= {"Ref", "Fn::Sub"}, (name, variable)
            assert "resolve:" not in json.dumps(value), (name, variable)
            if variable.endswith("_SECRET"):
                assert target(value) in secrets


def test_each_log_group_forgets(template: Template) -> None:
    groups = template.of_type("AWS::Logs::LogGroup")

    assert len(groups) == len(template.functions) + 1
    for name, group in groups.items():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name
