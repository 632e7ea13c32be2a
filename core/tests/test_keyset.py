import base64
import datetime as dt
import json

import pytest

from contacts.models import Business
from contacts.tests import make
from core import clock, keyset

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def firms(cast):
    """Seven companies, two of each moment, so that the id has to decide."""
    start = clock.now()
    return [
        make.business(f"Firm {number}", id=f"{number:020d}", date_added=start + HOUR * (number // 2))
        for number in range(7)
    ]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("key", ["name", "date_added"])
def test_every_row_comes_once_there_and_back(firms, key, descending):
    wanted = [row.pk for row in firms][:: -1 if descending else 1]
    pages, cursor = [], ""
    while True:
        page = keyset.page(Business.objects.all(), key, cursor, 3, descending)
        pages.append(page)
        if not page.next:
            break
        cursor = page.next
    assert [row.pk for page in pages for row in page.rows] == wanted
    assert [(page.first, page.last) for page in pages] == [(1, 3), (4, 6), (7, 7)]
    back = keyset.page(Business.objects.all(), key, pages[2].previous, 3, descending)
    assert ([row.pk for row in back.rows], back.first) == (wanted[3:6], 4)
    first = keyset.page(Business.objects.all(), key, back.previous, 3, descending)
    assert ([row.pk for row in first.rows], first.previous, first.first) == (wanted[:3], "", 1)


def made_up(*parts):
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "x" * 3000,
        made_up(0, 1, "not a moment", "A" * 20),
        made_up(0, 1, "a\x00b", "A" * 20),
        made_up(0, "x", "y", "A" * 20),
        made_up(0, 1, 5, "A" * 20),
        made_up(0, 1, "2026-01-01", "short"),
        made_up(),
        base64.urlsafe_b64encode(b"{}").decode(),
    ],
)
def test_a_cursor_that_was_made_up_shows_the_first_page(firms, cursor):
    page = keyset.page(Business.objects.all(), "date_added", cursor, 3)
    assert [row.pk for row in page.rows] == [row.pk for row in firms[:3]]


def test_an_empty_list_is_an_empty_page(cast):
    page = keyset.page(Business.objects.all(), "name")
    assert (page.rows, page.first, page.last, page.previous, page.next) == ([], 0, 0, "", "")


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 1400,
        b'[0,1,"\\ud800","0Wk3Zr8QeTn5yLbPcA1d"]',
        b'[0,1,["x"],"0Wk3Zr8QeTn5yLbPcA1d"]',
        b'[0,1,7,"0Wk3Zr8QeTn5yLbPcA1d"]',
        b'[0,1,"a\\u0000","0Wk3Zr8QeTn5yLbPcA1d"]',
        b"\xff\xfe",
    ],
)
def test_a_cursor_that_breaks_its_reader_is_none(raw):
    cursor = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    assert keyset._read(cursor) == (False, 1, "", "")
