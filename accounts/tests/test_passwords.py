import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts import breaches, passwords, signing_in
from accounts.models import PastPassword, User
from accounts.tests.make import PASSWORD
from core.errors import Invalid


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def change(user, old, new):
    with signing_in.acting(user):
        passwords.change(User.objects.get(pk=user.pk), old, new, None)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("Short-1", "at least 12"),
        ("harbour lantern 42", "capital"),
        ("HARBOUR-LANTERN-42", "small letter"),
        ("Harbour-Lantern", "digit"),
        ("HarbourLantern42", "symbol"),
        ("Password2026!!", "stolen"),
        ("P@ssw0rd-2026-", "stolen"),
        ("Alice@example.com7", "too similar"),
    ],
)
def test_a_password_that_breaks_a_rule_is_refused_and_the_old_one_stays(cast, bad, words):
    with pytest.raises(Invalid, match=words):
        change(cast.alice, PASSWORD, bad)
    assert User.objects.get(pk=cast.alice.pk).check_password(PASSWORD)
    assert not PastPassword.objects.exists()


def test_the_last_five_passwords_do_not_come_back(cast):
    row = ["Harbour-Lantern-4", "Quiet-Meadow-51", "Copper-Violin-62", "Silver-Anchor-73", "Winter-Orchard-84"]
    for old, new in zip([PASSWORD, *row], row, strict=False):
        change(cast.alice, old, new)
    for used in row:
        with pytest.raises(Invalid, match="last 5"):
            change(cast.alice, row[-1], used)
    change(cast.alice, row[-1], "Gentle-Thunder-95")
    change(cast.alice, "Gentle-Thunder-95", "Amber-Lighthouse-17")
    change(cast.alice, "Amber-Lighthouse-17", row[0])  # five others came after it
    assert PastPassword.objects.filter(user=cast.alice).count() == 5


def test_the_company_sets_the_length_and_the_mix(cast):
    cast.company.change("company.security_changed", password_length=20, password_mix=False)
    with pytest.raises(Invalid, match="at least 20"):
        change(cast.alice, PASSWORD, "Harbour-Lantern-42")
    change(cast.alice, PASSWORD, "harbour lantern umbrella")
    page = Client()
    page.force_login(User.objects.get(pk=cast.alice.pk))
    assert b"At least 20 characters" in page.get(reverse("accounts:profile")).content


def test_the_list_can_be_ones_own(cast, tmp_path, settings):
    given_list, packed = tmp_path / "list.txt", tmp_path / "list.bin"
    given_list.write_text("brightwater\nlighthouse\n\n")
    call_command("breached_passwords", packed, given_list, verbosity=0)
    settings.BREACHED_PASSWORDS = str(packed)
    assert breaches.is_known("Lighthouse-2026!") and not breaches.is_known("password")


@given(st.lists(st.text(min_size=1, max_size=12), max_size=30), st.text(min_size=1, max_size=12))
def test_every_listed_password_is_found_in_any_case(listed, other):
    from unittest import mock

    rows = breaches.packed(listed)
    with mock.patch.object(breaches, "_list", lambda path: rows):
        assert all(breaches.is_known(one) for one in listed)


def test_a_wrong_old_password_says_so_before_anything_else(cast):
    with pytest.raises(Invalid) as caught:
        change(cast.alice, "wrong", "short")
    assert list(caught.value.errors) == ["old"]
