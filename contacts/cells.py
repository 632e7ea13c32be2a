"""Rows of the contact list as HTML. Written here rather than in a template: a page has up to a thousand cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString

from contacts.columns import Column, Names, Row, title, words
from core import clock, ids
from core.pages import link
from core.phones import pretty
from core.templatetags.ui import NOTHING, avatar, icon

SHOWN_TAGS = 2
BAD_EMAIL = "Undeliverable"


class Cells:
    """Makes the rows of one page. Everything given is escaped here."""

    def __init__(
        self, columns: Sequence[Column], names: Names, zone: dt.tzinfo, query: str, explains: bool = False
    ) -> None:
        """`query` is the query string that lets the record walk the list; "n" is added per row.

        `explains`: the list has filters, so each row can say why it is in it.
        """
        self.why = icon("help", 14) if explains else ""
        self.columns = columns
        self.names = names
        self.zone = zone
        self.query = escape(f"{query}&" if query else "")
        self.base = link("contacts:list")
        self.places = places(columns)
        self.has_second = any(column.kind in ("email", "phone") for column in columns)
        self.blocked = icon("bell-off", 14, label="Do not disturb", css="bad")
        self.team = icon("people", 20, label="Team", css="muted")
        self.undeliverable = icon("warning", 14, label=BAD_EMAIL, css="warn")
        self.makers: dict[str, Callable[[Column, Row], str]] = {
            "phone": self.phone,
            "email": self.email,
            "tags": self.tags,
            "person": self.person,
            "moment": self.moment,
            "date": self.date,
            "score": self.score,
            "number": self.number,
        }

    def rows(self, rows: Sequence[Row], first: int) -> SafeString:
        """The `<tr>`s; `first` is the number of the first one within the list."""
        return SafeString("".join(self.row(row, number) for number, row in enumerate(rows, first)))

    def row(self, row: Row, number: int) -> str:
        href = f"{self.base}{row['id']}/?{self.query}n={number}"
        name = escape(title(row))
        picture = picture_address(row)
        parts = [
            f'<tr data-id="{row["id"]}" data-href="{href}"><td class="cell-check">'
            f'<input type="checkbox" data-select aria-label="Select {name}"></td>'
        ]
        for position, column in enumerate(self.columns):
            at = self.places.get(column.name, "")
            if column.kind == "name" or (position == 0 and not any(one.kind == "name" for one in self.columns)):
                text = name if column.kind == "name" else escape(words(column, row, self.names, self.zone)) or name
                disc = avatar(title(row), row["id"], 24, picture)
                blocked = self.blocked if row["dnd"] else ""
                parts.append(
                    f'<td class="cell-name" data-at="first"><a class="cell-name__link" href="{href}">'
                    f'<span class="only-wide">{disc}</span><span class="cell-name__text" title="{text}">{text}</span></a>'
                    f"{blocked}{self.because(row, name) if self.why else ''}</td>"
                )
            else:
                css, inner, tip = self.cell(column, row)
                parts.append(f"<td{css}{at}{tip}>{inner}</td>")
        parts.append(f'<td class="only-phone" data-at="lead">{avatar(title(row), row["id"], 32, picture)}</td>')
        if not self.has_second:
            parts.append(
                f'<td class="only-phone" data-at="second">{escape(row["email"] or row["phone"]) or NOTHING}</td>'
            )
        parts.append("</tr>")
        return "".join(parts)

    def because(self, row: Row, name: str) -> str:
        """The button that says why. The Tab key does not stop at each of a hundred: W asks for the row with the cursor."""
        return (
            f'<button type="button" class="icon-button icon-button--small cell-why" tabindex="-1" data-why '
            f'hx-get="{self.base}{row["id"]}/why?{self.query}" hx-target="#dialog" hx-swap="innerHTML" '
            f'aria-label="Why is {name} in this list?" title="Why in this list? (W)">{self.why}</button>'
        )

    def cell(self, column: Column, row: Row) -> tuple[str, str, str]:
        """(class attribute, inner HTML, title attribute)."""
        maker = self.makers.get(column.kind)
        if maker is not None and column.custom is None:
            css = {"score": "number cell-score", "number": "number", "email": "cell-clip", "tags": "cell-tags"}.get(
                column.kind, "nowrap"
            )
            tip = f' title="{escape(row["email"])}"' if column.kind == "email" and row["email"] else ""
            return f' class="{css}"', maker(column, row), tip
        text = escape(words(column, row, self.names, self.zone))
        if column.custom is not None and column.custom.type == "MONETORY":
            amount = row["custom"].get(column.custom.pk)
            text = f"{amount:,}" if isinstance(amount, (int, float)) else text
        css = "number" if column.is_number else "cell-clip"
        return f' class="{css}"', text or NOTHING, f' title="{text}"' if text else ""

    def phone(self, column: Column, row: Row) -> str:
        return escape(pretty(row["phone"]).replace("-", " ")) if row["phone"] else NOTHING

    def email(self, column: Column, row: Row) -> str:
        if not row["email"]:
            return NOTHING
        unusable = row["email_validity"] == "invalid" or row["has_bounced"]
        return escape(row["email"]) + (self.undeliverable if unusable else "")

    def tags(self, column: Column, row: Row) -> str:
        held = [escape(self.names[pk]) for pk in row["tags"] if pk in self.names]
        if not held:
            return NOTHING
        shown = "".join(f'<span class="tag" title="{name}"><span>{name}</span></span>' for name in held[:SHOWN_TAGS])
        rest = held[SHOWN_TAGS:]
        more = f'<span class="tag tag--more" title="{", ".join(rest)}">+{len(rest)}</span>' if rest else ""
        return f'<span class="tags">{shown}{more}</span>'

    def person(self, column: Column, row: Row) -> str:
        owner = row["assigned_to_id"]
        name = self.names.get(owner or row["team_id"] or "")
        if name and not owner:
            return f'<span class="person-line">{self.team}<span>{escape(name)}</span></span>'
        if not name:
            return '<span class="cell-empty">Nobody</span>'
        return f'<span class="person-line">{avatar(name, owner, 20)}<span>{escape(name)}</span></span>'

    def moment(self, column: Column, row: Row) -> str:
        at: dt.datetime | None = row[column.reads[0]]
        if at is None:
            return NOTHING
        local = at.astimezone(self.zone)
        return f'<time-ago><time datetime="{clock.iso(at)}">{local.day} {local:%b %Y, %H:%M}</time></time-ago>'

    def date(self, column: Column, row: Row) -> str:
        day: dt.date | None = row[column.reads[0]]
        return f"{day.day} {day:%b %Y}" if day else NOTHING

    def score(self, column: Column, row: Row) -> str:
        score = int(row["score"])
        return f'<span class="score"><meter-bar value="{min(score, 100)}" max="100"></meter-bar>{score}</span>'

    def number(self, column: Column, row: Row) -> str:
        return escape(words(column, row, self.names, self.zone)) or NOTHING


def places(columns: Sequence[Column]) -> dict[str, str]:
    """Which columns a phone shows beside the name, as attributes: one below it, two at the right."""

    def first(*kinds: str) -> str | None:
        return next((column.name for kind in kinds for column in columns if column.kind == kind), None)

    wanted = {
        "second": first("email", "phone"),
        "side": first("moment", "date"),
        "side2": first("score", "number"),
    }
    if wanted["side2"] is None:
        wanted["side2"] = first("tags")
    return {name: f' data-at="{at}"' for at, name in wanted.items() if name}


def picture_address(row: Row) -> str:
    """Where a contact's picture is served, or ""."""
    version = row["picture"].rpartition("/")[2].partition(".")[0]
    return link("contacts:picture", row["id"], version) if ids.is_id(version) else ""
