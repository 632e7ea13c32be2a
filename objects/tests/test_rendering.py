import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.tests import make
from objects.custom_values import create_value
from objects.definitions import create_field
from objects.rendering import LONGEST, render


@pytest.fixture
def ann(cast):
    size = create_field(name="Shoe size", type="NUMERICAL")
    return make.contact("Ann", last_name="Ames", email="ann@example.com", custom={size.pk: 42})


def test_values_and_contact_fields_are_filled_in(ann):
    create_value(name="Phone", value="+1 555 0100")
    text = "Hi {{contact.first_name}} ({{ contact.shoe_size }}), call {{ custom_values.phone }}. {{contact.name}}"
    assert render(text, ann) == "Hi Ann (42), call +1 555 0100. Ann Ames"


def test_what_is_unknown_or_empty_becomes_nothing(ann):
    create_value(name="Empty")
    text = "[{{contact.phone}}{{contact.nonsense}}{{custom_values.nonsense}}{{custom_values.empty}}{{other.thing}}]"
    assert render(text, ann) == "[]"
    assert render("[{{contact.first_name}}]") == "[]"


def test_tags_within_values_are_filled_in_one_level_deep(ann):
    create_value(name="Inner", value="{{contact.first_name}} {{custom_values.deepest}}")
    create_value(name="Deepest", value="deep{{custom_values.inner}}")
    create_value(name="Outer", value="<{{custom_values.inner}}>{{contact.last_name}}")
    assert render("{{custom_values.inner}}", ann) == "Ann deep"
    assert render("{{custom_values.outer}}", ann) == "< >Ames"


def test_what_a_stranger_typed_is_never_read_for_tags(ann):
    create_value(name="Secret", value="hidden")
    ann.change(first_name="{{custom_values.secret}}")
    assert "hidden" not in render("{{contact.first_name}}", ann)


KEYS = ["a", "b", "c"]
PIECES = st.lists(
    st.one_of(
        st.sampled_from([f"{{{{custom_values.{key}}}}}" for key in KEYS]),
        st.sampled_from(["{{contact.first_name}}", "{{ contact.shoe_size }}", "{{", "}}", "{{contact.}}", "\x00"]),
        st.text(max_size=20),
    ),
    max_size=6,
).map("".join)


def test_rendering_never_raises_never_recurses_and_costs_at_most_three_queries(ann, django_assert_max_num_queries):
    rows = [create_value(name=key) for key in KEYS]

    @given(PIECES, st.lists(PIECES, min_size=3, max_size=3))
    def check(text, values):
        for row, value in zip(rows, values, strict=True):
            row.change(value=value.replace("\x00", ""))
        with django_assert_max_num_queries(3):
            shown = render(text, ann)
        assert len(shown) <= LONGEST
        if "{{" not in text:
            assert shown == text

    check()


def test_values_that_insert_each_other_many_times_stay_bounded(cast):
    for key in KEYS:
        create_value(name=key, value="".join(f"{{{{custom_values.{other}}}}}x" for other in KEYS) * 80)
    assert len(render("{{custom_values.a}}" * 400)) <= LONGEST
