"""The page of prices."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from billing import plans
from onboarding import comparing

pytestmark = pytest.mark.django_db


def words(path):
    answer = Client().get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_accounts_040_the_page_shows_97_and_297_a_month_and_a_saving_between_15_and_17_percent():
    text = words("/pricing/")
    assert re.search(r"Starter .*?\$97 a month", text) and re.search(r"Professional .*?\$297 a month", text)
    assert 15 <= float(re.search(r"saves ([\d.]+) %", text)[1]) <= 17


def test_by_the_year_each_card_says_what_a_year_costs_and_saves():
    text = words("/pricing/?by=year")
    for plan in plans.current():
        assert f"${plan.annual_cents // 100:,} a year, saves {plan.saving_percent} %" in text


def test_the_comparison_has_every_number_from_the_catalogue():
    offered = plans.current()
    groups = comparing.table(offered)
    rows = {row.label: row.cells for group in groups for row in group.rows}
    assert rows["Contacts"] == [plan.limits.get("contacts") for plan in offered] and rows["Contacts"][-1] is None
    known = set().union(*(plan.limits for plan in offered))
    assert set(comparing.LABELS) <= known, "a name that the catalogue does not know"


def test_a_card_leads_to_the_form_with_its_plan_chosen():
    page = Client().get("/pricing/").content.decode()
    assert "/sign-up/?plan=starter" in page
    chosen = re.findall(
        r'value="(\w+)" id="id_plan_\d" required checked', Client().get("/sign-up/?plan=starter").content.decode()
    )
    assert chosen == ["starter"]
    assert re.findall(
        r'value="(\w+)" id="id_plan_\d" required checked', Client().get("/sign-up/?plan=none").content.decode()
    ) == ["professional"]
