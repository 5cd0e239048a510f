"""Tokens that expire while work goes on: everything heals by itself, and nothing is lost."""

from functools import partial

from tests.e2e.world import World


def token_calls(world: World) -> tuple[int, int]:
    """Return how often the bridge has asked for tokens: Salesforce, QuickBooks."""
    return world.stage.salesforce.calls()["token"], world.stage.quickbooks.calls()["token"]


def has_website(world: World, customer_id: str, website: str) -> bool:
    """Say whether a customer has a website."""
    return bool(world.customer(customer_id).get("WebAddr") == {"URI": website})


def test_expired_access_token_of_quickbooks_heals_by_itself(live: World) -> None:
    account_id, customer_id = live.linked_account("Expired Token Inc")
    before = live.stage.secret("QuickBooksRealmSecret")
    live.stage.quickbooks.admin("tokens", {"expire_access": True})

    live.stage.salesforce.edit(account_id, Fax="(916) 555-0107")

    live.until(
        lambda: live.customer(customer_id).get("Fax") == {"FreeFormNumber": "(916) 555-0107"},
        "the fax in QuickBooks",
    )
    assert live.stage.secret("QuickBooksRealmSecret")["access_token"] != before["access_token"]


def test_ended_session_of_salesforce_heals_by_itself(live: World) -> None:
    account_id, customer_id = live.linked_account("Ended Session Inc")
    live.stage.salesforce.admin("tokens", {"expire": True})

    live.stage.quickbooks.edit(customer_id, Fax={"FreeFormNumber": "(916) 555-0108"})

    live.until(lambda: live.account(account_id)["Fax"] == "(916) 555-0108", "the fax in Salesforce")


def test_refresh_token_that_was_rotated_is_kept(live: World) -> None:
    account_id, customer_id = live.linked_account("Rotation Inc")
    before = live.stage.secret("QuickBooksRealmSecret")["refresh_token"]

    for website in ("https://first.example", "https://second.example"):
        live.stage.quickbooks.admin(
            "tokens", {"rotate_on_next_refresh": True, "expire_access": True}
        )
        live.stage.salesforce.edit(account_id, Website=website)
        live.until(partial(has_website, live, customer_id, website), f"{website} in QuickBooks")

    after = live.stage.secret("QuickBooksRealmSecret")["refresh_token"]
    assert after != before
    assert live.stage.quickbooks.admin("tokens")["refresh_tokens"] == {"1": after}


def test_many_workers_that_meet_a_401_at_once_refresh_once(live: World) -> None:
    names = [f"Storm {number:02}" for number in range(20)]
    live.stage.quickbooks.admin("tokens", {"expire_access": True})
    live.stage.salesforce.admin("tokens", {"expire": True})
    before = token_calls(live)

    with live.stage.worker_held():
        accounts = [live.stage.salesforce.create(Name=name) for name in names]

    live.until(
        lambda: all(live.account(each)["QuickBooks_Id__c"] for each in accounts),
        "all twenty linked",
    )
    live.stage.wait_for_quiet()
    assert token_calls(live) == (before[0] + 1, before[1] + 1)
    assert [len(live.see.customers_named(name)) for name in names] == [1] * len(names)
