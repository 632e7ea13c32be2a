"""The interface's tags and components: what they print, and that none of them breaks on missing values."""

import datetime
import re
from pathlib import Path

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import get_template

from core.templatetags import ui

ROOT = Path(__file__).parents[2]
COMPONENTS = sorted(path.name for path in (ROOT / "templates/components").glob("*.html"))
SPRITE = (ROOT / "static/icons/sprite.svg").read_text()
ICONS = set(re.findall(r'<symbol id="([a-z-]+)"', SPRITE))


def rendered(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


class Invitation(forms.Form):
    email = forms.EmailField(help_text="Where the invitation goes")
    role = forms.ChoiceField(choices=[("admin", "Admin"), ("user", "User")])
    tags = forms.MultipleChoiceField(choices=[("vip", "vip")], required=False)
    keep = forms.BooleanField(required=False)


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_component_renders_without_any_argument(name: str) -> None:
    if name not in {"field.html", "form.html"}:
        get_template(f"components/{name}").render({})


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_component_begins_with_its_arguments(name: str) -> None:
    assert (ROOT / "templates/components" / name).read_text().startswith("{% comment %}")


@pytest.mark.parametrize("name", ["app.html", "public.html", "settings.html"])
def test_every_layout_renders_without_any_variable(name: str) -> None:
    page = get_template(f"layouts/{name}").render({})
    assert " style=" not in page
    assert "<script>" not in page


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    named = set()
    for path in (ROOT / "templates").rglob("*.html"):
        named |= set(re.findall(r'{% icon "([a-z-]+)"', path.read_text()))
    assert named - ICONS == set()


def test_no_page_or_component_carries_inline_style_or_script() -> None:
    guilty = [
        path.name
        for path in (ROOT / "templates").rglob("*.html")
        if "mail" not in path.parts and not path.name.startswith("email")
        if re.search(r"<style|<script>|\sstyle=|\son[a-z]+=|\shx-on|hx-vals=.js:", path.read_text())
    ]
    assert guilty == []


def test_initials_are_the_first_letters_of_the_first_and_last_word() -> None:
    assert [ui.initials(name) for name in ("Maya Okonkwo-Reyes", "priya", "Siobhán Ní Dhálaigh", "", "+49 170")] == [
        "MO",
        "P",
        "SD",
        "?",
        "1",
    ]


def test_a_count_is_exact_to_9999() -> None:
    assert [ui.counted(number) for number in (0, 9_999, 10_000, 4_000_000, None, "1 running")] == [
        "0",
        "9,999",
        "10,000+",
        "10,000+",
        "",
        "1 running",
    ]


def test_the_same_id_always_has_the_same_tint() -> None:
    assert ui.tint("0Q3xYzAbCdEfGhIjKlMn") == ui.tint("0Q3xYzAbCdEfGhIjKlMn")
    assert len({ui.tint(f"contact-{number}") for number in range(200)}) == ui.TINTS


def test_names_and_addresses_are_escaped_in_avatars() -> None:
    html = rendered("{% avatar name 'x' 24 image True %}", name='<b onclick="x">', image='"><script>')
    assert "<b" not in html
    assert "<script" not in html


def test_an_error_is_tied_to_its_control() -> None:
    form = Invitation({"email": "nowhere", "role": "admin"})
    html = rendered('{% include "components/field.html" with field=field only %}', field=form["email"])
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_email_help id_email_error"' in html
    assert 'id="id_email_error"' in html
    assert 'class="input"' in html


def test_a_form_renders_each_kind_of_field_with_its_label() -> None:
    html = rendered("{{ form }}", form=Invitation())
    for name in ("email", "role", "tags", "keep"):
        assert f'for="id_{name}"' in html
    assert "<combo-box>" in html
    assert "error-summary" not in html


def test_entries_are_grouped_by_day_in_their_order() -> None:
    at = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
    entries = [{"at": at}, {"at": at - datetime.timedelta(hours=1)}, {"at": at - datetime.timedelta(days=1)}]
    assert [len(group) for _, group in ui.by_day(entries)] == [2, 1]


def test_a_meter_turns_amber_at_80_percent_and_red_at_100() -> None:
    assert [ui.meter_level(part, 100) for part in (79, 80, 99, 100, 167)] == ["ok", "warn", "warn", "bad", "bad"]
    assert ui.percent(3, 0) == 0


def test_an_icon_written_out_is_drawn_once_and_one_from_a_variable_every_time():
    source = '{% load ui %}{% icon "x" 14 label="Close" css="bad" %}{% icon name %}{% keys "Ctrl K" %}'
    template = Template(source)
    kinds = [type(node).__name__ for node in template.nodelist[1:]]
    assert kinds == ["TextNode", "SimpleNode", "TextNode"]
    page = template.render(Context({"name": "tag"}))
    assert page == ui.icon("x", 14, "Close", "bad") + ui.icon("tag") + ui.keys("Ctrl K")
    assert "#phone" in template.render(Context({"name": "phone"}))
