"""jsforce, unmodified, against the stand-in for Salesforce, over TLS."""

import pytest

from tests.conformance import javascript
from tests.conformance.conftest import StandIn

CLIENT = f"Salesforce: jsforce {javascript.version('jsforce')}"
# Where the client departs from the vendor's documents, and the stand-in stays with them.
AT_FAULT: dict[str, str] = {}


@pytest.fixture(scope="module")
def jsforce(salesforce_server: StandIn) -> dict[str, str]:
    """What became of each case."""
    javascript.prepare()
    return javascript.run("jsforce", salesforce_server.url, salesforce_server.authority)


@pytest.mark.parametrize("title", javascript.as_parameters(CLIENT, "jsforce", AT_FAULT))
def test_jsforce_is_content(title: str, jsforce: dict[str, str]) -> None:
    javascript.judge(jsforce, title)
