"""Formulas as text: the parser that makes of one a function of a record.

Salesforce: "Formula Operators and Functions". Understood are field paths, texts, numbers,
`$User.Id`, `$Permission.X` (never granted), the operators below, and the functions of
`formula_functions.py`; anything else is refused when the org is read, never ignored.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol

from local.simulators.salesforce import formula_functions as functions

_TOKENS = re.compile(
    r"""(?P<space>\s+|/\*.*?\*/)
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<word>\$?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
      | (?P<sign>&&|\|\||<>|!=|==|<=|>=|[-+*/^&=<>!(),])""",
    re.VERBOSE | re.DOTALL,
)
# Weakest first; each line binds more strongly than the one before.
_LEVELS = (("||",), ("&&",), ("=", "==", "<>", "!="), ("<", ">", "<=", ">="), ("+", "-", "&"))
_PRODUCTS = ("*", "/")


class Record(Protocol):
    """What a formula asks of the record it is worked out for."""

    def value(self, path: str) -> Any:
        """Return a field, or a field of a parent."""

    def before(self, path: str) -> Any:
        """Return a field as it was before the change."""

    @property
    def is_new(self) -> bool:
        """Tell whether the record is being created."""


Formula = Callable[[Any], Any]


def compiled(text: str) -> Formula:
    """Return the function that a formula means.

    Raises:
        ValueError: something in it that the stand-in does not understand.
    """
    parser = _Parser(text)
    formula = parser.level(0)
    parser.expect_end()
    return formula


class _Parser:
    """Recursive descent over the levels of operators."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text):
            found = _TOKENS.match(text, position)
            if not found:
                raise self._unknown(text[position:])
            if found.lastgroup != "space":
                self._tokens.append((str(found.lastgroup), found.group()))
            position = found.end()
        self._tokens.append(("end", ""))

    def _unknown(self, what: str) -> ValueError:
        return ValueError(f"the stand-in does not understand {what[:20]!r} in: {self._text}")

    def _took(self, *signs: str) -> str | None:
        kind, text = self._tokens[0]
        if kind != "sign" or text not in signs:
            return None
        self._tokens.pop(0)
        return text

    def expect_end(self) -> None:
        """Refuse whatever stands behind the formula."""
        if self._tokens[0][0] != "end":
            raise self._unknown(self._tokens[0][1])

    def level(self, number: int) -> Formula:
        """Read operators of one strength, and within them those that bind more strongly."""
        if number == len(_LEVELS):
            return self._product()
        left = self.level(number + 1)
        while sign := self._took(*_LEVELS[number]):
            left = _binary(sign, left, self.level(number + 1))
        return left

    def _product(self) -> Formula:
        left = self._single()
        while sign := self._took(*_PRODUCTS):
            left = _binary(sign, left, self._single())
        return left

    def _single(self) -> Formula:
        if self._took("!"):
            inner = self._single()
            return lambda record: not inner(record)
        if self._took("-"):
            inner = self._single()
            return lambda record: functions.subtract(Decimal(0), inner(record))
        if self._took("("):
            inner = self.level(0)
            self._close()
            return inner
        kind, text = self._tokens.pop(0)
        if kind == "text":
            plain = re.sub(r"\\(.)", r"\1", text[1:-1])
            return lambda _: plain
        if kind == "number":
            number = Decimal(text)
            return lambda _: number
        if kind != "word":
            raise self._unknown(text or "the end")
        return self._call(text) if self._took("(") else _word(text)

    def _close(self) -> None:
        if not self._took(")"):
            raise self._unknown(self._tokens[0][1] or "the end")

    def _call(self, name: str) -> Formula:
        arguments: list[Formula] = []
        path = self._tokens[0][1]
        if not self._took(")"):
            arguments.append(self.level(0))
            while self._took(","):
                arguments.append(self.level(0))
            self._close()
        upper = name.upper()
        if upper == "ISCHANGED":
            return lambda record: not record.is_new and record.value(path) != record.before(path)
        if upper == "PRIORVALUE":
            return lambda record: record.before(path)
        if upper == "ISNEW":
            return lambda record: record.is_new
        if upper in functions.LAZY:
            lazy = functions.LAZY[upper]
            return lambda record: lazy(record, arguments)
        if upper not in functions.PLAIN:
            raise self._unknown(f"{name}()")
        plain = functions.PLAIN[upper]
        return lambda record: plain(*(each(record) for each in arguments))


def _word(text: str) -> Formula:
    constants = {"true": True, "false": False, "null": None}
    if text.lower() in constants:
        constant = constants[text.lower()]
        return lambda _: constant
    return lambda record: record.value(text)


def _binary(sign: str, left: Formula, right: Formula) -> Formula:
    if sign == "||":
        return lambda record: bool(left(record) or right(record))
    if sign == "&&":
        return lambda record: bool(left(record) and right(record))
    operate = functions.OPERATORS[sign]
    return lambda record: operate(left(record), right(record))
