"""What the resources of the service share."""

from dataclasses import dataclass

from local.simulators.admin import Calls
from local.simulators.faults import Fault, FaultPlan
from local.simulators.salesforce.bulk import Jobs
from local.simulators.salesforce.cursors import Cursors
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.events import EventBus
from local.simulators.salesforce.exchange import Call
from local.simulators.salesforce.limits import Usage
from local.simulators.salesforce.state import Org
from local.simulators.server import Request, json_bytes


class DroppedError(Exception):
    """The connection breaks in the middle of a call."""


@dataclass(slots=True)
class Service:
    """The org, and what is known of the calls to it."""

    org: Org
    faults: FaultPlan
    calls: Calls
    cursors: Cursors
    usage: Usage
    bus: EventBus
    jobs: Jobs
    identity_host: str = "https://login.salesforce.com"

    def begin_part(self, kind: str, call: Call, value: object) -> Fault | None:
        """Count one part of a call, and let a planted fault refuse it; return any other fault.

        Raises:
            ApiError: the planted one.
            DroppedError: the planted fault breaks the connection before this part.
        """
        self.calls.count(kind)
        if not len(self.faults):
            return None
        path = "/".join((call.base, *call.parts))
        part = Request(call.method, path, dict(call.query), dict(call.headers), json_bytes(value))
        fault = self.faults.take(part, kind)
        if fault is None or not fault.effect.replaces_answer:
            return fault
        effect = fault.effect
        if effect.drop == "before":
            raise DroppedError
        raise ApiError(effect.code or "UNKNOWN_EXCEPTION", effect.body, [], effect.status)
