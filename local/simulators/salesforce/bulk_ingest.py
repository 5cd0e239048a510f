"""The resources of Bulk API 2.0 that take records in.

Salesforce: Bulk API 2.0 Developer Guide, "Bulk API 2.0 Ingest".
"""

from collections.abc import Iterable, Mapping
from typing import Any

from local.simulators.salesforce import bulk_csv, ids, keys, rows
from local.simulators.salesforce.bulk import Job
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.items import Result, Saver
from local.simulators.salesforce.service import Service

_CSV = {"Content-Type": "text/csv"}


def create(service: Service, call: Call) -> Reply:
    """Open a job."""
    body = rows.body_of(call)
    object_type = service.org.schema.find(str(body.get("object")))
    if object_type is None:
        raise ApiError("INVALIDENTITY", f"InvalidEntity : Entity '{body.get('object')}' is unknown")
    external_id = body.get("externalIdFieldName")
    if body.get("operation") == "upsert":
        key = object_type.find(str(external_id))
        if key is None or not key.is_key:
            text = f"InvalidJob : External ID field is not valid: {external_id}"
            raise ApiError("INVALIDJOB", text)
    now = service.org.clock.now()
    job = service.jobs.open(
        body,
        is_query=False,
        object=object_type.name,
        user_id=call.user_id,
        created=now,
        changed=now,
        version=float(call.version),
        external_id=external_id,
    )
    return Reply(200, job.listing() | {"contentUrl": job.content_url} | job.format())


def list_all(service: Service, _call: Call) -> Reply:
    """List the jobs."""
    records = [job.summary() for job in service.jobs.every(is_query=False)]
    return Reply(200, {"done": True, "records": records, "nextRecordsUrl": None})


def show(service: Service, call: Call) -> Reply:
    """Look at a job."""
    job = service.jobs.find(call.parts[2], is_query=False)
    job.poll()
    return Reply(200, job.summary())


def upload(service: Service, call: Call) -> Reply:
    """Take the rows of an open job, all at once."""
    job = service.jobs.find(call.parts[2], is_query=False)
    if job.state != "Open" or job.columns:
        raise ApiError("INVALIDJOBSTATE", f"InvalidJobState : the job is {job.state}")
    text = call.body if isinstance(call.body, str) else ""
    job.columns, job.uploaded = bulk_csv.read(text, job.delimiter)
    return Reply(201)


def change(service: Service, call: Call) -> Reply:
    """Start a job, or abort it."""
    job = service.jobs.find(call.parts[2], is_query=False)
    state = rows.body_of(call).get("state")
    if state not in ("UploadComplete", "Aborted") or job.state != "Open":
        raise ApiError("INVALIDJOBSTATE", f"InvalidJobState : from {job.state} to {state}")
    job.state, job.changed = state, service.org.clock.now()
    if state == "UploadComplete":
        job.polls_left = service.org.switches.bulk_polls_in_progress
        _run(service, call, job)
    return Reply(200, job.listing() | job.format())


def delete(service: Service, call: Call) -> Reply:
    """Take a job away that has ended."""
    job = service.jobs.find(call.parts[2], is_query=False)
    if not job.is_done:
        raise ApiError("INVALIDJOBSTATE", f"InvalidJobState : the job is {job.state}")
    service.jobs.forget(job)
    return Reply(204)


def successful(service: Service, call: Call) -> Reply:
    """Return the rows that were saved."""
    job = service.jobs.find(call.parts[2], is_query=False)
    return _file(job, ["sf__Id", "sf__Created", *job.columns], job.succeeded)


def failed(service: Service, call: Call) -> Reply:
    """Return the rows that were refused, with the reason of each."""
    job = service.jobs.find(call.parts[2], is_query=False)
    return _file(job, ["sf__Id", "sf__Error", *job.columns], job.failed)


def unprocessed(service: Service, call: Call) -> Reply:
    """Return the rows that nobody looked at, as of a job that failed or was aborted."""
    job = service.jobs.find(call.parts[2], is_query=False)
    is_left = job.state in ("Failed", "Aborted")
    return _file(job, job.columns, job.uploaded if is_left else [])


def _file(job: Job, columns: list[str], found: Iterable[Mapping[str, Any]]) -> Reply:
    text = bulk_csv.write(columns, found, job.delimiter, job.line_end)
    return Reply(200, None, dict(_CSV), text)


def _run(service: Service, call: Call, job: Job) -> None:
    org = service.org
    object_type = org.schema.objects[job.object]
    wrong = bulk_csv.unknown_column(org.schema, object_type, job.columns, job.operation)
    if wrong is not None:
        job.outcome, job.error = "Failed", f"InvalidBatch : Field name not found : {wrong}"
        return
    saver = Saver(org, call.user_id, call.allows_save)
    empty_is_null = org.switches.bulk_empty_cell_is_null
    for row in job.uploaded:
        body = bulk_csv.record(object_type, row, empty_is_null=empty_is_null)
        try:
            service.begin_part(f"bulk_item:{job.operation}", call, body)
            with org.transaction():
                result = _save(saver, job, body)
        except ApiError as error:
            given = next((text for name, text in row.items() if name.lower() == "id"), "")
            job.failed.append({**row, "sf__Id": ids.parse(given) or "", "sf__Error": _told(error)})
        else:
            made = result.get("created", job.operation == "insert")
            job.succeeded.append({**row, "sf__Id": result["id"], "sf__Created": made})


def _save(saver: Saver, job: Job, body: dict[str, Any]) -> Result:
    object_type = saver.org.schema.objects[job.object]
    match job.operation:
        case "insert":
            return saver.create(object_type, body)
        case "update":
            return saver.update(object_type, body)
        case "upsert":
            key = keys.key_field(object_type, job.external_id or "Id")
            return saver.upsert(object_type, key, body)
    return saver.delete(next(iter(body.values()), None))


def _told(error: ApiError) -> str:
    return f"{error.code}:{error.message}:{','.join(error.fields or ())} --"
