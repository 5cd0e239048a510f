"""The page of a stand-in: its records in a table that refreshes by itself, and one to edit.

The server writes the HTML; what it needs of a stand-in is a `Catalog`. An edit is made as a person
would make it in the product. It is for somebody who sits before this machine: there is no sign-in.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode

from local.simulators.server import Request, Response

MOST_LINES = 200
_MOST_COLUMNS = 10
_LONGEST_CELL = 60
_SCRIPT = Path(__file__).with_name("page.js").read_text("utf-8")
_STYLE = Path(__file__).with_name("page.css").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Line:
    """A record as the table shows it: its id, its cells by column, whether it is out of use."""

    id: str
    cells: Mapping[str, str]
    is_out_of_use: bool = False


@dataclass(frozen=True, slots=True)
class Input:
    """One field that a person may change, with its value as text."""

    name: str
    value: str
    choices: tuple[str, ...] = ()
    is_long: bool = False


class NoSuchRecordError(Exception):
    """A visitor asks for a record that is not there."""


class Catalog(Protocol):
    """The records of a stand-in, as a page shows and edits them."""

    title: str

    def places(self) -> Sequence[str]:
        """Name the companies; none if there is only one."""
        ...

    def entities(self) -> Sequence[str]:
        """Name the kinds of records."""
        ...

    def lines(self, place: str, entity: str, find: str, most: int) -> tuple[list[Line], int]:
        """Return the records that have a text in a cell, and how many records there are at all."""
        ...

    def inputs(self, place: str, entity: str, record_id: str) -> list[Input]:
        """Return the fields of a record that may be changed.

        Raises:
            NoSuchRecordError: it is not there.
        """
        ...

    def edit(self, place: str, entity: str, record_id: str, changed: Mapping[str, str]) -> str:
        """Change fields as a person, and return the refusal or nothing."""
        ...


@dataclass(frozen=True, slots=True)
class _View:
    """What a visitor looks at."""

    place: str
    entity: str
    find: str = ""
    edit: str = ""

    def link(self, **other: str) -> str:
        """Return the address of this view with some parts changed."""
        parts = {"place": self.place, "entity": self.entity, "find": self.find, **other}
        return "/?" + urlencode({name: value for name, value in parts.items() if value})


class Page:
    """Answers a browser at `/`."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def handle(self, request: Request) -> Response:
        """Show the table or a record, or take an edit."""
        view = self._view(request.query)
        try:
            if request.method == "POST":
                return self._take(view, request)
            if request.query.get("part") == "table":
                return _html(self._table(view))
            return self._whole(view)
        except NoSuchRecordError:
            return _html(f"<p>There is no {escape(view.entity)} {escape(view.edit)}.</p>", 404)

    def _view(self, query: Mapping[str, str]) -> _View:
        places, entities = self._catalog.places(), self._catalog.entities()
        place = query.get("place", "")
        entity = query.get("entity", "")
        return _View(
            place if place in places else next(iter(places), ""),
            entity if entity in entities else entities[0],
            query.get("find", ""),
            query.get("edit", ""),
        )

    def _take(self, view: _View, request: Request) -> Response:
        # A page of somebody else must not edit through the visitor's browser.
        if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return _html("<p>This edit came from another site.</p>", 403)
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        # A text area sends its line ends as CR LF.
        sent = {
            name[2:]: value.replace("\r\n", "\n")
            for name, value in form.items()
            if name[:2] == "f."
        }
        was = json.loads(form.get("was", "{}"))
        changed = {name: value for name, value in sent.items() if was.get(name) != value}
        refusal = self._catalog.edit(view.place, view.entity, view.edit, changed) if changed else ""
        if refusal:
            return self._whole(view, refusal, sent, status=400)
        return Response(303, headers={"location": view.link()})

    def _whole(
        self,
        view: _View,
        refusal: str = "",
        sent: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        nonce = token_urlsafe(16)
        form = self._form(view, refusal, sent or {}) if view.edit else ""
        title = escape(self._catalog.title)
        text = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            f'<meta name="viewport" content="width=device-width">'
            f'<style nonce="{nonce}">{_STYLE}</style></head><body><header><h1>{title}</h1>'
            f'{self._chooser(view)}</header>{form}<main id="table">{self._table(view)}</main>'
            f'<script nonce="{nonce}">{_SCRIPT}</script></body></html>'
        )
        return _html(text, status, nonce)

    def _chooser(self, view: _View) -> str:
        places = self._catalog.places()
        company = _select("place", places, view.place) if len(places) > 1 else ""
        entity = _select("entity", self._catalog.entities(), view.entity)
        return (
            f'<form id="chooser">{company}{entity}'
            f'<input type="search" name="find" value="{escape(view.find)}" placeholder="find">'
            "<button>Show</button></form>"
        )

    def _table(self, view: _View) -> str:
        lines, total = self._catalog.lines(view.place, view.entity, view.find, MOST_LINES)
        columns = _columns(lines)
        head = "".join(f"<th>{escape(name)}</th>" for name in columns)
        body = "".join(_row(line, columns, view) for line in lines)
        count = f"{len(lines)} of {total}, the last changed in front"
        return f"<p>{count}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _form(self, view: _View, refusal: str, sent: Mapping[str, str]) -> str:
        inputs = self._catalog.inputs(view.place, view.entity, view.edit)
        was = escape(json.dumps({each.name: each.value for each in inputs}))
        values = {each.name: sent.get(each.name, each.value) for each in inputs}
        used = "".join(_field(each, values[each.name]) for each in inputs if values[each.name])
        empty = "".join(_field(each, "") for each in inputs if not values[each.name])
        said = f'<p class="refusal" role="alert">{escape(refusal)}</p>' if refusal else ""
        return (
            f'<form id="record" method="post" action="{escape(view.link(edit=view.edit))}">'
            f"<h2>{escape(view.entity)} {escape(view.edit)}</h2>{said}"
            f'<input type="hidden" name="was" value="{was}"><div class="fields">{used}</div>'
            f'<details><summary>Empty fields</summary><div class="fields">{empty}</div></details>'
            f'<button>Save</button> <a href="{escape(view.link())}">Close</a></form>'
        )


def _html(text: str, status: int = 200, nonce: str = "") -> Response:
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    return Response(status, text.encode(), headers)


def _columns(lines: Sequence[Line]) -> list[str]:
    """Choose the first columns that have something in them, in the order of the catalog."""
    order: dict[str, None] = {}
    for line in lines:
        order |= dict.fromkeys(line.cells)
    used = [name for name in order if any(line.cells.get(name) for line in lines)]
    return used[:_MOST_COLUMNS]


def _row(line: Line, columns: Sequence[str], view: _View) -> str:
    cells = "".join(f"<td>{escape(_cut(line.cells.get(name, '')))}</td>" for name in columns[1:])
    link = f'<a href="{escape(view.link(edit=line.id))}">{escape(line.id)}</a>'
    mark = ' class="out"' if line.is_out_of_use else ""
    return f'<tr id="{escape(line.id)}"{mark}><td>{link}</td>{cells}</tr>'


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}\u2026"


def _field(each: Input, value: str) -> str:
    name = escape(each.name)
    if each.choices:
        control = _select(f"f.{each.name}", each.choices, value)
    elif each.is_long:
        control = f'<textarea name="f.{name}" rows="4">\n{escape(value)}</textarea>'
    else:
        control = f'<input name="f.{name}" value="{escape(value)}">'
    return f"<label>{name}{control}</label>"


def _select(name: str, choices: Sequence[str], chosen: str) -> str:
    known = choices if chosen in choices else (chosen, *choices)
    options = "".join(
        f'<option value="{escape(each)}"{" selected" * (each == chosen)}>{escape(each)}</option>'
        for each in known
    )
    return f'<select name="{escape(name)}">{options}</select>'


def text_of(value: Any) -> str:
    """Write a value of a record as the text that an input shows."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
