"""The words beside a map: paragraphs whole in a box, the legend before long facts."""

import pypdfium2
import pytest
import shapely

from geotool.share.paper import panel, sheet
from geotool.share.paper.pen import Pen
from geotool.share.paper.sheets import PAPERS, make_layout
from geotool.share.paper.typeface import Typeface
from tests.share.paper import drawn

USES = ("dwelling", "business", "secondary")
NOTICE = "Bản in để tham khảo, không thay hồ sơ địa chính, không dùng để cắm mốc ngoài thực địa. "
LONG = "Mảnh trích đo địa chính số 01 năm 2024 do chi nhánh văn phòng đăng ký đất đai lập. "


def classes():
    """Return three layers with classes."""
    shapes = [shapely.box(0, 20 * row, 15, 20 * row + 15) for row in range(len(USES))]
    rows = [{"structure_id": str(row), "use": use} for row, use in enumerate(USES)]
    return [drawn.layer(rows, shapes, name="structures", class_column="use"), drawn.parcel()]


def written(content):
    """Return place and text of every line in the panel of the only sheet."""
    pen = Pen(title="", author="", typeface=Typeface())
    layout, (view,) = content.plan.layout, content.plan.sheets
    pen.begin(*layout.size_mm)
    shown = tuple((plate, plate.in_view(view)) for plate in content.plates)
    found = []
    pen.text = lambda place, text, *_: found.append((*place, text))
    head = [(content.imprint.title, 1.4, True)]
    panel.draw_panel(pen, layout, content.words, head, (content.imprint, view, shown))
    return found


@pytest.mark.parametrize("repeats", range(1, 7))
@pytest.mark.parametrize("paper", ["A4", "A3"])
def test_a_paragraph_is_in_one_box(paper, repeats):
    notices = tuple(f"Điều {name}: {(NOTICE * repeats).strip()}" for name in "abc")
    facts = tuple((f"Nguồn {name}", (LONG * repeats).strip()) for name in "de")
    made = drawn.content(
        classes(), paper=paper, landscape=False, scale=2000, notices=notices, facts=facts
    )
    found = written(made)
    for text in [*notices, *(f"{label}: {text}" for label, text in facts)]:
        start = next(i for i, said in enumerate(found) if said[2].startswith(text[:7]))
        said, edges = "", set()
        while said != text:
            x, _, line = found[start]
            said, start = f"{said} {line}".strip(), start + 1
            edges.add(x)
        assert len(edges) == 1


def test_a_source_without_end_leaves_the_legend_whole():
    source = (LONG * 200).strip()
    made = drawn.content(
        classes(),
        paper="A4",
        landscape=False,
        scale=2000,
        language="en",
        facts=(("Source", source),),
    )
    pdf = sheet.render_sheets(made).pdf
    text = " ".join(drawn.text_of(pdf).split())
    for word in ("Dwelling (1)", "Business premises (1)", "Secondary structure (1)", "Parcels (1)"):
        assert word in text
    assert "Source: Mảnh trích đo" in text
    assert "…" in text
    assert "more entries" not in text
    assert pypdfium2.PdfDocument(pdf).get_metadata_value("Subject") == f"Source: {source}"


def test_a_list_of_sheets_without_end_leaves_legend_and_source():
    content = drawn.content(
        classes(),
        paper="A4",
        scale=2000,
        language="en",
        facts=(("Source", "Trích đo 01"),),
        listed=tuple((f"Sheet {number}", f"Km{number}") for number in range(400)),
    )
    texts = [text for _, _, text in written(content)]
    assert "Source: Trích đo 01" in texts
    assert "Dwelling (1)" in texts
    assert "Sheet 3: Km3" in texts
    assert any("more entries" in text for text in texts)


@pytest.mark.parametrize("paper", ["A4", "A3", "A0"])
def test_the_list_of_sheets_keeps_off_the_last_swatch(paper, monkeypatch):
    swatches = []
    monkeypatch.setattr(panel, "swatch", lambda _pen, box, *_: swatches.append(box))
    made = drawn.content(
        classes(), paper=paper, landscape=True, scale=2000, listed=(("Tờ 1", "Km1 – Km2"),)
    )
    (line,) = [(x, y) for x, y, text in written(made) if text.startswith("Tờ 1")]
    ascent = made.plan.layout.panel_pt * drawn.MM * 0.86 * 0.75
    bottom = min(box[1] for box in swatches)
    assert bottom - (line[1] + ascent) > 1.0


@pytest.mark.parametrize("paper", PAPERS)
def test_a_column_grows_with_the_letters(paper):
    layout = make_layout(paper, landscape=False)
    assert 8.0 < layout.columns[0][2] / layout.panel_pt < 10.5
    assert layout.panel_pt >= layout.size_pt
    assert len(make_layout("A4", landscape=False).columns) == 3
    assert len(make_layout("A3", landscape=False).columns) == 4
