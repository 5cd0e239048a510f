"""What the bridge logs and counts, kept raw: for the counters of decisions, and for secrecy."""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from bridge.observability import logger, metrics

_PLAIN = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime"}


class Observer(logging.Handler):
    """Collects the lines of one world; formatting them would cost more than all else."""

    def __init__(self, note: Callable[[str], None] = lambda _: None) -> None:
        super().__init__(logging.INFO)
        self.note = note
        self.lines: list[dict[str, Any]] = []
        self.counted: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line with its keys."""
        keys = {name: value for name, value in record.__dict__.items() if name not in _PLAIN}
        if "decision" in keys:
            told = (
                "entity",
                "realm",
                "salesforce_id",
                "quickbooks_id",
                "decision",
                "status",
                "reason",
            )
            self.note(f"pair: {' '.join(str(keys[name] or '-') for name in told)} {keys['fields']}")
        self.lines.append({"level": record.levelname, "message": record.getMessage(), **keys})

    def collect(self) -> None:
        """Take over what has been counted since the last look."""
        for name, metric in metrics.metric_set.items():
            self.counted[name] += int(sum(metric["Value"]))
        metrics.clear_metrics()

    def __enter__(self) -> "Observer":
        self._handlers = list(logger.handlers)
        logger.handlers[:] = [self]
        metrics.clear_metrics()
        return self

    def __exit__(self, *_: object) -> None:
        logger.handlers[:] = self._handlers
        metrics.clear_metrics()
