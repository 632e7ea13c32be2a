"""The bytes of a body: what JavaScript would write of what it reads from them."""

from __future__ import annotations

import json
import math
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoopai.tests.test_sdks import node
from webhooks import bodies

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["1", "0", "07", "12"]), inner)
)


@given(st.dictionaries(st.text(), VALUES))
def test_a_body_is_compact_utf8_that_says_what_it_was_given(data):
    text = bodies.packed("ContactUpdate", data, appId="x")
    text.encode()
    found = json.loads(text)
    assert found["type"] == "ContactUpdate" and text.startswith('{"')
    for name, value in data.items():
        if name not in ("type",) and isinstance(value, str) and value.isprintable():
            assert found[name] == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10.0, "10"), (0.5, "0.5"), (-0.0, "0"), (1e21, "1e+21"), (1e-7, "1e-7"), (0.000001, "0.000001"), (2**53, "9007199254740992"),
        (2**53 + 1, "9007199254740992"), (1.5e300, "1.5e+300"), (123456789012345680000.0, "123456789012345680000"),
        ({"b": 1, "10": 2, "9": 3, "01": 4}, '{"9":3,"10":2,"b":1,"01":4}'), ("é\u2028\x07", '"é\u2028\\u0007"'),
    ],
)  # fmt: skip
def test_values_are_written_as_javascript_writes_them(value, text):
    assert bodies.packed("X", {"v": value}) == f'{{"type":"X","v":{text}}}'


def test_what_is_no_json_is_refused():
    for value in (math.nan, math.inf, object(), b"x"):
        with pytest.raises(ValueError, match="JSON|finite"):
            bodies.packed("X", {"v": value})


def test_javascript_writes_back_the_same_bytes():
    program = node()
    if program is None:
        pytest.skip("there is no Node.js on this machine")
    texts: list[str] = []

    @given(st.dictionaries(st.text(), VALUES))
    def collect(data):
        texts.append(bodies.packed("X", data))

    collect()
    script = "let t='';process.stdin.on('data',d=>t+=d).on('end',()=>process.stdout.write(JSON.stringify(JSON.parse(t).map(x=>JSON.stringify(JSON.parse(x))))))"
    done = subprocess.run(
        [program, "-e", script], input=json.dumps(texts), capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(done.stdout) == texts


def test_a_member_of_the_envelope_is_said_once():
    text = bodies.packed("RecordCreate", {"id": "a", "timestamp": "then", "webhookId": "x", "type": "y"})
    assert bodies.body(text, "d1", "now") == b'{"type":"RecordCreate","id":"a","webhookId":"d1","timestamp":"now"}'
