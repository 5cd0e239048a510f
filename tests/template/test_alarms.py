"""Whatever fails for long rings a bell that somebody hears."""

from typing import Any

import pytest

from tests.template.conftest import Template, named


def alarms(template: Template) -> list[dict[str, Any]]:
    """Return the properties of every alarm."""
    return [alarm["Properties"] for alarm in template.of_type("AWS::CloudWatch::Alarm").values()]


def watched(template: Template, metric: str, attribute: str) -> set[str]:
    """Return what the alarms on a metric of AWS look at, by logical id."""
    names = set()
    for alarm in alarms(template):
        if alarm["MetricName"] == metric:
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

    (alarm,) = [alarm for alarm in alarms(template) if alarm["MetricName"] == metric]

    assert alarm["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
    (dimension,) = alarm["Dimensions"]
    assert dimension == {"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}


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
