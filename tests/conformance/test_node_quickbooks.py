"""node-quickbooks and JavaScript's intuit-oauth, unmodified, against the stand-in."""

import pytest

from tests.conformance import javascript
from tests.conformance.conftest import StandIn

NODE_QUICKBOOKS = f"QuickBooks: node-quickbooks {javascript.version('node-quickbooks')}"
INTUIT_OAUTH = f"QuickBooks: intuit-oauth {javascript.version('intuit-oauth')} (JavaScript)"
# Where the client departs from the vendor's documents, and the stand-in stays with them.
NODE_QUICKBOOKS_AT_FAULT = {
    "revoke": (
        "the client sends a form; Intuit documents JSON (develop/authentication-and-authorization"
        "/oauth-2.0, revoke token), and its own clients send that"
    ),
}


@pytest.fixture(scope="module")
def node_quickbooks(quickbooks_server: StandIn) -> dict[str, str]:
    """What became of each case with node-quickbooks."""
    javascript.prepare()
    return javascript.run("node_quickbooks", quickbooks_server.url)


@pytest.fixture(scope="module")
def intuit_oauth(quickbooks_server: StandIn) -> dict[str, str]:
    """What became of each case with intuit-oauth."""
    javascript.prepare()
    return javascript.run("intuit_oauth", quickbooks_server.url)


@pytest.mark.parametrize(
    "title",
    javascript.as_parameters(NODE_QUICKBOOKS, "node_quickbooks", NODE_QUICKBOOKS_AT_FAULT),
)
def test_node_quickbooks_is_content(title: str, node_quickbooks: dict[str, str]) -> None:
    javascript.judge(node_quickbooks, title)


@pytest.mark.parametrize("title", javascript.as_parameters(INTUIT_OAUTH, "intuit_oauth", {}))
def test_intuit_oauth_is_content(title: str, intuit_oauth: dict[str, str]) -> None:
    javascript.judge(intuit_oauth, title)
