"""The resources of Bulk API 2.0 that give records out.

Salesforce: Bulk API 2.0 Developer Guide, "Bulk API 2.0 Query".
"""

import base64
import binascii

from local.simulators.salesforce import bulk_csv, rows, soql
from local.simulators.salesforce.bulk import Job
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.service import Service


def create(service: Service, call: Call) -> Reply:
    """Run a query, and keep its rows."""
    body = rows.body_of(call)
    text = body.get("query")
    if not isinstance(text, str) or not text.strip():
        raise ApiError("MALFORMED_QUERY", "SOQL statements cannot be empty or null")
    is_open = body.get("operation") == "queryAll"
    result = soql.run(service.org, text, call.base, include_deleted=is_open)
    if result.has_children or result.counted is not None:
        # Bulk API 2.0 Developer Guide, "SOQL Considerations": neither of them is supported.
        raise ApiError("API_ERROR", "Nested queries and COUNT() are not supported in a bulk query")
    now = service.org.clock.now()
    job = service.jobs.open(
        body,
        is_query=True,
        object=result.source,
        user_id=call.user_id,
        created=now,
        changed=now,
        version=float(call.version),
        query=text,
    )
    job.polls_left = service.org.switches.bulk_polls_in_progress
    job.columns = list(result.columns)
    job.succeeded = [bulk_csv.flat(result.render(row)) for row in result.rows]
    return Reply(200, job.listing() | job.format())


def list_all(service: Service, _call: Call) -> Reply:
    """List the jobs."""
    records = [job.summary() for job in service.jobs.every(is_query=True)]
    return Reply(200, {"done": True, "records": records, "nextRecordsUrl": None})


def show(service: Service, call: Call) -> Reply:
    """Look at a job."""
    job = service.jobs.find(call.parts[2], is_query=True)
    job.poll()
    return Reply(200, job.summary())


def change(service: Service, call: Call) -> Reply:
    """Abort a job."""
    job = service.jobs.find(call.parts[2], is_query=True)
    if rows.body_of(call).get("state") != "Aborted" or job.is_done:
        raise ApiError("INVALIDJOBSTATE", f"InvalidJobState : the job is {job.state}")
    job.state, job.changed = "Aborted", service.org.clock.now()
    return Reply(200, job.listing() | job.format())


def delete(service: Service, call: Call) -> Reply:
    """Take a job away that has ended."""
    job = service.jobs.find(call.parts[2], is_query=True)
    if not job.is_done:
        raise ApiError("INVALIDJOBSTATE", f"InvalidJobState : the job is {job.state}")
    service.jobs.forget(job)
    return Reply(204)


def results(service: Service, call: Call) -> Reply:
    """Return a part of the rows; the locator of the next part is `null` at the end."""
    job = service.jobs.find(call.parts[2], is_query=True)
    if job.state != "JobComplete":
        raise ApiError("INVALIDJOBSTATE", f"InvalidJobState : the job is {job.state}")
    start = _start(call.query.get("locator", ""))
    asked = call.query.get("maxRecords", "")
    size = int(asked) if asked.isdigit() and int(asked) else len(job.succeeded) - start
    end = start + size
    return _page(job, start, end)


def _page(job: Job, start: int, end: int) -> Reply:
    found = job.succeeded[start:end]
    is_last = end >= len(job.succeeded)
    headers = {
        "Content-Type": "text/csv",
        "Sforce-Locator": "null" if is_last else base64.b64encode(str(end).encode()).decode(),
        "Sforce-NumberOfRecords": str(len(found)),
    }
    text = bulk_csv.write(job.columns, found, job.delimiter, job.line_end)
    return Reply(200, None, headers, text)


def _start(locator: str) -> int:
    if locator in ("", "null"):
        return 0
    try:
        return int(base64.b64decode(locator, validate=True))
    except (binascii.Error, ValueError):
        raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator") from None
