"""Values as a vendor may normalise them before it stores them; a switch, off by default.

Blanks around a text are cut and runs of blanks become one; e-mail addresses go to lower case; a
state of two letters goes to upper case and a longer one gets capitals. Nothing of this is
documented: it is there so that a client can be tried against a vendor that does so.
"""

import re
from typing import Any

from local.simulators.quickbooks.schema import Entity, Row

_BLANKS = re.compile(r"[ \u00a0]+")


def normalised(entity: Entity, wanted: Row) -> Row:
    """Return the values of a request as they are stored."""
    return {name: _value(entity.fields[name].kind, value) for name, value in wanted.items()}


def _value(kind: str, value: Any) -> Any:
    if kind == "text" and isinstance(value, str):
        return _text(value) or None
    if not isinstance(value, dict) or kind not in {"address", "email", "emails", "phone", "memo"}:
        return value
    tidy = {name: _text(each) if isinstance(each, str) else each for name, each in value.items()}
    if kind in {"email", "emails"} and "Address" in tidy:
        tidy["Address"] = str(tidy["Address"]).lower()
    if state := tidy.get("CountrySubDivisionCode"):
        tidy["CountrySubDivisionCode"] = state.upper() if len(state) == 2 else state.title()
    return tidy


def _text(value: str) -> str:
    return _BLANKS.sub(" ", value).strip()
