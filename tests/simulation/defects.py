"""The table of planted defects: what each takes out, where it shows, and which invariant must say
so.
"""

from tests.simulation import defects_documents as documents
from tests.simulation import defects_linking as linking
from tests.simulation import defects_messages as messages
from tests.simulation import defects_products as products
from tests.simulation import defects_records as records
from tests.simulation import defects_rows as rows
from tests.simulation import profiles as worlds
from tests.simulation.planting import Mutant

LOST, TWICE, MISSING, MONEY = (
    "no lost update",
    "no duplicates",
    "no losses",
    "money at most once",
)
AGREE, BLOCK, ECHO, DURABLE = "converges", "no block", "echo-free", "acknowledged = durable"
TOKENS, LIMITS, SECRECY = "tokens survive", "limits kept", "secrecy"
PARTED = "parted for good"
# A change that nobody sees to any more.
FORGOTTEN = (MISSING, AGREE, LOST, ECHO, BLOCK)
# A record that is made twice, or never.
UNEVEN = (TWICE, MONEY, MISSING, AGREE)

MUTANTS: tuple[Mutant, ...] = (
    # Messages
    Mutant(messages.acknowledged_first, "acknowledge after the work", worlds.DUEL_KILLS, FORGOTTEN),
    Mutant(messages.never_put_back, "put back, then acknowledge", worlds.DUEL_SLOW, FORGOTTEN),
    Mutant(
        messages.claimed_is_done,
        "a message that meets a claim waits",
        worlds.DUEL_RETURNED,
        FORGOTTEN,
    ),
    Mutant(messages.errors_swallowed, "a batch that failed comes again", worlds.STORES, FORGOTTEN),
    Mutant(
        messages.wrong_message,
        "the failed message of a batch comes again, not its neighbour",
        worlds.BATCHES_REFUSED,
        FORGOTTEN,
    ),
    Mutant(
        messages.forgetful_fold,
        "the fold remembers that QuickBooks had asked",
        worlds.BATCHES,
        FORGOTTEN,
    ),
    Mutant(
        messages.answered_before_queued,
        "the queue has a change before its sender has a 200",
        worlds.DUEL,
        (DURABLE,),
    ),
    Mutant(
        messages.refreshed_by_two, "one worker at a time renews a token", worlds.GRANTS, (TOKENS,)
    ),
    Mutant(
        messages.used_before_stored,
        "a token is stored before anybody uses it",
        worlds.GRANTS,
        (TOKENS,),
    ),
    Mutant(messages.unpaced, "one budget for all workers", worlds.CROWD, (LIMITS,)),
    Mutant(messages.names_logged, "no value in a log line", worlds.DUEL, (SECRECY,)),
    # Rows
    Mutant(
        rows.revisions_ignored, "commit against the revision", worlds.DUEL_SLOW, (LOST, *UNEVEN)
    ),
    Mutant(
        rows.rows_linked_apart,
        "pair and pointer in one transaction",
        worlds.LINKING_KILLS,
        (*UNEVEN, BLOCK),
    ),
    Mutant(rows.claims_ignored, "claim", worlds.DUEL_SLOW, (LOST, *UNEVEN)),
    Mutant(
        rows.claims_too_short, "a claim outlives every request of its worker", worlds.LATE, (LOST,)
    ),
    Mutant(rows.claims_given_back, "a claim stands after an unknown outcome", worlds.LATE, (LOST,)),
    Mutant(
        rows.late_results_recorded,
        "the life of a claim, and its check when a result is recorded",
        worlds.FROZEN,
        (LOST, AGREE),
        parts=(rows.claims_of_a_moment, rows.claims_not_checked),
    ),
    Mutant(rows.creates_not_intended, "create intent", worlds.LINKING_LOST, UNEVEN),
    Mutant(rows.updates_not_intended, "update intent", worlds.DUEL_TROUBLE, (LOST,)),
    Mutant(rows.intents_not_resolved, "an open intent is resolved", worlds.DUEL_TROUBLE, (LOST,)),
    Mutant(
        rows.edits_take_our_place,
        "in doubt ours was applied, then edited",
        worlds.DUEL_TROUBLE,
        (LOST,),
    ),
    Mutant(
        rows.losses_forgotten,
        "a lost value is carried into the next intent",
        worlds.DUEL_TROUBLE,
        (LOST,),
    ),
    Mutant(
        rows.replaced_values_forgotten,
        "the claim holds what a first write is about to replace",
        worlds.TWINS_TROUBLE,
        (LOST,),
    ),
    Mutant(
        rows.always_complete,
        "a token is kept only if the record equals the merge base",
        worlds.MANUAL,
        (LOST, AGREE, ECHO),
    ),
    Mutant(
        rows.nothing_not_written,
        "the decision to do nothing is a write",
        worlds.FLICKED,
        FORGOTTEN,
        seeds=3000,
    ),
    Mutant(rows.tombs_with_token, "no token on a tomb", worlds.DELETES, (LOST,)),
    # Records
    Mutant(records.newest_token, "the SyncToken of what was decided on", worlds.DUEL, (LOST,)),
    Mutant(
        records.presumed_and_overwritten,
        "QuickBooks is presumed only with a token, and the write bears it",
        worlds.DUEL,
        (LOST, AGREE),
        parts=(records.presumed_without_token, records.newest_token),
    ),
    Mutant(
        records.intents_lost_with_tombs,
        "an open intent is resolved on a tomb too",
        worlds.BURIED,
        (LOST,),
        seeds=3000,
    ),
    Mutant(records.unconditional, "If-Unmodified-Since", worlds.DUEL, (LOST,)),
    Mutant(records.never_restless, "the quiet second", worlds.BURSTS, (LOST,)),
    Mutant(
        records.seen_ignored,
        "a row older than the highest token seen is read again",
        worlds.DUEL_STALE,
        (LOST,),
    ),
    Mutant(
        records.event_time_ignored,
        "a row older than the event is read again",
        worlds.OLD_QUERIES,
        (AGREE, MISSING),
    ),
    Mutant(
        records.shown_late, "a value that loses is shown in the same request", worlds.DUEL, (LOST,)
    ),
    Mutant(records.base_not_moved, "what was sent becomes the merge base", worlds.DUEL, (LOST,)),
    Mutant(
        records.unknown_is_failed,
        "no answer means unknown, not failed",
        worlds.LINKING_LOST,
        (LOST, *UNEVEN),
    ),
    Mutant(
        records.faults_read_as_empty,
        "a fault does not mean: no such record",
        worlds.FAULTY,
        FORGOTTEN,
    ),
    Mutant(
        records.merges_not_followed,
        "a merge re-points the cross-reference",
        worlds.MERGES,
        (LOST, MISSING, AGREE),
    ),
    Mutant(
        records.problems_not_shown,
        "what waits for a person stands on the record",
        worlds.MANUAL,
        (MISSING,),
    ),
    Mutant(
        records.companies_overwrite,
        "each company has a line of its own",
        worlds.COMPANIES,
        (MISSING, ECHO),
    ),
    Mutant(
        records.companies_confused,
        "each company is written for itself",
        worlds.COMPANIES,
        (LOST, *UNEVEN),
    ),
    Mutant(
        records.contacts_taken_for_one,
        "another primary contact is another person",
        worlds.SUCCEEDED,
        (LOST,),
    ),
    Mutant(
        records.contacts_never_known,
        "a primary contact is another one only until it has travelled",
        worlds.SUCCEEDED,
        (LOST,),
    ),
    # Links
    Mutant(linking.unmarked, "marker", worlds.LINKING_TROUBLE, (LOST, *UNEVEN)),
    Mutant(
        linking.copies_believed,
        "a marker counts only for an open create",
        worlds.SELLING_COPIES,
        UNEVEN,
    ),
    Mutant(
        linking.repeated_unseen,
        "a look-up comes before a repeat",
        worlds.LINKING_TROUBLE,
        (LOST, *UNEVEN),
    ),
    Mutant(
        linking.created_anew,
        "a look-up before a repeat, and the requestid of the first try",
        worlds.SELLING_LOST,
        (MONEY,),
        parts=(linking.repeated_unseen, linking.content_in_requestid),
    ),
    Mutant(
        linking.deleted_unseen,
        "the look-up finds what has been deleted",
        worlds.DELETES_LINKING,
        (TWICE,),
    ),
    Mutant(
        linking.handed_over_is_done, "a hand-over is no result", worlds.LINKING_LONG, (MISSING,)
    ),
    Mutant(
        linking.linked_is_done,
        "what was looked at before its link is decided again",
        worlds.HASTY,
        FORGOTTEN,
        seeds=1000,
    ),
    Mutant(
        linking.adopted_bare, "an adopted pair begins with what was equal", worlds.TWINS, (LOST,)
    ),
    Mutant(
        linking.parts_of_others_trusted,
        "a part is ours only if it shows one of our values",
        worlds.LINKING_TROUBLE,
        (LOST,),
    ),
    # Documents
    Mutant(
        documents.balances_untouched,
        "a payment speaks for its invoices",
        worlds.PAYING,
        (AGREE,),
    ),
    Mutant(
        documents.former_invoices_forgotten,
        "a payment speaks for the invoices it was applied to before",
        worlds.SPREADING,
        (AGREE,),
    ),
    Mutant(
        documents.credits_untouched,
        "an application speaks for its credit memo",
        worlds.CREDITING,
        (AGREE,),
    ),
    Mutant(
        documents.deleted_bills_forgotten,
        "the row of a document outlives its deletion",
        worlds.UNSOLD,
        (MONEY,),
    ),
    Mutant(
        documents.reopened_deals_forgotten,
        "a deal keeps its invoice, whatever its stage",
        worlds.DEALING,
        (MONEY,),
    ),
    Mutant(
        documents.lines_by_place,
        "the lines of a document are known by their ids",
        worlds.LINE_BY_LINE,
        (LOST, MONEY, AGREE),
    ),
    Mutant(
        documents.line_intents_not_resolved,
        "an open intent is resolved line by line",
        worlds.LINE_BY_LINE_LOST,
        (MONEY, LOST),
    ),
    Mutant(
        documents.overtaken_lines_unnamed,
        "a line that may not have been seen is named when it is replaced",
        worlds.LINE_BY_LINE_LOST,
        (LOST,),
    ),
    Mutant(
        documents.put_back_by_old_ids,
        "a line put back is a new one",
        worlds.LINE_BY_LINE_LOST,
        (MONEY, LOST, AGREE),
    ),
    Mutant(
        documents.voided_like_any,
        "what was voided stays so",
        worlds.VOIDING,
        (MONEY,),
    ),
    Mutant(
        documents.makers_not_followed,
        "an invoice that was made for a deal names it",
        worlds.DEALING,
        (AGREE,),
    ),
    Mutant(
        documents.sold_anew,
        "a deal does not rewrite its invoice",
        worlds.DEALING,
        (MONEY,),
    ),
    Mutant(
        documents.survivors_overtaken,
        "a merge waits for what is being made for the survivor",
        worlds.MERGES_EARLY,
        (TWICE, MISSING),
    ),
    Mutant(
        documents.inherited_bare,
        "the survivor of a merge inherits what was agreed",
        worlds.MERGES_EDITED,
        (LOST,),
    ),
    Mutant(
        documents.intents_lost_in_merges,
        "an open intent is resolved where a merge is followed",
        worlds.MERGES_LOST,
        (LOST,),
    ),
    Mutant(documents.totals_not_compared, "totals are compared", worlds.DEALING_ANEW, (MISSING,)),
    Mutant(
        documents.totals_told_once,
        "what is said of totals changes with them",
        worlds.DEALING_ANEW,
        (MISSING,),
    ),
    Mutant(
        records.purges_not_held,
        "many deletions at once are held",
        worlds.EMPTIED,
        ("no mass deletion",),
    ),
    Mutant(
        records.parted_and_retired,
        "the mapping says what a deletion does",
        worlds.PARTED,
        (PARTED,),
    ),
    Mutant(
        records.parted_and_joined,
        "what has parted stays parted",
        worlds.PARTED,
        (PARTED,),
    ),
    # Products
    Mutant(
        products.prices_told_by_products,
        "a price that changed on one side alone goes to the other",
        worlds.PRICED,
        (LOST,),
    ),
    Mutant(
        products.prices_not_agreed,
        "the price that was agreed on is remembered",
        worlds.PRICED,
        (LOST, ECHO, AGREE),
    ),
    Mutant(
        products.prices_without_entries,
        "a product without an entry gets one",
        worlds.PRICED_THERE,
        (AGREE,),
    ),
    Mutant(
        products.prices_of_any_book,
        "a product's price is that of the standard price book",
        worlds.PRICED_TWICE,
        (LOST, AGREE),
    ),
    Mutant(products.fractions_as_prices, "a fraction of a cent is no edit", worlds.PRICED, (LOST,)),
    Mutant(
        products.entries_unconditional,
        "an entry is written under a condition of its own",
        worlds.PRICED,
        (LOST,),
    ),
    Mutant(
        products.flags_not_agreed,
        "what both last agreed on of a flag is remembered",
        worlds.SWITCHED,
        (LOST,),
    ),
    Mutant(
        products.flags_not_resolved,
        "an open intent moves what was agreed of a flag",
        worlds.SWITCHED_LOST,
        (LOST,),
    ),
    Mutant(
        products.retired_products_kept,
        "an inactive product makes its item inactive",
        worlds.SWITCHED,
        (AGREE, LOST),
    ),
    Mutant(
        products.retired_items_kept,
        "an inactive item makes its product inactive",
        worlds.SWITCHED,
        (AGREE, LOST),
    ),
    Mutant(
        products.woken_products_ignored,
        "an item becomes active with its product",
        worlds.SWITCHED,
        (AGREE, LOST),
    ),
    Mutant(
        products.woken_items_ignored,
        "a product becomes active with its item",
        worlds.SWITCHED,
        (AGREE, LOST),
    ),
    Mutant(
        products.reactivations_forgotten,
        "an item made active beside a deleted product is followed",
        worlds.BINNED,
        (LOST,),
    ),
    Mutant(
        products.flags_presumed_written,
        "a pair rests only once its flag is written",
        worlds.SWITCHED_REFUSED,
        (AGREE, LOST),
    ),
)
