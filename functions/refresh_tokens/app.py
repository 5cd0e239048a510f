"""Renews the OAuth tokens before they expire: on the timer, and when a worker has met a 401."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from bridge import wiring
from bridge.observability import logger, metrics


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return what was renewed; the timer's event asks for everything that is due."""
    return wiring.refresh_tokens()(event)
