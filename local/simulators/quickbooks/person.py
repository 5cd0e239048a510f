"""What a person does in the product: no token, no SyncToken, the checks of the pages.

A person may do what the API may not: merge, void a credit memo or a refund receipt, make
a bundle or a tax code, write in closed books, make a customer with a balance inactive, put a
payment or a sales receipt into a deposit, pay back what is left of a credit.
"""

from collections.abc import Callable

from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.payment_lines import REFUNDS
from local.simulators.quickbooks.schema import Entity, Row
from local.simulators.quickbooks.state import Company


def act(company: Company, body: Row) -> Row:
    """Carry an action out; `body` has `action`, `entity`, and `id`, `into` or `fields`.

    Raises:
        ApiFault: the product refuses.
        ValueError: there is no such action.
    """
    entity, action = ENTITIES[body["entity"]], body["action"]
    if action == "create":
        if not entity.is_list and not entity.is_document:
            raise ValueError(f"a company has one {entity.name}")
        return company.create(entity, dict(body.get("fields") or {}), by_person=True)
    if action not in _ACTIONS:
        raise ValueError(f"no action {action}; there are create, {', '.join(sorted(_ACTIONS))}")
    if action in _OF_DOCUMENTS and not entity.is_document:
        raise ValueError(f"{action} is for documents")
    return _ACTIONS[action](company, entity, str(body["id"]), body)


def _update(company: Company, entity: Entity, record_id: str, body: Row) -> Row:
    fields = dict(body.get("fields") or {})
    if body["action"] != "update":
        fields["Active"] = body["action"] == "reactivate"
    wanted = {**fields, **_latest(company, entity, record_id), "sparse": True}
    return company.update(entity, wanted, by_person=True)


def _delete(company: Company, entity: Entity, record_id: str, body: Row) -> Row:
    return company.delete(entity, _latest(company, entity, record_id), by_person=True)


def _void(company: Company, entity: Entity, record_id: str, body: Row) -> Row:
    return company.void(entity, _latest(company, entity, record_id), by_person=True)


def _send(company: Company, entity: Entity, record_id: str, body: Row) -> Row:
    return company.send(entity, record_id, str(body.get("to", "")))


def _copy(company: Company, entity: Entity, record_id: str, body: Row) -> Row:
    return company.copy(entity, record_id)


def _merge(company: Company, entity: Entity, record_id: str, body: Row) -> Row:
    return company.merge(entity, record_id, str(body["into"]))


def _touch(company: Company, entity: Entity, record_id: str, body: Row) -> Row:
    return company.touch(entity, record_id)


def _deposit(company: Company, entity: Entity, record_id: str, body: Row) -> Row:
    if entity.name not in {"Payment", "SalesReceipt"}:
        raise ValueError("only payments and sales receipts are deposited")
    return company.deposit(entity, record_id)


def _refund(company: Company, entity: Entity, record_id: str, body: Row) -> Row:
    kind = body.get("by", "Check")
    if entity.name not in {"CreditMemo", "Payment"} or kind not in REFUNDS:
        raise ValueError(f"only credit memos and payments are refunded, by {' or '.join(REFUNDS)}")
    return company.refund(entity, record_id, kind, body.get("amount"))


def _latest(company: Company, entity: Entity, record_id: str) -> Row:
    return {"Id": record_id, "SyncToken": company.read(entity.name, record_id)["SyncToken"]}


_ACTIONS: dict[str, Callable[[Company, Entity, str, Row], Row]] = {
    **dict.fromkeys(("update", "deactivate", "reactivate"), _update),
    "delete": _delete,
    "void": _void,
    "send": _send,
    "copy": _copy,
    "merge": _merge,
    "touch": _touch,
    "deposit": _deposit,
    "refund": _refund,
}
_OF_DOCUMENTS = {"delete", "void", "send", "copy", "deposit", "refund"}
