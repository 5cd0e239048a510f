import socket

import pytest

from local.programs import Ports, StageError
from local.run import line_of

AT = "2026-11-22 11:49:20,123+0000"


def test_pair_is_one_short_line_with_names_of_fields_only() -> None:
    record = {
        "message": "pair synced",
        "level": "INFO",
        "timestamp": AT,
        "entity": "customer",
        "salesforce_id": "001dM000006laZUQAY",
        "quickbooks_id": "56",
        "status": "done",
        "decision": "update",
        "reason": "",
        "code": "",
        "fields": ["phone", "website"],
    }

    assert line_of(record).split() == [
        *("11:49:20", "customer", "001dM000006laZUQAY", "=", "56"),
        *("done", "update", "phone,", "website"),
    ]


def test_webhook_is_one_short_line_with_what_was_in_it() -> None:
    record = {
        "message": "webhook received",
        "level": "INFO",
        "timestamp": AT,
        "receiver": "receive_quickbooks",
        "status": 200,
        "changes": 2,
        "not_followed": 1,
        "malformed": 0,
    }

    assert line_of(record) == "11:49:20  webhook   QuickBooks  200  2 changes, 1 of unknown types"


def test_warning_is_shown_with_its_keys_and_other_records_are_not() -> None:
    warning = {"message": "put back failed", "level": "WARNING", "timestamp": AT, "reason": "x"}
    other = {"message": "tokens refreshed", "level": "INFO", "timestamp": AT}

    assert line_of(warning) == "11:49:20  warning   put back failed  reason=x"
    assert line_of(other) == ""


def test_port_in_use_is_named_with_the_way_to_choose_another() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(StageError, match=f"port {port} is in use: PORT_BASE"):
            Ports.following(port)
