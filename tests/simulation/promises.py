"""What people were promised besides their records: to be told, and to keep their connections."""

from collections.abc import Iterator, Mapping

from bridge.model import Outcome
from tests.simulation.kinds import OBJECTS
from tests.simulation.world import OPEN, World

Violation = tuple[str, str]
# Faults that can part a grant from whoever keeps it: its tokens change, and the news is lost.
PARTING = frozenset(
    {"grant revoked", "refresh token rotated by somebody else", "killed", "late effect"}
    | {"lost before effect", "lost after effect", "answer cut off", "5xx after effect"}
    | {"store fails before effect", "store fails after effect"}
)
SHOWN = ("Waiting", "Conflict", "Rejected")


def untold(world: World, by_salesforce: Mapping[tuple[str, str], Outcome]) -> Iterator[Violation]:
    """Yield what waits for a person and cannot be read on the Salesforce record."""
    org, several = world.salesforce.org, len(world.cloud.realms) > 1
    living = {
        record_id: row
        for name in OBJECTS
        for record_id, row in org.rows(org.schema.objects[name]).items()
        if not row["IsDeleted"]
    }
    for (realm, record_id), outcome in by_salesforce.items():
        row = living.get(record_id)
        if row is None or outcome.status not in OPEN or outcome.reason == "merged_in_salesforce":
            continue
        text = str(row["QuickBooks_Sync_Message__c"] or "")
        is_there = f"company {realm}," in text if several else bool(text)
        if not is_there or row["QuickBooks_Sync_Status__c"] not in SHOWN:
            told = f"{outcome.status} {outcome.reason}"
            yield "no losses", f"{realm} {record_id}: {told}, and it stands nowhere"


def grants_lost(world: World) -> Iterator[Violation]:
    """Yield a connection that was lost though nothing has happened to its grant."""
    is_lost = any(line["message"] == "connection lost" for line in world.observer.lines)
    if is_lost and PARTING.isdisjoint(world.chaos.struck):
        yield "tokens survive", "a connection was lost, and nobody had taken its grant"
