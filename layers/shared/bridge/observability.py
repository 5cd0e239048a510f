"""The one logger and the one metrics object of the bridge.

There is no tracer: `Tracing: Active` in the template traces, and importing the X-Ray SDK would
double a receiver's cold start.
"""

import warnings

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

# A run in which nothing was worth counting is no reason to warn.
warnings.filterwarnings("ignore", "No application metrics to publish")

logger = Logger()
metrics = Metrics(namespace="Bridge")


def count(name: str, number: int = 1) -> None:
    """Add to a metric that counts things; zero is not sent."""
    if number:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
