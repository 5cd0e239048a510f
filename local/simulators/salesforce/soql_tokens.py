"""The pieces of a query's text, and the values among them."""

import re
from dataclasses import dataclass
from decimal import Decimal

from local.simulators.salesforce import soql_dates
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.soql_tree import Literal, refusal
from local.simulators.salesforce.values import parse_date, parse_datetime

_TOKENS = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^'\\]|\\.)*')
      | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:?\d\d))
      | (?P<date>\d{4}-\d\d-\d\d)
      | (?P<number>[+-]?\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
      | (?P<sign><=|>=|!=|<>|[=<>(),:])
    )""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_ESCAPED |= {letter.upper(): value for letter, value in _ESCAPED.items()}
_ESCAPED |= {'"': '"', "'": "'", "\\": "\\", "_": "_", "%": "%"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the query and where it begins."""

    kind: str
    text: str
    position: int
    word: str = ""

    def says(self, *words: str) -> bool:
        """Tell whether the token is one of some words, in any case."""
        return self.word in words


def unexpected(text: str, position: int, what: str) -> ApiError:
    """Refuse a piece of a query that does not belong where it stands."""
    return refusal("MALFORMED_QUERY", text, position, f"unexpected token: '{what}'")


def split(text: str) -> list[Token]:
    """Return the tokens of a query, and one for its end.

    Raises:
        ApiError: MALFORMED_QUERY.
    """
    tokens, position, end = [], 0, len(text.rstrip())
    while position < end:
        found = _TOKENS.match(text, position)
        if not found:
            wrong = text[position:].lstrip()
            raise unexpected(text, len(text) - len(wrong), wrong[0])
        kind = str(found.lastgroup)
        piece = found[kind]
        word = piece.lower() if kind in ("word", "sign") else ""
        tokens.append(Token(kind, piece, found.start(kind), word))
        position = found.end()
    return [*tokens, Token("end", "<EOF>", len(text))]


def literal(text: str, token: Token, count: int | None = None) -> Literal:
    """Return the value that a token is; `count` is the number behind the colon of a date literal.

    Raises:
        ApiError: MALFORMED_QUERY.
    """
    if token.kind == "string":
        return _string(text, token)
    if token.kind == "number":
        return Literal("number", Decimal(token.text))
    if token.kind == "date" and (day := parse_date(token.text)):
        return Literal("date", day)
    if token.kind == "datetime" and (moment := parse_datetime(token.text)):
        return Literal("datetime", moment)
    if token.says("true", "false"):
        return Literal("boolean", token.says("true"))
    if token.says("null"):
        return Literal("null", None)
    if token.kind == "word" and soql_dates.is_known(token.text, count):
        return Literal("range", (token.text.upper(), count))
    raise unexpected(text, token.position, token.text)


def _string(text: str, token: Token) -> Literal:
    """Undo the escapes; in a pattern `%` and `_` stand for any text and any character."""
    plain, pattern, position = "", "", 0
    body = token.text[1:-1]
    for found in _ESCAPE.finditer(body):
        plain += body[position : found.start()]
        pattern += _wildcards(body[position : found.start()])
        escaped = found.group(1)
        known = chr(int(escaped[1:], 16)) if len(escaped) == 5 else _ESCAPED.get(escaped)
        if known is None:
            message = f"Illegal escape sequence '\\{escaped}'"
            raise refusal("MALFORMED_QUERY", text, token.position, message)
        plain += known
        pattern += re.escape(known)
        position = found.end()
    plain += body[position:]
    pattern += _wildcards(body[position:])
    return Literal("string", plain, pattern)


def _wildcards(text: str) -> str:
    return re.escape(text).replace("%", ".*").replace("_", ".")
