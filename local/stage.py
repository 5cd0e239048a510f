"""The whole bridge on this machine: both stand-ins, the emulated AWS with the deployed template,
and the package in the org. `make demo`, `make run` and the end-to-end tests all play on it.
"""

import contextlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from local.aws import Stack
from local.package import Package, body_of, signature_headers
from local.processes import ROOT, LocalAwsError, wait_until
from local.programs import (
    MARK,
    Ports,
    Program,
    StageError,
    free_port,
    left_behind,
    signals_ignored,
)
from local.systems import QuickBooks, Salesforce, intuit_signature

REALM = "1"
APP = {"client_id": "cid", "client_secret": "sec"}
QUICKBOOKS_WEBHOOK = "/webhooks/quickbooks"
SALESFORCE_WEBHOOK = "/webhooks/salesforce"
RUN_DIR = ROOT / ".run"
# A stand-in's schedule of retries in minutes becomes one of seconds.
RETRY_SCALE = 0.05
SEND_TIMEOUT_S = 20.0
END_TIMEOUT_S = 5.0
QUIET_LOOKS = 2
LOOK_EVERY_S = 0.1


class Stage:
    """Everything that the bridge needs, up and connected; a context manager that ends it all.

    `say` is told what is being done at the moment. Logs are in `work_dir`, which is removed at the
    end unless something went wrong or `keeps_logs` is set.
    """

    def __init__(
        self,
        name: str,
        mode: str,
        ports: Ports | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.mode = mode
        self.keeps_logs = False
        self.work_dir = RUN_DIR / f"{name}-{os.getpid()}"
        self.verifier_token = secrets.token_hex(16)
        self.webhook_key = secrets.token_hex(16)
        self._ports = ports or Ports()
        self._say = say
        self._mark = secrets.token_hex(8)
        self._exits = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Start, deploy and connect everything.

        Raises:
            StageError, LocalAwsError: something did not start; nothing is left behind.
        """
        self.work_dir.mkdir(parents=True, exist_ok=True)
        try:
            self._start()
        except BaseException as error:
            error.add_note(f"The logs are in {self.work_dir.relative_to(ROOT)}.")
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
        was_ended = kind is None or issubclass(kind, KeyboardInterrupt | SystemExit)
        if was_ended and not self.keeps_logs:
            shutil.rmtree(self.work_dir, ignore_errors=True)

    def deploy(self, mode: str) -> None:
        """Deploy the template again with another mode, and let the worker start afresh."""
        self.stack.deploy({"Mode": mode})
        self.mode = mode
        self._wake()

    def secret(self, output: str) -> dict[str, Any]:
        """Return the members of a secret, by the name of its output."""
        client = self.stack.client("secretsmanager")
        text = client.get_secret_value(SecretId=self.stack.outputs[output])["SecretString"]
        members: dict[str, Any] = json.loads(text)
        return members

    @contextlib.contextmanager
    def worker_held(self) -> Iterator[None]:
        """Let changes gather on the queue, and hand them to the worker together at the end."""
        self._switch_live_lane(is_on=False)
        try:
            yield
            wait_until(self.is_sent, SEND_TIMEOUT_S, "the changes did not reach the queue")
        finally:
            self._switch_live_lane(is_on=True)

    def is_sent(self) -> bool:
        """Say whether both systems have nothing more to tell."""
        pending = self.quickbooks.admin("webhooks")["pending"]
        return not pending and self.package.is_idle()

    def waiting_changes(self) -> int:
        """Return how many changes are on the lanes: ready, in work or put back for later."""
        names = ("", "NotVisible", "Delayed")
        attributes = [f"ApproximateNumberOfMessages{name}" for name in names]
        queues = [self.stack.outputs[name] for name in ("LiveQueue", "BulkQueue")]
        sqs = self.stack.client("sqs")
        found = [
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=attributes)["Attributes"]
            for url in queues
        ]
        return sum(int(count) for each in found for count in each.values())

    def wait_for_quiet(self, timeout_s: float = 60.0) -> None:
        """Wait until nothing is on its way any more, echoes included.

        Raises:
            StageError: it does not come to rest.
        """
        deadline, looks = time.monotonic() + timeout_s, 0
        while looks < QUIET_LOOKS:
            is_quiet = not self.waiting_changes() and self.is_sent() and not self.waiting_changes()
            looks = looks + 1 if is_quiet else 0
            if time.monotonic() > deadline:
                waiting = self.waiting_changes()
                raise StageError(f"no rest within {timeout_s:g} s: {waiting} changes on the lanes")
            time.sleep(LOOK_EVERY_S)

    def post_quickbooks(self, body: bytes, signature: str | None = None) -> int:
        """Send a webhook as Intuit does, properly signed unless told otherwise; return the
        status.
        """
        signature = signature or intuit_signature(body, self.verifier_token)
        headers = {"Content-Type": "application/json", "intuit-signature": signature}
        return self.stack.post(QUICKBOOKS_WEBHOOK, body, headers)[0]

    def _start(self) -> None:
        self._say("starting QuickBooks and Salesforce stand-ins")
        quickbooks, salesforce = self._start_stand_ins()
        self.org_id = str(salesforce["org_id"])
        self.ca = str(salesforce["ca"])
        self.salesforce_tls_url = salesforce["tls_url"].replace("127.0.0.1", "localhost")
        self._say("starting the AWS emulator, sam deploy")
        self.stack = self._exits.enter_context(
            Stack.start(
                self._ports.emulator or free_port(),
                self._parameters(quickbooks["url"]),
                {"REQUESTS_CA_BUNDLE": self.ca, MARK: self._mark},
                self.work_dir,
            )
        )
        self.quickbooks = QuickBooks(quickbooks["url"], realm=REALM)
        self.salesforce = Salesforce(salesforce["url"])
        self._say("storing credentials, registering webhooks")
        self._connect()
        self._register()

    def _start_stand_ins(self) -> tuple[dict[str, Any], dict[str, Any]]:
        ports = self._ports
        ca = str(self.work_dir / "ca")
        tls = ["--tls-port", str(ports.salesforce_tls), "--tls-ca-dir", ca]
        programs = [
            self._start_program("quickbooks", ["--port", str(ports.quickbooks)]),
            self._start_program("salesforce", ["--port", str(ports.salesforce), *tls]),
        ]
        first, second = (program.announcement() for program in programs)
        return first, second

    def _start_program(self, name: str, arguments: list[str]) -> Program:
        program = Program(name, arguments, self.work_dir / f"{name}.log", self._mark)
        self._exits.callback(program.stop)
        return program

    def _parameters(self, quickbooks_url: str) -> dict[str, str]:
        return {
            "Mode": self.mode,
            "QuickBooksRealmId": REALM,
            "QuickBooksApiUrl": quickbooks_url,
            "QuickBooksTokenUrl": f"{quickbooks_url}/oauth2/v1/tokens/bearer",
            "SalesforceOrgId": self.org_id,
            "SalesforceLoginUrl": self.salesforce_tls_url,
            "LogRetentionDays": "1",
        }

    def _connect(self) -> None:
        """Store what an administrator would store, and register the webhooks."""
        verifiers = {"verifier_tokens": [self.verifier_token]}
        expires_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        grant = {"access_token": "at-0", "refresh_token": "rt-0", "expires_at": expires_at}
        self.stack.put_secret("QuickBooksAppSecret", APP | verifiers)
        self.stack.put_secret("QuickBooksRealmSecret", grant)
        self.stack.put_secret("SalesforceAppSecret", APP)
        self.stack.put_secret("SalesforceWebhookSecret", {"keys": [self.webhook_key]})
        self._wake()
        asked = {"system": "salesforce", "org": self.org_id, "rejected": "none"}
        report = self.stack.invoke("RefreshTokensFunction", asked)
        if report["refreshed"] != [self.org_id]:
            raise StageError(f"no Salesforce session: {report}")

    def _register(self) -> None:
        """Let both systems send their changes to the deployed webhooks, and count from now on."""
        self.quickbooks.admin(
            "webhooks",
            {
                "url": self.stack.webhook_url(QUICKBOOKS_WEBHOOK),
                "verifier_token": self.verifier_token,
                "retry_scale": RETRY_SCALE,
            },
        )
        self.package = self._exits.enter_context(
            Package(
                self.salesforce.url,
                self.stack.webhook_url(SALESFORCE_WEBHOOK),
                self.webhook_key,
                org_id=self.org_id,
                retry_scale=RETRY_SCALE,
            )
        )
        for stand_in in (self.quickbooks, self.salesforce):
            stand_in.admin("calls/reset", {})
        self.quickbooks.admin("limits/reset", {})

    def _wake(self) -> None:
        """Call every function once: a cold start would be longer than a sender's patience."""
        nothing = body_of(self.org_id, [])
        signed = signature_headers(self.webhook_key, nothing, time.time())
        calls: list[Callable[[], Any]] = [
            lambda: self.post_quickbooks(b"[]"),
            lambda: self.stack.post(SALESFORCE_WEBHOOK, nothing, signed)[0],
            lambda: self.stack.invoke("SyncRecordsFunction", {"Records": []}),
        ]
        with ThreadPoolExecutor() as pool:
            answers = list(pool.map(lambda call: call(), calls))
        if answers[:2] != [200, 200]:
            raise StageError(f"the webhooks answered {answers[:2]} to an empty post")

    def _switch_live_lane(self, *, is_on: bool) -> None:
        functions = self.stack.client("lambda")
        queue = self.stack.outputs["LiveQueue"].rpartition("/")[2]
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
            if mapping["EventSourceArn"].endswith(f":{queue}"):
                functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=is_on)

    def _stop(self) -> None:
        """End everything that was started, whatever else comes in between, and check it.

        Raises:
            StageError: something is still running.
        """
        with signals_ignored():
            self._exits.close()
            try:
                wait_until(lambda: not left_behind(self._mark), END_TIMEOUT_S, "not gone")
            except LocalAwsError:
                left = left_behind(self._mark)
                raise StageError(f"processes left behind: {left}") from None
