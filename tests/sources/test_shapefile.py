"""Shapefiles as offices hand them over: cut names, code pages, archives, odd file names."""

import shutil
import unicodedata
import zipfile

import geopandas as gpd
import pytest
import shapely

from geotool.errors import ReadError
from geotool.sources import describe_source, read_layer
from geotool.sources.records import ReadOptions

SHAPE = shapely.box(500_000, 2_000_000, 500_100, 2_000_050)
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def write(folder, columns, encoding="UTF-8", cpg="UTF-8"):
    folder.mkdir(exist_ok=True)
    frame = gpd.GeoDataFrame([columns], geometry=[SHAPE], crs="EPSG:9209")
    frame.to_file(folder / "thua.shp", encoding=encoding)
    (folder / "thua.cpg").unlink(missing_ok=True)
    if cpg is not None:
        (folder / "thua.cpg").write_text(cpg)
    return folder / "thua.shp"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("cpg", ["UTF-8", None])
def test_a_name_cut_within_a_letter_is_read_and_recognised(tmp_path, form, cpg):
    names = {"Số tờ": "1", "Số thửa": "2", "Loại đất": "ONT"}
    columns = {unicodedata.normalize(form, name): value for name, value in names.items()}
    path = write(tmp_path, columns, cpg=cpg)
    row = read_layer(path, "parcels").frame.iloc[0]
    assert (row["sheet_no"], row["parcel_no"], row["land_type"]) == ("1", "2", "ONT")
    assert len(describe_source(path)[0].columns) == 3


@pytest.mark.parametrize("cpg", ["1258", "CP1258", "windows-1258", "nonsense", "\xff", None])
def test_windows_text_is_read_whatever_its_code_page_is_called(tmp_path, cpg):
    text = "Hà Đông ơ ư".encode("cp1258").decode("latin-1")
    path = write(tmp_path, {"parcel_id": "1", "note": text}, encoding="ISO-8859-1", cpg=cpg)
    read = read_layer(path, "parcels")
    assert read.frame["note"].tolist() == ["Hà Đông ơ ư"]
    guessed = cpg in ("nonsense", "\xff", None)
    assert ("text_encoding" in [p.rule for p in read.report.problems]) is guessed


def test_western_text_follows_its_code_page(tmp_path):
    columns = {"parcel_id": "1", "note": "é"}
    path = write(tmp_path, columns, encoding="ISO-8859-1", cpg="ISO 88591")
    assert read_layer(path, "parcels").frame["note"].tolist() == ["é"]


@pytest.mark.parametrize("name", ["thua.ShP", "a;b.shp", "a!b.shp", "a\nb.shp", "đất #1 {{x}}.shp"])
def test_odd_file_names_are_only_names(tmp_path, name):
    path = write(tmp_path / "made", {"parcel_id": "1"})
    target = tmp_path / name
    for suffix in PARTS:
        shutil.copy(path.with_suffix(suffix), target.with_suffix(suffix))
    target.with_suffix(".shp").rename(target)
    assert len(read_layer(target, "parcels").frame) == 1


def zipped(tmp_path, *folders):
    path = tmp_path / "thua.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in folders:
            for suffix in PARTS:
                archive.write(tmp_path / folder / f"thua{suffix}", f"{folder}/thua{suffix}")
    return path


def test_two_shapefiles_of_one_name_in_an_archive_are_both_there(tmp_path):
    for folder in ("xa_1", "xa_2"):
        write(tmp_path / folder, {"parcel_id": folder})
    path = zipped(tmp_path, "xa_1", "xa_2")
    assert [layer.name for layer in describe_source(path)] == ["xa_1/thua", "xa_2/thua"]
    with pytest.raises(ReadError, match="2 layers"):
        read_layer(path, "parcels")
    read = read_layer(path, "parcels", ReadOptions(sublayer="xa_2/thua"))
    assert read.frame["parcel_id"].tolist() == ["xa_2"]


def test_a_damaged_archive_is_refused(tmp_path):
    write(tmp_path / "xa", {"parcel_id": "1"})
    path = zipped(tmp_path, "xa")
    data = path.read_bytes()
    for position in range(0, len(data) - 1, 7):
        path.write_bytes(data[:position] + bytes([data[position] ^ 0xFF]) + data[position + 1 :])
        try:
            assert len(read_layer(path, "parcels").frame) <= 1
        except ValueError as error:
            assert str(path) in str(error)
