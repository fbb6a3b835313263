"""The places the page's scripts are tested with are those of Python."""

import json

import pytest

from tests.share.render import place_vectors


def flatten(value):
    if isinstance(value, dict):
        return [one for key in sorted(value) for one in (key, *flatten(value[key]))]
    if isinstance(value, list | tuple):
        return [one for item in value for one in flatten(item)]
    return [value]


@pytest.mark.parametrize("name", ["grid", "axis"])
def test_vectors_are_what_python_says(name):
    path = place_vectors.FOLDER / f"{name}_vectors.json"
    stored = flatten(json.loads(path.read_text(encoding="utf-8")))
    made = flatten(getattr(place_vectors, f"{name}_vectors")())
    assert len(stored) == len(made)
    for one, other in zip(stored, made, strict=True):
        wanted = pytest.approx(other, rel=0, abs=1e-6) if isinstance(other, float) else other
        assert one == wanted
