"""Nothing that waits is lost, and time-outs stand in the order the protocol needs."""

from typing import Any

from bridge.flows.sync_records import CLAIM_LIFE_S
from tests.template.conftest import Template, target

TWO_WEEKS_S = 14 * 24 * 3600
# Intuit: learn/limits-and-throttles. Ten at a time; two stay free for renewing tokens and people.
CALLS_IN_FLIGHT = 8


def lanes(template: Template) -> dict[str, dict[str, Any]]:
    """Return the event source mappings of the worker by the queue they read."""
    events = template.functions["SyncRecordsFunction"]["Events"].values()
    return {target(event["Properties"]["Queue"]): event["Properties"] for event in events}


def test_each_queue_has_a_dead_letter_queue_that_keeps_for_two_weeks(template: Template) -> None:
    queues = template.of_type("AWS::SQS::Queue")

    for name, queue in queues.items():
        if "DeadLetterQueue" in name:
            assert queue["Properties"]["MessageRetentionPeriod"] == TWO_WEEKS_S, name
            continue
        redrive = queue["Properties"]["RedrivePolicy"]
        dead_letters = target(redrive["deadLetterTargetArn"])
        assert dead_letters == name.replace("Queue", "DeadLetterQueue")
        assert dead_letters in queues
        assert redrive["maxReceiveCount"] == 5


def test_queues_are_standard_and_encrypted(template: Template) -> None:
    for name, queue in template.of_type("AWS::SQS::Queue").items():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True, name
        assert "FifoQueue" not in queue["Properties"], name


def test_asynchronous_invocation_that_fails_for_good_is_kept(template: Template) -> None:
    for name, function in template.functions.items():
        kinds = {event["Type"] for event in function["Events"].values()}
        if kinds <= {"HttpApi", "SQS"}:
            continue
        destination = function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
        dead_letters = target(destination["Destination"])

        assert dead_letters in template.of_type("AWS::SQS::Queue")
        assert ("sqs:SendMessage", dead_letters) in template.allowed(name)


def test_worker_reports_single_messages_and_stays_under_the_vendors_limit(
    template: Template,
) -> None:
    consumed = lanes(template)

    assert set(consumed) == {"LiveQueue", "BulkQueue"}
    for lane in consumed.values():
        assert lane["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert lane["BatchSize"] > 10
        assert lane["MaximumBatchingWindowInSeconds"] >= 1, "batches above ten need a window"
    concurrency = [lane["ScalingConfig"]["MaximumConcurrency"] for lane in consumed.values()]
    assert min(concurrency) >= 2, "AWS takes no less"
    assert sum(concurrency) <= CALLS_IN_FLIGHT


def test_function_ends_before_its_message_comes_back_and_before_its_claim_expires(
    template: Template,
) -> None:
    timeout_s = template.functions["SyncRecordsFunction"]["Timeout"]

    for queue in lanes(template):
        visibility_s = template.resources[queue]["Properties"]["VisibilityTimeout"]
        assert timeout_s < visibility_s
    assert timeout_s < CLAIM_LIFE_S


def test_each_route_is_throttled_and_the_access_log_names_no_header(template: Template) -> None:
    (api,) = template.of_type("AWS::Serverless::HttpApi").values()
    routes = {
        f"{event['Properties']['Method']} {event['Properties']['Path']}"
        for function in template.functions.values()
        for event in function["Events"].values()
        if event["Type"] == "HttpApi"
    }

    settings = api["Properties"]["RouteSettings"]
    assert set(settings) == routes == {"POST /webhooks/quickbooks", "POST /webhooks/salesforce"}
    for route in settings.values():
        assert route["ThrottlingRateLimit"] > 0
        assert route["ThrottlingBurstLimit"] > 0
    log = api["Properties"]["AccessLogSettings"]
    assert target(log["DestinationArn"]) in template.of_type("AWS::Logs::LogGroup")
    assert "header" not in log["Format"].lower()
