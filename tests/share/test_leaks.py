"""What leaves the office: planted names, numbers and notes, looked for in every output."""

import base64
import re
import zlib

import pytest

from geotool.pipeline import map as maps
from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.pipeline.report import ReportOptions, report_bytes, write_report
from geotool.pipeline.run import RunOptions, run_project
from geotool.share import redaction
from geotool.share.render.recipe import load_recipe
from geotool.share.tables import Table, TableColumn
from tests import village_project
from tests.share.decoded import file_bytes, page_bytes
from tests.village_project import write_project

RECIPES = ("overview", "affected_area", "graves", "landmarks", "handover")
# names of computed columns, so that an unknown column could be taken for a result
RESULT_NAMES = ("state", "reason", "moved", "zone", "taken", "taken_share", "served", "side")
PERSON = re.compile(rb"PERSON[a-z]+")
NOTE = re.compile(rb"NOTE[a-z]+")
UNKNOWN = re.compile(rb"UNKNOWN[a-z]+")


def tagged(frame, word, columns):
    """Return the frame with columns whose every cell holds a word to look for."""
    return frame.assign(**{name: [f"{word}{i}" for i in range(len(frame))] for name in columns})


PLANTED = (b"042199912345", b"0987654321", "Nguyễn Thị Ẩn".encode())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    layers = village_project.all_layers()
    planted = {}
    for name, frame in layers.items():
        unknown = [column for column in RESULT_NAMES if column not in frame]
        planted[name] = tagged(
            frame, "UNKNOWN" + name.replace("_", ""), ["ghi_chu_rieng", *unknown]
        )
    drop = ("head_name", "phone", "id_number", "category")
    households = planted["households"].drop(columns=[c for c in drop if c in layers["households"]])
    names = ("Họ tên chủ hộ", "Số CCCD", "SĐT", "Diện hộ")
    planted["households"] = tagged(households, "PERSONhousehold", names)
    name, number, phone = (word.decode() for word in (PLANTED[2], PLANTED[0], PLANTED[1]))
    planted["households"].loc[2, list(names[:3])] = [name, number, phone]
    planted["graves"] = tagged(
        planted["graves"], "PERSONgrave", ("deceased_name", "family_contact")
    )
    planted["contributions"] = tagged(
        planted["contributions"], "PERSONdonor", ("contributor_name",)
    )
    planted["parcels"] = tagged(planted["parcels"], "NOTEparcel", ("note",))
    planted["events"] = tagged(planted["events"], "NOTEevent", ("note",))
    return write_project(tmp_path_factory.mktemp("leaks") / "p", layers=planted, recipes=RECIPES)


def outputs(folder, profile):
    """Return the bytes of every output by name, archives unpacked."""
    recipient = "Ban GPMB" if profile == "internal" else None
    options = RunOptions(folder, profile=profile, recipient=recipient, overwrite=True)
    answer = run_project(options)
    found = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}
    found["answer"] = repr((answer.data, answer.words, answer.problems)).encode()
    for suffix in ("csv", "json", "md", "xlsx"):
        path = folder / f"report.{suffix}"
        write_report(ReportOptions(folder, str(path), None, profile, recipient, overwrite=True))
        found[path.name] = path.read_bytes()
    return {name: file_bytes(name, data) for name, data in found.items()}


def test_what_is_packed_into_a_page_is_looked_into():
    packed = base64.b64encode(zlib.compress(b"x" * 50 + b"PERSONhidden"))
    first, second = packed[:12].decode(), packed[12:].decode()
    page = (
        f'<script type="text/plain" id="gt-data-0-10">{second}</script>'
        f'<script type="text/plain" id="gt-data-0-9">{first}</script>'
        '<script type="application/json" id="gt-page">{"a": "PERSONplain"}</script>'
    )
    assert set(PERSON.findall(page_bytes(page.encode()))) == {b"PERSONhidden", b"PERSONplain"}


def test_names_numbers_and_telephones_stay_in_the_office(folder):
    """Written as they are met, not only as columns of their own."""
    made = outputs(folder, "internal")
    assert all(word in made["report.xlsx"] for word in PLANTED)
    for profile in ("public", "committee"):
        for name, data in outputs(folder, profile).items():
            for word in PLANTED:
                assert word not in data, (profile, name, word)


@pytest.mark.parametrize("profile", ["public", "committee"])
def test_no_person_no_note_and_no_unknown_column_leaves(folder, profile):
    for name, data in outputs(folder, profile).items():
        for pattern in (PERSON, NOTE, UNKNOWN):
            assert not pattern.findall(data), (name, pattern)


def test_the_public_sees_no_holder_and_no_parcel(folder):
    for name, data in outputs(folder, "public").items():
        if name.endswith((".html", ".csv", ".json", ".md")):
            assert not re.search(rb"(?<![\w.+-])H(?:[1-9]|1\d|20)(?![\w.+-])", data), name
            assert b"parcel_id" not in data, name


def test_internal_shows_every_column_of_the_schemas_to_its_recipient(folder):
    made = outputs(folder, "internal")
    for name, data in made.items():
        assert not UNKNOWN.findall(data), name
        if name.endswith(".html"):
            assert b"Ban GPMB" in data
    workbook = made["report.xlsx"]
    assert b"Ban GPMB" in workbook
    for word in (b"PERSONhousehold", b"PERSONgrave", b"PERSONdonor", b"NOTEparcel", b"NOTEevent"):
        assert word in workbook, word
    assert b"NOTEparcel" in made["overview.html"]
    assert b"PERSONgrave" in made["graves.html"]


def test_a_table_shows_only_what_it_has_columns_for():
    table = Table(
        "households",
        (TableColumn("household_id"),),
        [{"household_id": "H1", "head_name": "PERSONa"}],
        {"household_id": "x", "head_name": "PERSONb"},
    )
    for profile in ("committee", "internal"):
        loaded = redaction.load_profile(profile, recipient="A")
        (shown,) = redaction.redact_tables((table,), loaded)
        assert shown.rows == [{"household_id": "H1"}]
        assert shown.total == {"household_id": "x"}


def test_a_table_nobody_listed_is_not_public():
    table = Table("new_table", (TableColumn("name"),), [{"name": "A"}])
    assert redaction.redact_tables((table,), redaction.load_profile("public")) == ()


def test_causes_and_blockers_on_strip_maps_are_not_for_the_public(tmp_path):
    events = village_project.events().assign(cause="CAUSEwaiting")
    events["state"] = ["handed_over", "markers_handed_over"]
    layers = {"events": events, "parcels": None, "holdings": None}
    project = write_project(tmp_path / "p", layers=layers)
    found = assess(open_project(project), on="2024-05-01")
    wanted = load_recipe("affected_area", project)
    for name, shown in (("public", False), ("committee", True)):
        profile = redaction.load_profile(name)
        made = {s: report_bytes(found, profile, s) for s in (".xlsx", ".md", ".json")}
        made["html"] = maps.render(found, wanted, profile).html.encode()
        for suffix, data in made.items():
            assert (b"CAUSEwaiting" in file_bytes(f"file.{suffix}", data)) is shown, (name, suffix)
