"""The stand-ins beside replies recorded from the vendors: same call, same keys, same types."""

import pytest

from tests.conformance import (
    quickbooks_company,
    recorded_quickbooks,
    recorded_quickbooks_documents,
    recorded_quickbooks_faults,
    recorded_quickbooks_receipts,
    recorded_salesforce,
    recorded_salesforce_events,
    recorded_salesforce_faults,
)
from tests.conformance.recorded_absent import ABSENT
from tests.conformance.recordings import DATA, REPORT, Replay, Report, recorded
from tests.conformance.shapes import differences

# Each of these modules registers its replays when it is imported.
REGISTERED = (
    recorded_quickbooks,
    recorded_quickbooks_documents,
    recorded_quickbooks_faults,
    recorded_quickbooks_receipts,
    recorded_salesforce_events,
    recorded_salesforce_faults,
)
REPLAYS = [*quickbooks_company.REPLAYS.all, *recorded_salesforce.REPLAYS.all]


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    """The lists that are printed at the end of the run."""
    return pytestconfig.stash.setdefault(REPORT, Report(missing=dict(ABSENT)))


@pytest.mark.parametrize("replay", REPLAYS, ids=[each.name for each in REPLAYS])
def test_recorded_reply_is_given_again(replay: Replay, report: Report) -> None:
    report.missing[replay.name] = "fails"
    ours, real = replay.act(recorded(replay.name))

    found = differences(ours, real, replay.apart)

    report.missing[replay.name] = f"differs: {'; '.join(found[:8])}"
    assert found == []
    del report.missing[replay.name]
    report.given.append(replay.name)


def test_every_recorded_reply_is_either_given_again_or_has_its_reason() -> None:
    names = {f"{path.parent.name}/{path.stem}" for path in DATA.glob("*/*.json")}
    given = [replay.name for replay in REPLAYS]

    assert len(given) == len(set(given))
    assert names <= {*given, *ABSENT}
    assert set(given) <= names
    assert not {*given} & set(ABSENT)
