"""Text of whole files: names with accents, letters at control places, signs among old text."""

import unicodedata

import pandas as pd
import pytest

from geotool.sources import ReadOptions, read_layer
from geotool.sources.records import RawLayer
from geotool.sources.text.legacy_codecs import compose
from geotool.sources.text.legacy_text import canonical_encoding, repair_texts
from geotool.sources.text.mojibake import repair_text

# "Hà Tĩnh", "Nguyễn Văn Đức", "thị xã Kỳ Anh" in TCVN3, read in Latin-1.
OLD = {"H\xb5 T\xdcnh", "Nguy\xd4n V\xa8n \xa7\xf8c", "th\xde x\xb7 K\xfa Anh"}


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("tcvn_3", "tcvn3"),
        ("TCVN 3", "tcvn3"),
        ("TCVN3 (ABC)", "tcvn3"),
        ("VnTime", "tcvn3"),
        (".VnArial Narrow", "tcvn3"),
        ("VNI Times", "vni"),
        ("RFC1456", "viscii"),
        ("CP-1258", "cp1258"),
        ("win1258", "cp1258"),
        ("Windows 1258", "cp1258"),
        ("ANSI 1258", "cp1258"),
        ("utf-8-bom", "utf-8"),
        ("ISO 8859-1", "iso8859-1"),
        ("437", "cp437"),
    ],
)
def test_an_encoding_has_many_spellings(name, encoding):
    assert canonical_encoding(name) == encoding


@pytest.mark.parametrize("sign", ["3×4 m", "2÷3 m", "Ø60", "Ø 100", "1.000 €"])
def test_signs_stay_beside_old_text(sign):
    found = repair_texts(OLD | {sign})
    assert found.encoding == "tcvn3"
    assert set(found.texts) == OLD


def test_letters_at_the_places_of_control_characters_are_found():
    texts = [*sorted(OLD), "Phan Thanh \x16"]
    frame = pd.DataFrame({"a": pd.Series(texts, dtype="str")})
    raw = RawLayer(frame=frame, sublayer=None, shapes=False)
    fixed = repair_text(raw, "a.shp")
    assert fixed.frame["a"].tolist()[-1] == "Phan Thanh Ý"


@pytest.mark.parametrize("mark", ["\u0301", "\u0309", "\u0323", "\u031b", "\u0302\u0301"])
def test_marks_are_composed_wherever_they_stand(mark):
    long = "chữ thường " * 50
    assert compose(f"{long}o{mark}") == long + unicodedata.normalize("NFC", "o" + mark)


@pytest.mark.parametrize(
    "names",
    [
        ("Mã mộ", "Họ tên người mất"),
        ("M\xb7 m\xe9", "H\xe4 t\xaan ng\xad\xeai m\xcat"),
        tuple(unicodedata.normalize("NFD", name) for name in ("Mã mộ", "Họ tên người mất")),
    ],
)
def test_extended_data_of_a_placemark_keeps_the_accents_of_its_names(tmp_path, names):
    grave, dead = names
    path = tmp_path / "mo.kml"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        "<Document><Placemark><name>a</name><ExtendedData>"
        f'<Data name="{grave}"><value>M1</value></Data>'
        f'<Data name="{dead}"><value>Tr\xc7n V\xa8n H\xefng</value></Data></ExtendedData>'
        "<Point><coordinates>106.2,18.1</coordinates></Point></Placemark></Document></kml>",
        encoding="utf-8",
    )
    frame = read_layer(path, "graves", ReadOptions(dst_crs="EPSG:9209")).frame
    assert frame["grave_id"].tolist() == ["M1"]
    assert frame["deceased_name"].tolist() == ["Trần Văn Hùng"]


def test_a_column_of_many_texts_is_judged_by_its_words(tmp_path):
    right = [f"M{i},1998000.5,560000.5,Nguyễn Văn Bình số {i}" for i in range(20_500)]
    path = tmp_path / "mo.csv"
    path.write_text("\n".join(["Mã mộ,X,Y,Ghi chú", *right]), encoding="utf-8")
    read = read_layer(path, "graves", ReadOptions(src_crs="EPSG:9209"))
    assert "text_encoding" not in {problem.rule for problem in read.report.problems}
    assert read.frame["note" if "note" in read.frame else "Ghi chú"].iloc[7].endswith("Bình số 7")
    wrong = [line.replace("Nguyễn Văn Bình", "NguyÔn V¨n B×nh") for line in right]
    path.write_text("\n".join(["Mã mộ,X,Y,Ghi chú", *wrong]), encoding="utf-8")
    read = read_layer(path, "graves", ReadOptions(src_crs="EPSG:9209"))
    column = "note" if "note" in read.frame else "Ghi chú"
    assert read.frame[column].iloc[7] == "Nguyễn Văn Bình số 7"
    assert read.report.encoding == "tcvn3"
