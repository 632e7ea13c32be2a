"""Currencies of locations."""

from __future__ import annotations

import pytest

from accounts import countries, currencies
from core.errors import Invalid


@pytest.mark.parametrize(
    ("country", "code"), [("PT", "EUR"), ("US", "USD"), ("GB", "GBP"), ("CH", "CHF"), ("AQ", "USD")]
)
def test_a_country_has_its_currency_or_the_dollar(country, code):
    assert currencies.currency_of(country) == code


def test_every_country_named_is_one():
    assert set(currencies.OF_COUNTRY) - set(countries.names()) <= {"XK"}


def test_a_location_has_its_countrys_currency_until_another_is_chosen(cast):
    place = cast.location
    place.change(country="PT")
    assert place.money == "EUR"
    place.change(currency="USD")
    assert place.money == "USD"
    with pytest.raises(Invalid, match="not a currency"):
        place.change(currency="XXX")
    place.refresh_from_db()
    assert place.currency == "USD"
