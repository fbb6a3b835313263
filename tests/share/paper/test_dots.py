"""Words on a map leave the symbols of points whole: names, chainage, words of match lines."""

import numpy as np
import pytest
import shapely

from geotool.share.paper import sheet
from geotool.share.paper.pen import Pen
from tests.share.paper import drawn
from tests.share.paper.test_tiling import EAST, axis_of

RADIUS_MM = 0.9


def homes(spots, *, name="organisations"):
    """Return a layer of named points."""
    rows = [{"organisation_id": f"H{number:04}"} for number in range(len(spots))]
    shapes = [shapely.Point(*spot) for spot in spots]
    return drawn.layer(rows, shapes, name=name, title_column="organisation_id")


def axis_between(*ends):
    """Return an axis on the ground of the points."""
    return axis_of(np.add(ends, (drawn.EAST - EAST, 0.0)))


def grounds_of_words(made, monkeypatch):
    """Return text and white ground of each word on the only map, and the places of its points."""
    said = []
    write = Pen.text

    def note(pen, place, text, size, *look):
        if look and look[0].halo:
            width = pen.typeface.width_mm(text, size, bold=look[0].bold)
            left = place[0] - (width / 2 if look[0].anchor == "centre" else 0.0)
            high, pad = size * drawn.MM, 0.12 * size * drawn.MM
            ends = (left - pad, place[1] - 0.22 * high, left + width + pad, place[1] + 0.83 * high)
            said.append((text, shapely.box(*ends)))
        write(pen, place, text, size, *look)

    monkeypatch.setattr(Pen, "text", note)
    sheet.render_sheets(made)
    (view,) = made.plan.sheets
    points = [plate.shapes for plate in made.plates if plate.layer.name != "communes"]
    return said, shapely.points(view.to_paper(shapely.get_coordinates(np.concatenate(points))))


@pytest.mark.parametrize("seed", range(4))
def test_no_word_covers_a_point(monkeypatch, seed):
    random = np.random.default_rng(seed)
    spots = random.uniform((0, -60), (600, 60), (30, 2))
    axis = axis_between((0.0, 0.0), (600.0, 80.0 - 40 * seed))
    made = drawn.content([homes(spots)], axes=[axis], paper="A3", landscape=True, scale=2000)
    said, points = grounds_of_words(made, monkeypatch)
    assert len([text for text, _ in said if text.startswith("H")]) >= 15
    assert len([text for text, _ in said if text.startswith("Km")]) >= 5
    for text, ground in said:
        assert shapely.distance(ground, points).min() > RADIUS_MM, text


def test_the_name_between_two_points_moves_away(monkeypatch):
    made = drawn.content([homes([(0, 0), (20, 0), (400, 300)])], paper="A3", scale=2000)
    said, points = grounds_of_words(made, monkeypatch)
    assert {text for text, _ in said} == {"H0000", "H0001", "H0002"}
    for _, ground in said:
        assert shapely.distance(ground, points).min() > RADIUS_MM


def test_the_name_of_a_commune_is_written_however_many_points_there_are(monkeypatch):
    spots = [(x, y) for x in range(5, 600, 10) for y in range(5, 400, 10)]
    commune = drawn.layer(
        [{"commune_name": "Kỳ Phong"}],
        [shapely.box(0, 0, 600, 400)],
        name="communes",
        title_column="commune_name",
    )
    made = drawn.content([commune, homes(spots)], paper="A3", scale=2000)
    said, _ = grounds_of_words(made, monkeypatch)
    assert [text for text, _ in said] == ["Kỳ Phong"]
