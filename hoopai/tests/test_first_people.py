import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Company, Location, User
from accounts.tests import make
from core import scope
from hoopai.management.commands.prepare import demo


def told(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def nowhere(db):
    with scope.fresh():
        yield


def test_a_company_comes_with_its_location_and_an_admin_who_sets_a_password_by_the_link(nowhere):
    link = told(
        *("create_company", "Nord Café", "--email", "Ann@Nord.example", "--first-name", "Ann"),
        *("--country", "de", "--timezone", "Europe/Berlin"),
    ).split()[-1]
    admin = User.objects.get_by_natural_key("ann@nord.example")
    location = Location.objects.everywhere(reason="test").get(company=admin.company)
    assert (location.name, location.country, location.timezone) == ("Nord Café", "DE", "Europe/Berlin")
    assert admin.agency_role == "admin"
    assert not admin.is_staff
    assert Client().get("/" + link.split("/", 3)[3], follow=True).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--email", "nobody", "--first-name", "Ann"), "Enter a valid email address"),
        (("--email", "a@b.example", "--first-name", "Ann", "--timezone", "Europe/Nowhere"), "is not a time zone"),
        (("--email", "a@b.example", "--first-name", "Ann", "--country", "xx"), "xx|XX"),
    ],
)
def test_a_company_with_bad_input_is_refused_whole(nowhere, arguments, said):
    with pytest.raises(CommandError, match=said):
        told("create_company", "Nord Café", *arguments)
    assert not Company.objects.exists()


def test_an_address_that_signs_in_already_is_refused_whole(nowhere):
    make.user(make.company("Acme"), "Ann", email="ann@nord.example")
    with pytest.raises(CommandError, match="signs in with ann@nord.example already"):
        told("create_company", "Nord Café", "--email", "ann@nord.example", "--first-name", "Ann")
    assert Company.objects.count() == 1


def test_an_operator_belongs_to_no_company(nowhere):
    assert "/reset/" in told("create_operator", "ops@example.com")
    operator = User.objects.get_by_natural_key("ops@example.com")
    assert operator.is_staff
    assert operator.company is None


def test_the_demo_stays_away_from_an_installation_where_people_work(nowhere):
    make.user(make.company("Acme"), "Ann")
    assert demo() == {}
    assert Company.objects.count() == 1
