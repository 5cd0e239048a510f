"""Consumes change events and brings each pair of records into agreement."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from bridge import lambda_events, wiring
from bridge.observability import logger, metrics


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return the partial batch response: the messages that must come again."""
    batch = lambda_events.read_batch(event)
    acknowledged = wiring.sync_records()(batch.messages, lambda_events.deadline(context))
    return lambda_events.batch_response(batch, acknowledged)
