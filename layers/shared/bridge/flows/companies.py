"""Companies: in whose books a document stands, where several are connected."""

from bridge.flows.cases import Case, Run
from bridge.model import System


def is_elsewhere(run: Run, case: Case) -> bool:
    """Say whether a Salesforce document that is not linked belongs to another company."""
    company = company_of(run, case)
    if company is None:
        # Nobody knows: a person is asked once, for the first of them.
        return case.realm != next(iter(run.world.quickbooks))
    return case.realm != company


def company_of(run: Run, case: Case) -> str | None:
    """Return the company in whose books a Salesforce record stands, or shall stand.

    A document that is not linked stands in the books of one: of the company whose id it carries
    from its birth or was given by a person, else of the only one. None where that cannot be told;
    nothing is ever posted to some company.
    """
    is_linked = case.row is not None and case.row.quickbooks_id is not None
    is_made_here = case.mapping.creates is System.SALESFORCE
    if not case.mapping.is_document or case.salesforce is None or is_linked or is_made_here:
        return case.realm
    realm, _, rest = (case.salesforce.external_id or "").partition(":")
    given = case.salesforce.fields.get(case.mapping.company)
    chosen = realm if rest else str(given or "")
    connected = list(run.world.quickbooks)
    if not chosen and len(connected) == 1:
        return connected[0]
    return chosen if rest or chosen in connected else None
