"""Recorded refusals of Salesforce, and its tokens, called for again on the stand-in."""

from typing import Any

from tests.conformance.recorded_salesforce import REPLAYS, Org


@REPLAYS.of("error-entity-is-deleted")
def _deleted(real: Any) -> tuple[Any, Any]:
    org = Org()
    path = f"sobjects/Account/{org.create('Account', Name='A')}"
    org.call("DELETE", path)
    return org.call("DELETE", path), real


@REPLAYS.of("error-invalid-field")
def _no_column(real: Any) -> tuple[Any, Any]:
    return Org().call("POST", "sobjects/Account", {"Name": "A", "AccountNumer": "1"}), real


@REPLAYS.of("error-required-field-missing")
def _no_name(real: Any) -> tuple[Any, Any]:
    return Org().call("POST", "sobjects/Account", {"Phone": "1"}), real


@REPLAYS.of("error-invalid-field-for-insert-update", "error-invalid-field-for-insert-update-name")
def _not_writable(real: Any) -> tuple[Any, Any]:
    name = real[0]["fields"][0]
    value = "B" if name == "Name" else "003RM000003oLnnYAE"
    return Org().call("POST", "sobjects/Contact", {"LastName": "A", name: value}), real


@REPLAYS.of("error-not-found-external-id")
def _no_record(real: Any) -> tuple[Any, Any]:
    return Org().call("GET", "sobjects/Account/rid"), real


@REPLAYS.of("error-collections-empty")
def _no_records(real: Any) -> tuple[Any, Any]:
    return Org().call("POST", "composite/sobjects", {"records": []}), real


@REPLAYS.of("error-invalid-session-id-401", "error-invalid-session-id")
def _no_session(real: Any) -> tuple[Any, Any]:
    return Org().call("GET", "limits", authorization="Bearer old"), real


@REPLAYS.of("error-invalid-type")
def _no_object(real: Any) -> tuple[Any, Any]:
    return Org().query("SELECT Id,Name,BillingCity,IsDeleted FROM Accout"), real


@REPLAYS.of("error-restricted-picklist")
def _bad_choice(real: Any) -> tuple[Any, Any]:
    body = {"Name": "A", "Payment_Terms__c": "Net 17"}
    return Org().call("POST", "sobjects/Account", body), real


@REPLAYS.of("error-duplicate-value")
def _twice(real: Any) -> tuple[Any, Any]:
    org = Org()
    org.create("Account", Name="A", External_Id__c="k")
    body = {"Name": "B", "External_Id__c": "k"}
    ours = org.call("POST", "sobjects/Account", body)
    # The recorded one names the two fields of its key, this key has one.
    return ours, [{**real[0], "fields": real[0]["fields"][: len(ours[0]["fields"])]}]


@REPLAYS.of("error-unable-to-lock-row", "error-request-limit-exceeded")
@REPLAYS.of("error-insufficient-access-cross-reference")
def _planted(real: Any) -> tuple[Any, Any]:
    org = Org()
    fault = {"match": {"kind": "create"}, "effect": {"code": real[0]["errorCode"]}}
    org.admin("faults", fault)
    return org.call("POST", "sobjects/Account", {"Name": "A"}), real


def _token(form: str) -> Any:
    kind = {"content-type": "application/x-www-form-urlencoded", "authorization": ""}
    return Org().call(
        "POST", "/services/oauth2/token", f"{form}&client_id=cid&client_secret=sec", **kind
    )


@REPLAYS.of(
    "token-refresh-reply",
    apart={"scope|token_type": "an older reply; today's have them (help: OAuth 2.0 refresh flow)"},
)
def _refreshed(real: Any) -> tuple[Any, Any]:
    return _token("grant_type=refresh_token&refresh_token=rt-0"), real


@REPLAYS.of("token-error-expired-refresh-token")
def _no_grant(real: Any) -> tuple[Any, Any]:
    return _token("grant_type=refresh_token&refresh_token=old"), real


@REPLAYS.of("token-error-authentication-failure", "token-error-invalid-password")
def _no_assertion(real: Any) -> tuple[Any, Any]:
    grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
    return _token(f"grant_type={grant}&assertion=x"), real


FEWER_SCOPES = {
    r"sub|organization_id|email|\w*name|photos|profile|picture": "by scopes it had not",
    r"urls\..*|address\..*": "as many as its scopes allow",
}


@REPLAYS.of("oauth2-userinfo")
@REPLAYS.of("userinfo-amp", apart=FEWER_SCOPES)
def _user(real: Any) -> tuple[Any, Any]:
    return Org().call("GET", "/services/oauth2/userinfo"), real
