"""The query language: reads a statement into a Query and refuses what the original refuses.

Grammar and faults: Intuit, learn/explore-the-quickbooks-online-api/data-queries.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from local.simulators.quickbooks.errors import ApiFault

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>'(?:[^'\\]|\\.)*')
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z_][\w.]*)
      | (?P<sign><=|>=|!=|[=<>(),*])""",
    re.VERBOSE,
)
_KEYWORDS = {
    *("select", "from", "where", "and", "or", "not", "in", "like", "between", "orderby", "order"),
    *("by", "asc", "desc", "startposition", "maxresults", "null", "true", "false", "count"),
}
_OPERATORS = {"=", "<", ">", "<=", ">="}
_DEFAULT_ROWS = 100
MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; `operator` is in lower case, `values` holds more than one only for `in`."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(slots=True)
class Query:
    """A statement that could be read; whether its names exist is not yet known."""

    entity: str = ""
    is_count: bool = False
    columns: list[str] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    start: int = 1
    limit: int = _DEFAULT_ROWS


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind == "word" else self.text


@lru_cache(maxsize=4096)
def parse(statement: str) -> Query:
    """Read a statement; the Query is shared with others who asked the same.

    Raises:
        ApiFault: 4000 where the text is no statement, 4001 for a start position below 1.
    """
    return _Parser(_tokens(statement)).statement()


def _tokens(statement: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(statement):
        match = _TOKEN.match(statement, at)
        if match is None:
            raise ApiFault(
                "4000",
                f"QueryParserError: Lexical error at line 1, column {at + 1}.  Encountered: "
                f'"{statement[at]}" ({ord(statement[at])}), after : ""',
            )
        if match.lastgroup != "space":
            found.append(_Token(str(match.lastgroup), match.group(), at + 1))
        at = match.end()
    return [*found, _Token("end", "", len(statement) + 1)]


class _Parser:
    """Recursive descent over the tokens of one statement."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._query = Query()

    def statement(self) -> Query:
        self._expect("select")
        self._selection()
        self._expect("from")
        self._query.entity = self._identifier()
        if self._accept("where"):
            self._conditions()
        self._tail()
        return self._query

    def _selection(self) -> None:
        if self._accept("*"):
            # `*, Sku` is asked of real companies (python-quickbooks pull request 379).
            while self._accept(","):
                self._identifier()
            return
        if self._here.word == "count" and self._tokens[self._at + 1].text == "(":
            for each in ("count", "(", "*", ")"):
                self._expect(each)
            self._query.is_count = True
            return
        self._query.columns = [self._identifier()]
        while self._accept(","):
            self._query.columns.append(self._identifier())

    def _conditions(self) -> None:
        self._query.conditions.append(self._condition())
        while self._accept("and"):
            self._query.conditions.append(self._condition())

    def _condition(self) -> Condition:
        name = self._identifier()
        operator = self._here.word
        if operator == "in":
            self._next()
            return Condition(name, "in", self._values())
        if operator not in _OPERATORS and operator != "like":
            raise self._unexpected("<EOF>", "AND", "=", "in", "like", "orderby", "maxresults")
        self._next()
        return Condition(name, operator, (self._value(),))

    def _values(self) -> tuple[str, ...]:
        self._expect("(")
        values = [self._value()]
        while self._accept(","):
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> str:
        token = self._here
        if token.kind == "string":
            self._next()
            return re.sub(r"\\(.)", r"\1", token.text[1:-1])
        if token.kind == "number" or token.word in {"true", "false"}:
            self._next()
            return token.word
        raise self._unexpected("<STRING>", "<NUMBER>", "true", "false")

    def _tail(self) -> None:
        # Recorded calls put MAXRESULTS before STARTPOSITION as well as after it.
        while self._here.kind != "end":
            if self._accept("orderby"):
                self._ordering()
            elif self._accept("order"):
                self._expect("by")
                self._ordering()
            elif self._accept("startposition"):
                self._query.start = self._number(least=1)
            elif self._accept("maxresults"):
                self._query.limit = self._number(least=0)
            else:
                raise self._unexpected("<EOF>", "orderby", "startposition", "maxresults")

    def _ordering(self) -> None:
        while True:
            name = self._identifier()
            is_descending = self._accept("desc")
            if not is_descending:
                self._accept("asc")
            self._query.order.append((name, is_descending))
            if not self._accept(","):
                return

    def _number(self, least: int) -> int:
        token = self._here
        if token.kind != "number" or not token.text.lstrip("-").isdigit():
            raise self._unexpected("<NUMBER>")
        self._next()
        value = int(token.text)
        if value < least:
            raise ApiFault(
                "4001",
                f"QueryValidationError: value {value} is too small. Min allowed value is {least}",
            )
        return value

    # The plumbing of the parser

    @property
    def _here(self) -> _Token:
        return self._tokens[self._at]

    def _next(self) -> None:
        self._at += 1

    def _accept(self, word: str) -> bool:
        if self._here.word != word:
            return False
        self._next()
        return True

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise self._unexpected(word)

    def _identifier(self) -> str:
        token = self._here
        if token.kind != "word" or token.word in _KEYWORDS - {"count"}:
            raise self._unexpected("<IDENTIFIER>")
        self._next()
        return token.text

    def _unexpected(self, *expected: str) -> ApiFault:
        token = self._here
        kind = {"string": "<STRING>", "number": "<NUMBER>", "end": "<EOF>"}.get(token.kind)
        if token.kind == "word" and token.word not in _KEYWORDS:
            kind = "<IDENTIFIER>"
        seen = f'{kind or chr(34) + token.word + chr(34)} "{token.text} "'
        wanted = "".join(f"    {each} ...\n" for each in expected)
        return ApiFault(
            "4000",
            f'QueryParserError: Encountered " {seen}" at line 1, column {token.column}.\n'
            f"Was expecting{' one of' if len(expected) > 1 else ''}:\n{wanted}    ",
        )
