"""What the bridge logs and counts while a test runs."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bridge.observability import logger, metrics


@dataclass
class Observed:
    """Log lines as they would be printed, and the metrics."""

    lines: list[dict[str, Any]] = field(default_factory=list)

    def counted(self, name: str) -> float:
        """Return the sum of a metric; 0 where it was never counted."""
        return sum(metrics.metric_set.get(name, {}).get("Value", []))

    def messages(self, level: str) -> list[str]:
        """Return the messages of a level, in order."""
        return [line["message"] for line in self.lines if line["level"] == level]

    def __contains__(self, text: str) -> bool:
        """Say whether a text has been logged or counted anywhere."""
        return text in json.dumps([self.lines, metrics.metric_set])


@contextmanager
def observed() -> Iterator[Observed]:
    """Collect what is logged and counted within."""
    seen = Observed()

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.lines.append(json.loads(logger.registered_formatter.format(record)))

    collector = Collector()
    metrics.clear_metrics()
    logger.addHandler(collector)
    try:
        yield seen
    finally:
        logger.handlers.remove(collector)
        metrics.clear_metrics()
