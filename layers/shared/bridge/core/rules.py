"""Rules that a mapping holds beside its fields: which part is chosen, what totals are held
against, what a document without lines has sold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.model import CHOICES, Value


@dataclass(frozen=True)
class PartRule:
    """Which of several parts of one kind travels, and by which fields two of them are told apart.

    `choose` are the rules and `among` what comes before them, as in `Shape`. Where the fields of
    `identity` name another one on the other side, the part is never overwritten with it.
    `constants` are fields that a part gets when it is made.
    """

    choose: tuple[tuple[str, Value], ...] = ()
    identity: tuple[str, ...] = ()
    among: tuple[tuple[str, Value], ...] = ()
    constants: Mapping[str, Value] = field(default_factory=dict)

    @property
    def mark(self) -> Mapping[str, Value]:
        """Return what a part is given that is made to be the chosen one."""
        chosen = [each for each in self.choose if each[0] not in CHOICES][:1]
        return {**self.constants, **dict((*chosen, *self.among))}


@dataclass(frozen=True)
class Totals:
    """What the total of a document is held against once it is written.

    `salesforce` is the field of the root with what Salesforce says that it comes to; "" where the
    lines are added up instead. Without `is_with_tax` QuickBooks' total is taken before tax.
    """

    salesforce: str = ""
    is_with_tax: bool = True


@dataclass(frozen=True)
class SoleLine:
    """The line of a Salesforce document that has none: one of `item`, at the sum in a field of the
    document; `description` is another field of it, "" for none.
    """

    item: str
    price: str
    description: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields of the document that it is made of."""
        return tuple(name for name in (self.price, self.description) if name)
