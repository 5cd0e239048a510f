"""Takes the webhooks of QuickBooks: verifies them, queues their change events and answers."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from bridge import lambda_events, wiring
from bridge.observability import logger, metrics


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer 200 once the queue has taken every change event of the post."""
    body, headers = lambda_events.read_http(event)
    return lambda_events.http_response(wiring.receive_quickbooks()(body, headers))
