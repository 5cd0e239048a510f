"""Whatever fails for long rings a bell that somebody hears."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.rig import Rig
from tests.template.conftest import Template, named


def alarms(template: Template) -> list[dict[str, Any]]:
    """Return the properties of every alarm."""
    return [alarm["Properties"] for alarm in template.of_type("AWS::CloudWatch::Alarm").values()]


def watched(template: Template, metric: str, attribute: str) -> set[str]:
    """Return what the alarms on a metric of AWS look at, by logical id."""
    names = set()
    for alarm in alarms(template):
        if alarm.get("MetricName") == metric:
            (dimension,) = alarm["Dimensions"]
            value = dimension["Value"]
            assert dimension["Name"] == attribute
            names.add(value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0])
    return names


def test_each_function_has_an_alarm_on_its_errors(template: Template) -> None:
    assert watched(template, "Errors", "FunctionName") == set(template.functions)


def test_each_dead_letter_queue_has_an_alarm(template: Template) -> None:
    queues = named(template.of_type("AWS::SQS::Queue"), "DeadLetterQueue")

    assert watched(template, "ApproximateNumberOfMessagesVisible", "QueueName") == queues


def test_each_lane_has_an_alarm_on_its_oldest_message(template: Template) -> None:
    assert watched(template, "ApproximateAgeOfOldestMessage", "QueueName") == {
        "LiveQueue",
        "BulkQueue",
    }


@pytest.mark.parametrize(
    "metric",
    [
        "SignaturesRefused",
        "SendersUnknown",
        "ConnectionsLost",
        "PutBackAgeHours",
        "FingerprintKeysMissing",
        "DuplicateCreates",
    ],
)
def test_what_the_bridge_counts_as_trouble_has_an_alarm(template: Template, metric: str) -> None:
    variables = template.document["Globals"]["Function"]["Environment"]["Variables"]

    (alarm,) = [alarm for alarm in alarms(template) if alarm.get("MetricName") == metric]

    assert alarm["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
    (dimension,) = alarm["Dimensions"]
    assert dimension == {"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}


def test_problems_that_no_record_shows_are_told_by_reason(template: Template) -> None:
    (counting,) = template.of_type("AWS::Logs::MetricFilter").values()
    (transformation,) = counting["Properties"]["MetricTransformations"]
    dimensions = {each["Key"]: each["Value"] for each in transformation["Dimensions"]}
    query = template.of_type("AWS::CloudWatch::Alarm")["UnseenProblemsAlarm"]["Properties"]
    (asked,) = [each["Expression"]["Fn::Sub"] for each in query["Metrics"]]

    assert counting["Properties"]["LogGroupName"] == {"Ref": "SyncRecordsLogGroup"}
    assert dimensions == {"service": "$.service", "reason": "$.reason"}
    names = f'{transformation["MetricNamespace"]}", {", ".join(dimensions)}'
    assert f'SUM({transformation["MetricName"]}) FROM SCHEMA("{names})' in asked
    assert "GROUP BY reason ORDER BY" in asked


def counts(pattern: str, line: Mapping[str, Any]) -> bool:
    """Say whether a filter of CloudWatch Logs takes a line (AWS: FilterAndPatternSyntax.html)."""
    terms = re.sub(r"\$\.(\w+) NOT EXISTS", r"('\1' not in line)", pattern.strip("{} \n"))
    terms = re.sub(r"\$\.(\w+) = (\"\w[\w ]*\")", r"(line.get('\1') == \2)", terms)
    expression = terms.replace("&&", "and").replace("||", "or").replace("\n", " ")
    return bool(eval(expression, {"line": line}))  # noqa: S307  our own template


def test_problem_is_counted_by_reason_where_no_record_can_show_it(template: Template) -> None:
    (counting,) = template.of_type("AWS::Logs::MetricFilter").values()
    pattern = counting["Properties"]["FilterPattern"]
    rig = Rig()
    rig.sync(rig.edit_account(rig.new_account("Nobody"), Name=":"))
    for _ in range(2):
        rig.new_account("Acme")
    rig.sync(rig.customer_changed(rig.new_customer("Acme")))

    lines = [line for line in rig.logged if line["message"] == "pair synced"]

    assert [line["reason"] for line in lines if counts(pattern, line)] == ["several_matches"]
    assert "name_missing" in [line["reason"] for line in lines]
    assert all(line["service"] for line in lines)


def test_each_alarm_says_what_it_means_and_tells_the_topic(template: Template) -> None:
    for alarm in alarms(template):
        assert alarm["AlarmDescription"].endswith(".")
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
        assert alarm["TreatMissingData"] == "notBreaching"


def test_topic_is_encrypted_with_a_key_that_cloudwatch_may_use(template: Template) -> None:
    topic = template.resources["AlarmTopic"]["Properties"]
    key = template.resources[topic["KmsMasterKeyId"]["Ref"]]["Properties"]

    principals = [statement["Principal"] for statement in key["KeyPolicy"]["Statement"]]

    assert {"Service": "cloudwatch.amazonaws.com"} in principals


def test_nobody_is_subscribed_unless_an_address_is_given(template: Template) -> None:
    (subscription,) = template.of_type("AWS::SNS::Subscription").values()

    assert template.document["Parameters"]["AlarmEmail"]["Default"] == ""
    assert subscription["Condition"] == "HasAlarmEmail"
