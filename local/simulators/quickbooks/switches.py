"""Settings of the stand-in where the original's behaviour is unsure, disputed or worth varying."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints


@dataclass(slots=True)
class Switches:
    """Each switch with its default; the README beside the simulators says what each one does."""

    deleted_suffix: bool = True
    deactivation_event: Literal["updated", "deleted"] = "updated"
    name_case_sensitive: bool = False
    names_trimmed: bool = True
    requestid_honoured: bool = True
    faults_replayed_by_requestid: bool = False
    query_lag_s: float = 0.0
    latency_s: float = 0.0
    old_refresh_token: Literal["refused", "grace"] = "refused"
    reuse_revokes_grant: bool = False
    access_token_life_s: float = 3600.0
    refresh_rotation_age_s: float = 86400.0
    event_payload: Literal["cloudevents", "legacy"] = "cloudevents"
    event_time_digits: int = -1

    def change(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Set switches by name and return them all.

        Raises:
            ValueError: a switch or a value that does not exist.
        """
        known = {each.name: _TYPES[each.name] for each in fields(self)}
        for name, value in wanted.items():
            if name not in known:
                raise ValueError(f"no switch {name}; there are {', '.join(known)}")
            _check(name, known[name], value)
        for name, value in wanted.items():
            setattr(self, name, float(value) if known[name] is float else value)
        return asdict(self)

    def listing(self) -> dict[str, Any]:
        """Show every switch."""
        return asdict(self)


_TYPES = get_type_hints(Switches)


def _check(name: str, kind: Any, value: object) -> None:
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ValueError(f"{name} is one of {', '.join(get_args(kind))}")
        return
    if kind is float:
        float(str(value))
        return
    if type(value) is not kind:
        raise ValueError(f"{name} is a {kind.__name__}")
