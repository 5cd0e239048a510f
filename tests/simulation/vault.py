"""Secrets Manager in memory: texts with their older versions, which a read may still return."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.chaos import Chaos


@dataclass
class Vault:
    """Answers as the client of Secrets Manager does."""

    chaos: Chaos
    versions: dict[str, list[str]] = field(default_factory=dict)
    on_write: Callable[[str, dict[str, Any]], object] = lambda *_: None

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803  the vendor's spelling
        """Return the newest text, or at times the one before."""
        known = self.versions[SecretId]
        is_stale = len(known) > 1 and self.chaos.strikes("secret read stale")
        return {"SecretString": known[-2] if is_stale else known[-1]}

    def put_secret_value(self, SecretId: str, SecretString: str) -> None:  # noqa: N803
        """Store a text."""
        self.versions.setdefault(SecretId, []).append(SecretString)
        self.on_write(SecretId, json.loads(SecretString))

    def members(self, secret_id: str) -> dict[str, Any]:
        """Return what is stored now."""
        members: dict[str, Any] = json.loads(self.versions[secret_id][-1])
        return members
