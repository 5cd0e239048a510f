"""The query language as text: tokens, and the parser that makes a tree of them.

Salesforce: SOQL and SOSL Reference, "SOQL SELECT Syntax". Of it the stand-in leaves out grouping
with its functions, TYPEOF, FIELDS(), date functions and relative date literals.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NoReturn

from local.simulators.salesforce.soql_tree import (
    Comparison,
    Condition,
    Count,
    Junction,
    Literal,
    Order,
    Path,
    Query,
    refusal,
)
from local.simulators.salesforce.values import parse_date, parse_datetime

_TOKENS = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>'(?:[^'\\]|\\.)*')
      | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:?\d\d))
      | (?P<date>\d{4}-\d\d-\d\d)
      | (?P<number>[+-]?\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
      | (?P<sign><=|>=|!=|<>|[=<>(),:])""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_ESCAPED |= {letter.upper(): value for letter, value in _ESCAPED.items()}
_ESCAPED |= {'"': '"', "'": "'", "\\": "\\", "_": "_", "%": "%"}
_OPERATORS = frozenset({"=", "!=", "<>", "<", ">", "<=", ">="})
_CLAUSES = frozenset({"where", "order", "limit", "offset", "group", "having", "for", "using"})


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the query and where it begins."""

    kind: str
    text: str
    position: int

    def says(self, *words: str) -> bool:
        """Tell whether the token is one of some words, in any case."""
        return self.kind in ("word", "sign", "end") and self.text.lower() in words


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        ApiError: MALFORMED_QUERY.
    """
    parser = _Parser(text)
    query = parser.query()
    parser.expect_end()
    return query


class _Parser:
    """Recursive descent, one token ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._split(text)
        self._next = 0

    def _split(self, text: str) -> list[Token]:
        tokens, position = [], 0
        while position < len(text):
            found = _TOKENS.match(text, position)
            if not found:
                self._refuse(position, f"unexpected token: '{text[position]}'")
            kind = str(found.lastgroup)
            if kind != "space":
                tokens.append(Token(kind, found.group(), position))
            position = found.end()
        return [*tokens, Token("end", "<EOF>", len(text))]

    def _refuse(self, position: int, message: str) -> NoReturn:
        raise refusal("MALFORMED_QUERY", self._text, position, message)

    # Tokens

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._token
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _took(self, *words: str) -> bool:
        if not self._token.says(*words):
            return False
        self._take()
        return True

    def _expect(self, word: str) -> None:
        if not self._took(word):
            self._unexpected()

    def _unexpected(self) -> NoReturn:
        self._refuse(self._token.position, f"unexpected token: '{self._token.text}'")

    def expect_end(self) -> None:
        """Refuse whatever stands behind the query."""
        if self._token.kind != "end":
            self._unexpected()

    def _word(self) -> Token:
        if self._token.kind != "word":
            self._unexpected()
        return self._take()

    def _path(self) -> Path:
        token = self._word()
        return Path(tuple(token.text.split(".")), token.position)

    def _whole_number(self) -> int:
        token = self._take()
        if token.kind != "number" or not token.text.isdigit():
            self._refuse(token.position, f"unexpected token: '{token.text}'")
        return int(token.text)

    # Clauses

    def query(self) -> Query:
        """Read from SELECT to the end of the query."""
        self._expect("select")
        query = Query(self._text)
        query.selected.append(self._selected())
        while self._took(","):
            query.selected.append(self._selected())
        self._expect("from")
        source = self._word()
        query.source, query.source_position = source.text, source.position
        if self._token.kind == "word" and self._token.text.lower() not in _CLAUSES:
            query.alias = self._take().text
        self._clauses(query)
        return query

    def _clauses(self, query: Query) -> None:
        if self._took("where"):
            query.where = self._condition()
        if self._took("order"):
            self._expect("by")
            query.order.append(self._order())
            while self._took(","):
                query.order.append(self._order())
        if self._took("limit"):
            query.limit = self._whole_number()
        if self._took("offset"):
            query.offset = self._whole_number()

    def _selected(self) -> Path | Count | Query:
        if self._took("("):
            inner = self.query()
            self._expect(")")
            return inner
        path = self._path()
        if not self._took("("):
            return path
        if path.names[0].lower() != "count":
            self._refuse(path.position, f"unexpected token: '{path.names[0]}'")
        counted = None if self._token.says(")") else self._path()
        self._expect(")")
        has_alias = self._token.kind == "word" and not self._token.says("from")
        return Count(counted, self._take().text if has_alias else None)

    def _order(self) -> Order:
        path = self._path()
        is_descending = self._took("desc")
        if not is_descending:
            self._took("asc")
        nulls_last = False
        if self._took("nulls"):
            nulls_last = self._took("last")
            if not nulls_last:
                self._expect("first")
        return Order(path, is_descending, nulls_last)

    # Conditions

    def _condition(self) -> Condition:
        conditions = [self._negatable()]
        # AND and OR beside one another need parentheses.
        word = self._token.text.lower()
        while word in ("and", "or") and self._took(word):
            conditions.append(self._negatable())
        return conditions[0] if len(conditions) == 1 else Junction(word, tuple(conditions))

    def _negatable(self) -> Condition:
        if self._took("not"):
            return Junction("not", (self._negatable(),))
        if self._took("("):
            inner = self._condition()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Comparison:
        path, token = self._path(), self._take()
        operator = "!=" if token.text == "<>" else token.text.lower()
        if token.says("not"):
            self._expect("in")
            operator = "not in"
        if operator in ("in", "not in"):
            return Comparison(path, operator, self._members())
        if operator not in _OPERATORS and operator != "like":
            self._refuse(token.position, f"unexpected token: '{token.text}'")
        return Comparison(path, operator, (self._literal(),))

    def _members(self) -> Sequence[Literal] | Query:
        self._expect("(")
        members: list[Literal] | Query
        if self._token.says("select"):
            members = self.query()
        else:
            members = [self._literal()]
            while self._took(","):
                members.append(self._literal())
        self._expect(")")
        return members

    def _literal(self) -> Literal:
        token = self._take()
        if token.kind == "string":
            return self._string(token)
        value: date | datetime | Decimal | None
        match token.kind:
            case "number":
                return Literal("number", Decimal(token.text))
            case "date":
                value = parse_date(token.text)
            case "datetime":
                value = parse_datetime(token.text.replace(" ", "+"))
            case _ if token.says("true", "false"):
                return Literal("boolean", token.says("true"))
            case _ if token.says("null"):
                return Literal("null", None)
            case _:
                self._refuse(token.position, f"unexpected token: '{token.text}'")
        if value is None:
            self._refuse(token.position, f"unexpected token: '{token.text}'")
        return Literal(token.kind, value)

    def _string(self, token: Token) -> Literal:
        """Undo the escapes; in a pattern `%` and `_` stand for any text and any character."""
        plain, pattern, position = "", "", 0
        body = token.text[1:-1]
        for found in _ESCAPE.finditer(body):
            plain += body[position : found.start()]
            pattern += _wildcards(body[position : found.start()])
            escaped = found.group(1)
            known = chr(int(escaped[1:], 16)) if len(escaped) == 5 else _ESCAPED.get(escaped)
            if known is None:
                self._refuse(token.position, f"Illegal escape sequence '\\{escaped}'")
            plain += known
            pattern += re.escape(known)
            position = found.end()
        plain += body[position:]
        pattern += _wildcards(body[position:])
        return Literal("string", plain, re.compile(pattern, re.IGNORECASE | re.DOTALL))


def _wildcards(text: str) -> str:
    return re.escape(text).replace("%", ".*").replace("_", ".")
