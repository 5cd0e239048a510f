"""Secrets as JSON texts in Secrets Manager; every complaint names the secret and what mends it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bridge.errors import ConfigurationError, UnavailableError
from bridge.store.faults import translated

KEYS_LIFE = timedelta(minutes=5)


def read_text(client: Any, secret_id: str) -> str:
    """Return the current text of a secret.

    Raises:
        ConfigurationError: there is no such secret, no access to it, or nothing in it.
        UnavailableError: Secrets Manager does not answer.
    """
    with translated("get_secret_value"):
        text = client.get_secret_value(SecretId=secret_id).get("SecretString")
    if not text:
        raise ConfigurationError(f"secret {secret_id} is empty: store there what it is for")
    return str(text)


def read_json(client: Any, secret_id: str) -> dict[str, Any]:
    """Return the members of a secret that holds a JSON object.

    Raises:
        ConfigurationError: it holds something else.
    """
    try:
        members = json.loads(read_text(client, secret_id))
    except ValueError:
        members = None
    # Raised out here, so that the text does not travel along inside the decoder's error.
    if not isinstance(members, dict):
        raise ConfigurationError(f"secret {secret_id} is not a JSON object: store it again as one")
    return members


def required(members: Mapping[str, Any], names: Sequence[str], secret_id: str) -> dict[str, str]:
    """Return the named texts of a secret.

    Raises:
        ConfigurationError: one of them is missing or still the empty placeholder.
    """
    for name in names:
        if not isinstance(members.get(name), str) or not members[name].strip():
            raise ConfigurationError(f"secret {secret_id} has no {name}: store it there")
    return {name: members[name] for name in names}


@dataclass
class SecretKeys:
    """The keys that sign webhooks, several during a rotation; read again after five minutes."""

    client: Any
    secret_id: str
    name: str
    now: Callable[[], datetime]
    _keys: tuple[str, ...] = field(default=(), repr=False)
    _read_at: datetime | None = None

    def __call__(self) -> tuple[str, ...]:
        """Return the keys.

        Raises:
            ConfigurationError: none has been stored yet.
            UnavailableError: they cannot be read at the moment.
        """
        if self._read_at is None or self.now() - self._read_at >= KEYS_LIFE:
            self._refresh()
        return self._keys

    def _refresh(self) -> None:
        try:
            self._keys = self._read()
        except UnavailableError:
            # The keys at hand are better than none: a sender that meets errors gives up on us.
            if not self._keys:
                raise
        self._read_at = self.now()

    def _read(self) -> tuple[str, ...]:
        listed = read_json(self.client, self.secret_id).get(self.name)
        keys = listed if isinstance(listed, list) else [listed]
        found = tuple(key for key in keys if isinstance(key, str) and key.strip())
        if not found:
            raise ConfigurationError(
                f"secret {self.secret_id} holds no {self.name}: store them there"
            )
        return found
