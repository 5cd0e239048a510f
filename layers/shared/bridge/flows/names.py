"""Names: what a mapping calls by name becomes an id of the company that a case belongs to."""

from collections.abc import Sequence

from bridge.core.mapping import EntityMapping
from bridge.core.naming import Naming, by_ids, names_anything
from bridge.errors import MappingError
from bridge.flows.cases import Case, Run, by_realm_and_entity, open_cases
from bridge.flows.ports import RecordSystem
from bridge.flows.trouble import guarded
from bridge.model import System


def name_by_ids(run: Run, cases: Sequence[Case]) -> None:
    """Give each case the mapping of its own company.

    A name that the company does not know is nothing that a record could be blamed for: its cases
    wait, as for any setting that is to be mended.
    """
    for (realm, _), group in by_realm_and_entity(open_cases(cases)).items():
        if not names_anything(group[0].mapping):
            continue
        with guarded(run, group, realm):
            mapping = mapping_of(run.world.quickbooks[realm], group[0].mapping)
            for case in group:
                case.mapping = mapping


def mapping_of(system: RecordSystem, mapping: EntityMapping) -> EntityMapping:
    """Return a mapping with the ids of one company.

    Raises:
        MappingError: the company has nothing of a name in it.
    """
    lines = mapping.lines
    naming = Naming(
        schema=system.describe(mapping.quickbooks),
        line=system.describe(lines.quickbooks[0]) if lines else None,
        entries=system.entries,
    )
    try:
        return by_ids(mapping, naming)
    except LookupError as error:
        raise MappingError("name_unknown", system=System.QUICKBOOKS) from error
