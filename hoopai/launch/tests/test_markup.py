import pytest

from hoopai.launch.markup import lint


@pytest.mark.parametrize(
    ("html", "finding"),
    [
        ("<script>alert(1)</script>", "script without a file"),
        ('<p style="color: red">', "style attribute"),
        ("<style>p {}</style>", "style element"),
        ('<a onclick="go()">', "event attribute"),
        ('<a hx-on:click="go()">', "event attribute"),
        ('<a href="javascript:go()">', "javascript address"),
        ("<a hx-vals='js:{a: 1}'>", "script in an htmx attribute"),
        ('<div hx-trigger="click[ctrlKey]">', "script in an htmx attribute"),
        ('<script src="https://cdn.example.com/x.js"></script>', "file from another server"),
        ("{{ contact.name|safe }}", "text that is not escaped"),
        ("{% autoescape off %}", "text that is not escaped"),
    ],
)
def test_what_the_content_policy_refuses_is_found_with_its_line(tmp_path, html, finding):
    page = tmp_path / "page.html"
    page.write_text(f"<p>fine</p>\n{html}\n")
    (found,) = lint(page)
    assert f"page.html:2: {finding}" in found


@pytest.mark.parametrize(
    "html",
    [
        '<script src="{% static \'js/app.js\' %}" type="module"></script>',
        '<script type="application/json" id="data">{}</script>',
        '<a data-on="1" data-style="x" href="https://example.com">',
        "{# <script>in a comment</script> #}",
        '<button hx-post="/x" hx-trigger="click delay:200ms" data-confirm="on = 1">',
    ],
)
def test_what_is_allowed_is_left_alone(tmp_path, html):
    page = tmp_path / "page.html"
    page.write_text(html)
    assert list(lint(page)) == []


def test_mails_may_carry_style_attributes_but_no_script(tmp_path):
    (tmp_path / "mail").mkdir()
    letter = tmp_path / "mail" / "reset.html"
    letter.write_text('<p style="margin: 0">Hello</p><script>1</script>')
    assert ["script without a file" in found for found in lint(letter)] == [True]
