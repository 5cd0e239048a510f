"""Bulk API 2.0: jobs that take in or give out many records as CSV.

Salesforce: Bulk API 2.0 Developer Guide. A job's work is done at once when it is started; the
switch `bulk_polls_in_progress` lets it look busy for some more polls.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.simulators.salesforce import bulk_csv, ids
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.values import render

OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
_PREFIX = "750"
_OPEN = "Open"
_BEGUN = "UploadComplete"


@dataclass(slots=True)
class Job:
    """One job; `rows` hold what came in or goes out, and the outcome of each."""

    id: str
    is_query: bool
    operation: str
    object: str
    user_id: str
    created: datetime
    changed: datetime
    version: float
    state: str
    external_id: str | None = None
    query: str | None = None
    delimiter: str = "COMMA"
    line_end: str = "LF"
    polls_left: int = 0
    outcome: str = "JobComplete"
    error: str | None = None
    columns: list[str] = field(default_factory=list)
    uploaded: list[dict[str, str]] = field(default_factory=list)
    succeeded: list[dict[str, Any]] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Tell whether nothing more will happen to the job."""
        return self.state in ("JobComplete", "Failed", "Aborted")

    def poll(self) -> None:
        """Move on from one state to the next, as a look at the job may find it."""
        if self.state not in (_BEGUN, "InProgress"):
            return
        self.state = "InProgress" if self.polls_left > 0 else self.outcome
        self.polls_left -= 1

    def listing(self) -> dict[str, Any]:
        """Show the job, without its counts while it is still open."""
        shown: dict[str, Any] = {"id": self.id, "operation": self.operation, "object": self.object}
        shown |= {
            "createdById": self.user_id,
            "createdDate": render(self.created),
            "systemModstamp": render(self.changed),
            "state": self.state,
        }
        if self.external_id:
            shown["externalIdFieldName"] = self.external_id
        shown |= {"concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": self.version}
        return shown

    def summary(self) -> dict[str, Any]:
        """Show the job with its counts, as a look at it does."""
        shown = self.listing()
        shown["jobType"] = "V2Query" if self.is_query else "V2Ingest"
        if not self.is_query and self.state == _OPEN:
            shown["contentUrl"] = self.content_url
        shown |= self.format()
        done = self.is_done and self.error is None
        shown["numberRecordsProcessed"] = len(self.succeeded) + len(self.failed) if done else 0
        if not self.is_query:
            shown["numberRecordsFailed"] = len(self.failed) if done else 0
        shown |= {"retries": 0, "totalProcessingTime": 0}
        if not self.is_query:
            shown |= {"apiActiveProcessingTime": 0, "apexProcessingTime": 0}
        if self.error and self.state == "Failed":
            shown["errorMessage"] = self.error
        return shown

    @property
    def content_url(self) -> str:
        """Return where the rows of an open job are put."""
        return f"services/data/v{self.version}/jobs/ingest/{self.id}/batches"

    def format(self) -> dict[str, str]:
        """Return how the CSV of the job is written."""
        return {"lineEnding": self.line_end, "columnDelimiter": self.delimiter}


class Jobs:
    """The jobs of an org."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._made = 0

    def open(self, body: dict[str, Any], *, is_query: bool, **also: Any) -> Job:
        """Make a job of a request.

        Raises:
            ApiError: INVALIDJOB for an operation or a format that there is not.
        """
        operation = str(body.get("operation"))
        if operation not in (("query", "queryAll") if is_query else OPERATIONS):
            raise ApiError("INVALIDJOB", f"InvalidJob : Operation not supported: {operation}")
        delimiter, line_end = body.get("columnDelimiter", "COMMA"), body.get("lineEnding", "LF")
        content = body.get("contentType", "CSV")
        formats = (bulk_csv.DELIMITERS, bulk_csv.LINE_ENDS, ("CSV",))
        for value, known in zip((delimiter, line_end, content), formats, strict=True):
            if value not in known:
                raise ApiError("INVALIDJOB", f"InvalidJob : {value} is not one of {list(known)}")
        job = Job(
            id=ids.make(_PREFIX, self._made),
            is_query=is_query,
            operation=operation,
            delimiter=delimiter,
            line_end=line_end,
            state=_BEGUN if is_query else _OPEN,
            **also,
        )
        self._made += 1
        self._jobs[job.id] = job
        return job

    def find(self, record_id: str, *, is_query: bool) -> Job:
        """Return a job.

        Raises:
            ApiError: 404 NOT_FOUND.
        """
        job = self._jobs.get(ids.parse(record_id) or "")
        if job is None or job.is_query != is_query:
            raise ApiError("NOT_FOUND")
        return job

    def every(self, *, is_query: bool) -> list[Job]:
        """Return the jobs of one kind."""
        return [job for job in self._jobs.values() if job.is_query == is_query]

    def forget(self, job: Job) -> None:
        """Take a job away."""
        del self._jobs[job.id]

    def clear(self) -> None:
        """Forget every job; ids still rise."""
        self._jobs.clear()
