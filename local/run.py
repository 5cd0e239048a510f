"""`make run`: the whole bridge on fixed ports until interrupted, with a log of what crosses it.

PORT_BASE=9000 chooses the ports (QuickBooks, Salesforce, Salesforce over TLS, AWS: four in a row),
MODE=live or observe. When everything is ready one JSON line on standard output holds every address
and credential; readable lines follow.
"""

import json
import os
import sys
import threading
from datetime import UTC, datetime
from typing import Any

from local.aws import CREDENTIALS
from local.log import STATE_FILE
from local.processes import REGION, LocalAwsError
from local.programs import Ports, StageError, ended_by_signals
from local.stage import (
    APP,
    QUICKBOOKS_WEBHOOK,
    REALM,
    SALESFORCE_WEBHOOK,
    Stage,
)

FUNCTIONS = (
    *("ReceiveQuickbooksFunction", "ReceiveSalesforceFunction"),
    *("SyncRecordsFunction", "RefreshTokensFunction"),
)
LOOK_EVERY_S = 0.5
# What a log record is made of besides what the line is about.
SURROUNDINGS = frozenset(
    {
        *("level", "location", "message", "timestamp", "service", "cold_start", "xray_trace_id"),
        *("function_name", "function_memory_size", "function_arn", "function_request_id"),
    }
)
AWS_KEYS = {name.removeprefix("AWS_").lower(): value for name, value in CREDENTIALS.items()}
SENDERS = {"receive_quickbooks": "QuickBooks", "receive_salesforce": "Salesforce"}


class LogFollower:
    """Reads what the deployed functions log, each record once."""

    def __init__(self, stage: Stage) -> None:
        self._logs = stage.stack.client("logs")
        functions = stage.stack.client("lambda")
        self._groups = [
            functions.get_function_configuration(FunctionName=stage.stack.outputs[name])[
                "LoggingConfig"
            ]["LogGroup"]
            for name in FUNCTIONS
        ]
        self._since_ms = int(datetime.now(UTC).timestamp() * 1000)
        self._seen: set[str] = set()

    def new_records(self) -> list[dict[str, Any]]:
        """Return the records that have come since the last call, oldest first."""
        found = {
            # The emulator gives these events no id of their own.
            f"{event['timestamp']} {event['message']}": event["message"]
            for group in self._groups
            for page in self._logs.get_paginator("filter_log_events").paginate(
                logGroupName=group, startTime=self._since_ms
            )
            for event in page["events"]
        }
        fresh = [message for key, message in found.items() if key not in self._seen]
        self._seen.update(found)
        records = [_parsed(message) for message in fresh]
        return sorted((each for each in records if each), key=lambda each: each["timestamp"])


def line_of(record: dict[str, Any]) -> str:
    """Return a log record as one short line for people; "" for what is not worth one."""
    time = record["timestamp"][11:19]
    if record["message"] == "webhook received":
        sender = SENDERS.get(record["receiver"], record["receiver"])
        return f"{time}  webhook   {sender:<10}  {record['status']}  {_counts(record)}".rstrip()
    if record["message"] == "pair synced":
        pair = f"{record['salesforce_id'] or '-':<18} = {record['quickbooks_id'] or '-':<6}"
        about = [record["reason"], record["code"], ", ".join(record["fields"])]
        words = "  ".join(word for word in about if word)
        did = f"{record['status']:<9} {record['decision']:<10}"
        return f"{time}  {record['entity']:<8}  {pair}  {did}  {words}".rstrip()
    if record["level"] in ("WARNING", "ERROR"):
        more = [f"{k}={v}" for k, v in record.items() if k not in SURROUNDINGS]
        return f"{time}  {record['level'].lower():<8}  {record['message']}  {' '.join(more)}"
    return ""


def card(stage: Stage) -> dict[str, Any]:
    """Return every address and credential of a running stage."""
    grant = stage.secret("QuickBooksRealmSecret")
    quickbooks = {
        "url": stage.quickbooks.url,
        "realm": REALM,
        **APP,
        "access_token": grant["access_token"],
        "refresh_token": grant["refresh_token"],
        "webhook_url": stage.stack.webhook_url(QUICKBOOKS_WEBHOOK),
        "verifier_token": stage.verifier_token,
    }
    salesforce = {
        "url": stage.salesforce.url,
        "tls_url": stage.salesforce_tls_url,
        "ca": stage.ca,
        "org_id": stage.org_id,
        **APP,
        "access_token": stage.secret("SalesforceSessionSecret")["access_token"],
        "webhook_url": stage.stack.webhook_url(SALESFORCE_WEBHOOK),
        "webhook_key": stage.webhook_key,
    }
    aws = {"url": stage.stack.url, "region": REGION, **AWS_KEYS, "outputs": stage.stack.outputs}
    return {"mode": stage.mode, "quickbooks": quickbooks, "salesforce": salesforce, "aws": aws}


def main() -> int:
    """Keep the stage up until somebody interrupts."""
    try:
        ports = Ports.following(int(os.environ.get("PORT_BASE") or 9000))
        with ended_by_signals(), Stage("run", _mode(), ports, _progress) as stage:
            print(json.dumps(card(stage)), flush=True)
            _write_state(stage)
            _follow(stage)
    except (StageError, LocalAwsError, ValueError) as error:
        _progress("\n".join([f"make run: {error}", *getattr(error, "__notes__", ())]))
        return 1
    except KeyboardInterrupt:
        _progress("everything is ended")
    finally:
        _remove_state()
    return 0


def _mode() -> str:
    mode = os.environ.get("MODE") or "live"
    if mode not in ("live", "observe"):
        raise ValueError("MODE is live or observe")
    return mode


def _follow(stage: Stage) -> None:
    follower = LogFollower(stage)
    pause = threading.Event()
    while not pause.wait(LOOK_EVERY_S):
        for record in follower.new_records():
            if line := line_of(record):
                print(line, flush=True)


def _write_state(stage: Stage) -> None:
    """Leave word of this stack where the other commands look for it."""
    outputs = stage.stack.outputs
    state = {
        "pid": os.getpid(),
        "aws": stage.stack.url,
        "ca": stage.ca,
        "outcomes_table": outputs["OutcomesTable"],
        "sync_records": outputs["SyncRecordsFunction"],
    }
    STATE_FILE.write_text(json.dumps(state))


def _remove_state() -> None:
    if STATE_FILE.exists() and json.loads(STATE_FILE.read_text())["pid"] == os.getpid():
        STATE_FILE.unlink()


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parsed(message: str) -> dict[str, Any] | None:
    """Return a record of the functions' own logger; None for anything else in their log."""
    if not message.startswith("{"):
        return None
    try:
        record: dict[str, Any] = json.loads(message)
    except ValueError:
        return None
    return record if {"message", "timestamp", "level"} <= set(record) else None


def _counts(record: dict[str, Any]) -> str:
    names = {
        "changes": "changes",
        "not_followed": "of unknown types",
        "malformed": "malformed",
        "not_connected": "of strangers",
    }
    found = [f"{record[name]} {text}" for name, text in names.items() if record.get(name)]
    return ", ".join(found)


if __name__ == "__main__":
    sys.exit(main())
