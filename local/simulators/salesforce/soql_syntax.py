"""The query language as text: the parser that makes a tree of its tokens.

Salesforce: SOQL and SOSL Reference, "SOQL SELECT Syntax". Of it the stand-in leaves out TYPEOF,
GROUP BY ROLLUP and CUBE, distances, currency literals and data categories.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NoReturn

from local.simulators.salesforce import soql_dates, soql_tokens
from local.simulators.salesforce.soql_tokens import Token
from local.simulators.salesforce.soql_tree import (
    Aggregate,
    Comparison,
    Condition,
    FieldSet,
    Junction,
    Literal,
    Order,
    Path,
    Query,
)

_OPERATORS = frozenset({"=", "!=", "<>", "<", ">", "<=", ">=", "like"})
_SETS = frozenset({"in", "not in", "includes", "excludes"})
_CLAUSES = frozenset(
    {"where", "order", "limit", "offset", "group", "having", "for", "using", "with", "all"}
)
_AGGREGATES = frozenset({"count", "count_distinct", "sum", "avg", "min", "max"})
_FUNCTIONS = frozenset(soql_dates.FUNCTIONS) | soql_dates.SHOWN_AS_IS


@lru_cache(maxsize=4096)
def parse(text: str) -> Query:
    """Read a query; nobody may change the tree, for the next reader gets the same one.

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
        self._tokens = soql_tokens.split(text)
        self._next = 0

    # Tokens

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._token
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _took(self, *words: str) -> bool:
        if self._tokens[self._next].word not in words:
            return False
        self._next += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._took(word):
            self._unexpected()

    def _unexpected(self, token: Token | None = None) -> NoReturn:
        token = token or self._token
        raise soql_tokens.unexpected(self._text, token.position, token.text)

    def expect_end(self) -> None:
        """Refuse whatever stands behind the query."""
        if self._token.kind != "end":
            self._unexpected()

    def _word(self) -> Token:
        if self._token.kind != "word":
            self._unexpected()
        return self._take()

    def _whole_number(self) -> int:
        token = self._take()
        if token.kind != "number" or not token.text.isdigit():
            self._unexpected(token)
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
        if self._took("using"):
            self._expect("scope")
            self._word()
        if self._took("where"):
            query.where = self._condition()
        # Whose rights count says nothing here: everybody may do everything.
        modes = ("security_enforced", "user_mode", "system_mode")
        if self._took("with") and not self._took(*modes):
            self._unexpected()
        if self._took("group"):
            self._expect("by")
            query.group = self._group()
            if self._took("having"):
                query.having = self._condition()
        if self._took("order"):
            self._expect("by")
            query.order = [self._order()]
            while self._took(","):
                query.order.append(self._order())
        if self._took("limit"):
            query.limit = self._whole_number()
        if self._took("offset"):
            query.offset = self._whole_number()
        if self._took("for") and not self._took("view", "reference", "update"):
            self._unexpected()

    def _group(self) -> list[Path]:
        group = [self._plain_path()]
        while self._took(","):
            group.append(self._plain_path())
        return group

    def _plain_path(self) -> Path:
        found = self._expression()
        if not isinstance(found, Path):
            self._unexpected()
        return found

    def _selected(self) -> Path | Aggregate | FieldSet | Query:
        if self._took("("):
            inner = self.query()
            self._expect(")")
            return inner
        if self._token.says("fields"):
            return self._field_set()
        found = self._expression()
        if self._token.kind != "word" or self._token.says("from"):
            return found
        behind = self._tokens[self._next + 1]
        if not behind.says(",", "from"):
            self._unexpected()
        return replace(found, alias=self._take().text)

    def _field_set(self) -> FieldSet | Path:
        start = self._take()
        if not self._took("("):
            return Path((start.text,), start.position)
        kind = self._word()
        if not kind.says("all", "standard", "custom"):
            self._unexpected(kind)
        self._expect(")")
        return FieldSet(kind.text.lower(), start.position)

    def _expression(self) -> Path | Aggregate:
        """Read a field, or a function of one."""
        token = self._word()
        if not self._took("("):
            return Path(tuple(token.text.split(".")), token.position)
        function = token.text.lower()
        if function in _AGGREGATES:
            path = None if self._token.says(")") else self._plain_path()
            if path is None and function != "count":
                self._unexpected()
            self._expect(")")
            return Aggregate(function, path, token.position)
        if function not in _FUNCTIONS:
            self._unexpected(token)
        inner = self._plain_path()
        self._expect(")")
        return replace(inner, function=inner.function or function)

    def _order(self) -> Order:
        path = self._expression()
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
        path, token = self._expression(), self._take()
        operator = "!=" if token.text == "<>" else token.text.lower()
        if token.says("not"):
            self._expect("in")
            operator = "not in"
        if operator in _SETS:
            return Comparison(path, operator, self._members())
        if operator not in _OPERATORS:
            self._unexpected(token)
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
        count = self._whole_number() if token.kind == "word" and self._took(":") else None
        return soql_tokens.literal(self._text, token, count)
