"""The identity of a session's user: `/id/<org>/<user>`.

Salesforce: "Identity URLs".
"""

from typing import Any

from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.exchange import Reply
from local.simulators.salesforce.oauth import OAuth, urls
from local.simulators.salesforce.sessions import Sessions
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.tables import Row
from local.simulators.server import Request

_OF_EVERYBODY: dict[str, Any] = {
    "asserted_user": True,
    "email_verified": True,
    "timezone": "America/Los_Angeles",
    "addr_street": None,
    "addr_city": None,
    "addr_state": None,
    "addr_country": "US",
    "addr_zip": None,
    "mobile_phone": None,
    "mobile_phone_verified": False,
    "is_lightning_login_user": False,
    "status": {"created_date": None, "body": None},
    "user_type": "STANDARD",
    "language": "en_US",
    "locale": "en_US",
    "utcOffset": -28_800_000,
    "is_app_installed": True,
}


class Identity:
    """Tells a client who it is."""

    def __init__(self, org: Org, sessions: Sessions, oauth: OAuth) -> None:
        self._org = org
        self._sessions = sessions
        self._oauth = oauth

    def show(self, request: Request) -> Reply:
        """Return the identity that a path names, to a session that may see it."""
        _, _, org_id, user_id = (*request.path.split("/"), "", "")[:4]
        authorization = request.headers.get("authorization")
        if not authorization and (token := request.query.get("oauth_token")):
            authorization = f"Bearer {token}"
        self._sessions.authenticate(authorization)
        user = self._org.row(self._org.schema.objects["User"], user_id)
        if user is None or org_id != self._org.org_id:
            raise ApiError("NOT_FOUND")
        return Reply(200, self._value(user))

    def _value(self, user: Row) -> dict[str, Any]:
        host = self._oauth.instance_url
        told = {
            "id": f"https://login.salesforce.com/id/{self._org.org_id}/{user['Id']}",
            "user_id": user["Id"],
            "organization_id": self._org.org_id,
            "username": user["Username"],
            "nick_name": user["Username"].partition("@")[0],
            "display_name": user["Name"],
            "email": user["Email"],
            "first_name": user["FirstName"],
            "last_name": user["LastName"],
            "photos": {"picture": f"{host}/profilephoto/F", "thumbnail": f"{host}/profilephoto/T"},
            "urls": urls(host, user["Id"]),
            "active": user["IsActive"],
            "last_modified_date": f"{user['LastModifiedDate']:%Y-%m-%dT%H:%M:%SZ}",
        }
        return told | _OF_EVERYBODY
