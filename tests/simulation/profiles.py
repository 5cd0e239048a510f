"""Profiles: small worlds, each full of what shows one kind of defect."""

from collections.abc import Mapping
from typing import Any

from tests.simulation.habits import (
    call_elsewhere,
    change_primary,
    delete_product,
    empty_the_org,
    merge_into_newest,
    price_deal,
    price_elsewhere,
    price_item,
    price_product,
    retire_newest,
    undelete_product,
)
from tests.simulation.planting import Deeds, Profile

# One pair, few people, nothing that goes wrong: every profile adds its own trouble.
PLAIN: Mapping[str, Any] = {
    "profile": "duel",
    "realms": 1,
    "workers": 3,
    "pairs": 1,
    "actions": 25,
    "minutes": 3.0,
    "most_messages": 1,
    "step_rate": 0.1,
    "slow_share": 0.1,
    "visibility_s": 90.0,
    "quickbooks_skew_s": 0.0,
    "salesforce_skew_s": 0.0,
    "query_lag_s": 0.0,
    "owner": "",
    "deletes": False,
    "renames": True,
    "merges": False,
    "twins": True,
    "copies": False,
    "asks_everything": False,
    "faults": {},
    "quickbooks": {},
    "salesforce": {},
}
LOST_ANSWERS = {"lost after effect": 0.1, "late effect": 0.1, "5xx after effect": 0.05}
KILLS = {"killed": 0.03, "killed in its last millisecond": 0.1}
EDITS: Deeds = {"edit_in_salesforce": 3.0, "edit_in_quickbooks": 3.0, "edit_both": 2.0}
ARRIVALS: Deeds = {
    "add_in_salesforce": 2.0,
    "add_in_quickbooks": 2.0,
    "rename": 4.0,
    "add_twins": 1.0,
}


DUEL = Profile("duel", PLAIN, EDITS)
DUEL_KILLS = DUEL.but("duel with kills", faults=KILLS)
DUEL_RETURNED = DUEL_KILLS.but("kills, and messages that come again at once", visibility_s=30.0)
# Nobody stops adding records.
MANY: Mapping[str, int] = {"customer": 40, "vendor": 40, "item": 40}
# Long enough for a claim to expire while people still work.
LONG: Mapping[str, Any] = {"minutes": 12.0, "step_rate": 0.03, "actions": 30}
DUEL_TROUBLE = DUEL.but("duel full of trouble", faults={**LOST_ANSWERS, **KILLS}, **LONG)
DUEL_SLOW = DUEL.but("slow duel", slow_share=0.25, workers=4)
OLD_QUERIES = DUEL.but(
    "edits one by one, old queries",
    {"edit_in_quickbooks": 2.0, "edit_in_salesforce": 1.0},
    query_lag_s=20.0,
    slow_share=0.0,
    step_rate=0.0,
    minutes=8.0,
)
FAULTY = OLD_QUERIES.but(
    "edits one by one, faulty answers",
    faults={"500": 0.1, "503 in HTML": 0.1, "fault in XML": 0.1},
)
DUEL_STALE = DUEL.but(
    "duel with old queries and repeats",
    query_lag_s=20.0,
    slow_share=0.0,
    faults={"webhook repeated": 0.3, "webhooks reordered": 0.3, "delivered twice": 0.3},
)
BURSTS = DUEL.but(
    "bursts",
    {"edit_in_salesforce": 4.0, "edit_in_quickbooks": 2.0},
    step_rate=0.4,
    slow_share=0.0,
    actions=80,
)
BATCHES = DUEL.but("batches", most_messages=20, pairs=3)
BATCHES_REFUSED = BATCHES.but(
    "batches, and a queue that refuses", faults={"queue refuses": 0.4}, slow_share=0.25
)
STORES = DUEL.but(
    "stores that fail", faults={"store fails before effect": 0.1, "store fails after effect": 0.1}
)
CROWD = DUEL.but("a crowd", pairs=12, workers=9, actions=80, minutes=1.0, slow_share=0.0)
LATE = DUEL.but("late effects", faults={"late effect": 0.25, "frozen": 0.03}, visibility_s=30.0)
FROZEN = DUEL.but(
    "workers frozen for long",
    faults={"frozen": 0.1},
    visibility_s=30.0,
    workers=4,
    actions=60,
    minutes=8.0,
    step_rate=0.05,
)
MANUAL = DUEL.but("nobody owns a field", owner="manual")
SUCCEEDED = DUEL.but(
    "another primary contact",
    {call_elsewhere: 3.0, change_primary: 2.0, "edit_in_salesforce": 1.0},
    owner="quickbooks",
)

LINKING = Profile("linking", {**PLAIN, "profile": "linking", "pairs": 2}, ARRIVALS)
LINKING_KILLS = LINKING.but("linking with kills", faults=KILLS)
LINKING_LOST = LINKING.but("linking with lost answers", faults=LOST_ANSWERS)
LINKING_TROUBLE = LINKING.but("linking full of trouble", faults={**LOST_ANSWERS, **KILLS}, **LONG)

LINKING_LONG = LINKING.but(
    "linking at leisure", slow_share=0.2, minutes=8.0, step_rate=0.04, enough=MANY
)
SALES: Deeds = {"write_invoice": 3.0, "write_bill": 2.0, "edit_invoice": 2.0, "edit_bill": 2.0}
SELLING = Profile(
    "selling",
    {**PLAIN, "profile": "selling", "pairs": 2, "step_rate": 0.03, "minutes": 8.0},
    {**SALES, "add_product": 1.0, "add_item": 1.0},
)
SELLING_LOST = SELLING.but("selling with lost answers", faults=LOST_ANSWERS)
SELLING_COPIES = SELLING.but(
    "invoices copied with their notes",
    {**SALES, "add_product": 1.0, "copy_bill": 4.0},
    copies=True,
)
TWINS = LINKING.but("twins", {"add_twins": 3.0, "rename": 3.0, **EDITS})
TWINS_TROUBLE = TWINS.but(
    "twins full of trouble",
    faults={**LOST_ANSWERS, **KILLS, "lost before effect": 0.1},
    enough=MANY,
    **LONG,
)

DELETES = DUEL.but(
    "deletes",
    {**EDITS, "delete": 3.0, "undelete": 3.0, "switch_activity": 1.0},
    deletes=True,
)
PARTED = DELETES.but("records that part for good", on_delete="unlink", **LONG)
DELETES_LINKING = LINKING.but(
    "deletes while linking",
    {"add_in_quickbooks": 3.0, "delete": 4.0, "undelete": 1.0, "add_in_salesforce": 1.0},
    deletes=True,
    faults={**LOST_ANSWERS, **KILLS},
)
HASTY = LINKING.but(
    "retired while they are linked",
    {"add_product": 1.0, retire_newest: 3.0},
    deletes=True,
    pairs=0,
    actions=12,
    minutes=2.0,
    slow_share=0.05,
    faults={"frozen": 0.03},
)
FLICKED = DUEL.but(
    "switched off and on",
    {"switch_activity": 1.0},
    deletes=True,
    workers=4,
    actions=8,
    minutes=2.0,
    step_rate=0.0,
    slow_share=0.0,
    faults={"frozen": 0.04},
)
BURIED = DUEL.but(
    "buried with an open intent",
    {"edit_in_quickbooks": 3.0, "switch_activity": 2.0},
    deletes=True,
    owner="salesforce",
    actions=40,
    minutes=15.0,
    step_rate=0.02,
    faults={"lost after effect": 0.2},
)
MERGES = LINKING.but(
    "merges", {**EDITS, "merge_accounts": 2.0, "merge_customers": 2.0}, merges=True, pairs=3
)
GRANTS = DUEL.but(
    "grants",
    workers=6,
    faults={"token expired": 0.2},
    quickbooks={"refresh_rotation_age_s": 0.0},
)
EMPTIED = LINKING.but(
    "an org emptied at once",
    {"add_in_salesforce": 4.0, empty_the_org: 1.0},
    deletes=True,
    enough={"customer": 40, "vendor": 1, "item": 1},
    actions=40,
    minutes=10.0,
    most_messages=10,
    slow_share=0.0,
    step_rate=0.02,
)
COMPANIES = DUEL.but("two companies", realms=2, owner="manual")

# Nobody hears of a balance but by the payment itself.
UNTOLD = {"payment_emits_invoice_updated": False}
RECEIPTS: Deeds = {"write_bill": 2.0, "receive_payment": 3.0, "add_item": 1.0}
PAYING = SELLING.but(
    "payments", {**RECEIPTS, "write_invoice": 1.0, "add_product": 1.0}, quickbooks=UNTOLD
)
SPREADING = PAYING.but(
    "payments spread anew", {**RECEIPTS, "spread_payment": 3.0}, actions=40, quickbooks=UNTOLD
)
CREDITING = PAYING.but(
    "credit memos applied",
    {"write_bill": 2.0, "write_credit": 2.0, "apply_credit": 3.0, "add_item": 1.0},
    actions=40,
)
DEALS: Deeds = {"win_deal": 3.0, "move_stage": 3.0, "edit_deal": 2.0, "add_product": 1.0}
DEALING = SELLING.but("deals", DEALS)
UNSOLD = SELLING.but(
    "deals whose invoices are deleted", {**DEALS, "delete_bill": 3.0}, deletes=True, actions=40
)
DEALING_ANEW = DEALING.but("deals, and other prices", {**DEALS, price_deal: 3.0}, actions=40)
LINES: Deeds = {
    "write_invoice": 2.0,
    "write_bill": 1.0,
    "change_a_line": 3.0,
    "change_a_bill_line": 3.0,
    "add_a_line": 1.0,
    "add_a_bill_line": 1.0,
    "remove_a_line": 1.0,
    "remove_a_bill_line": 1.0,
    "move_a_line": 1.0,
    "move_bill_lines": 1.0,
    "add_product": 1.0,
}
LINE_BY_LINE = SELLING.but("lines", LINES, actions=40)
LINE_BY_LINE_LOST = LINE_BY_LINE.but("lines with lost answers", faults=LOST_ANSWERS, minutes=20.0)
VOIDING = LINE_BY_LINE.but(
    "invoices voided", {**LINES, "void_bill": 3.0, "edit_invoice": 3.0}, deletes=True
)
MERGES_EARLY = LINKING.but(
    "merges into what is being made",
    {"add_in_salesforce": 2.0, merge_into_newest: 2.0},
    merges=True,
    enough=MANY,
    step_rate=0.02,
    slow_share=0.2,
    minutes=12.0,
    faults={"lost after effect": 0.15},
)
MERGES_EDITED = MERGES.but(
    "merges and edits", {**EDITS, "add_in_salesforce": 1.0, "merge_accounts": 2.0}, enough=MANY
)
MERGES_LOST = MERGES.but(
    "merges into new customers, and lost answers",
    {"rename": 3.0, "merge_into_new": 2.0},
    faults={"lost after effect": 0.2},
    pairs=2,
    **LONG,
)

SWITCHES: Deeds = {"switch_product": 3.0, "switch_item": 3.0, "add_product": 1.0, "add_item": 1.0}
SWITCHED = SELLING.but("products switched off and on", SWITCHES, deletes=True)
SWITCHED_LOST = SWITCHED.but(
    "items switched, and lost answers",
    {"switch_item": 3.0, "add_item": 1.0},
    faults=LOST_ANSWERS,
    minutes=20.0,
)
SWITCHED_REFUSED = SWITCHED.but(
    "products switched, and calls that are refused",
    faults={"connection refused": 0.1, "429 without Retry-After": 0.1, "row locked": 0.3},
)
BINNED = SWITCHED.but(
    "products deleted and undeleted",
    {
        **SWITCHES,
        delete_product: 3.0,
        undelete_product: 3.0,
        "edit_item": 2.0,
        "write_invoice": 1.0,
    },
)
PRICED = SELLING.but(
    "prices",
    {"add_product": 1.0, "add_item": 1.0, price_product: 3.0, price_item: 3.0, "edit_item": 1.0},
    actions=40,
)
PRICED_THERE = PRICED.but("first prices", {"add_product": 2.0, price_item: 2.0}, actions=12)
PRICED_TWICE = PRICED.but(
    "prices in two books",
    {"add_product": 1.0, price_product: 2.0, price_item: 2.0, price_elsewhere: 3.0},
)
