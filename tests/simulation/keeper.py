"""Watches over tokens: one that is used has been stored before, with the one that renews it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from local.simulators.server import Request, Response
from tests.simulation.vault import Vault


@dataclass
class Keeper:
    """Sees the tokens that Intuit hands out, and every call that bears one."""

    vault: Vault
    violates: Callable[[str, str], None]
    given: dict[str, str] = field(default_factory=dict)

    def saw(self, request: Request, answer: Response) -> None:
        """Remember which refresh token came with an access token."""
        if "/oauth2/v1/tokens" not in request.path or answer.status != 200:
            return
        try:
            document = json.loads(answer.body)
        except ValueError:
            return  # cut off
        self.given[document["access_token"]] = document["refresh_token"]

    def departs(self, request: Request) -> None:
        """Judge a call to a company by the token that it bears."""
        access_token = request.headers.get("authorization", "").removeprefix("Bearer ")
        refresh_token = self.given.get(access_token)
        if refresh_token is None or self._has(access_token, refresh_token):
            return
        del self.given[access_token]
        self.violates("tokens survive", "a token was used before all of it was stored")

    def _has(self, access_token: str, refresh_token: str) -> bool:
        texts = (text for texts in self.vault.versions.values() for text in texts)
        return any(access_token in text and refresh_token in text for text in texts)
