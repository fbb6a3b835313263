"""The files of a set of sheets: together, in the place of an older set, and nothing else."""

from pathlib import Path

import pytest

from geotool.errors import OutputError, OutputExistsError
from geotool.pipeline.print_files import page_paths, write_pages
from geotool.share.paper import raster, sheet
from tests.share.paper import drawn


@pytest.fixture(scope="module")
def page():
    pdf = sheet.render_sheets(drawn.content([drawn.parcel()], scale=1000)).pdf
    return next(raster.page_pngs(pdf, dpi=50))


def write(folder, page, count, *, first=0, overwrite=True):
    pages = iter([page] * count)
    return write_pages(folder / "a.png", pages, count=count, first=first, overwrite=overwrite)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_one_page_is_the_file_itself_and_several_are_numbered(tmp_path):
    path = tmp_path / "a.png"
    assert page_paths(path, 1, 1) == [path]
    assert [one.name for one in page_paths(path, 3, 0)] == ["a-00.png", "a-01.png", "a-02.png"]
    assert page_paths(path, 101, 0)[100].name == "a-100.png"


@pytest.mark.parametrize(("before", "after"), [(6, 3), (6, 1), (1, 3), (101, 3)])
def test_an_older_set_goes_whole(tmp_path, page, before, after):
    write(tmp_path, page, before)
    (tmp_path / "a-b-01.png").write_bytes(b"other")
    (tmp_path / "a-01.txt").write_bytes(b"other")
    made = write(tmp_path, page, after)
    assert names(tmp_path) == sorted(["a-b-01.png", "a-01.txt", *(path.name for path in made)])


def test_without_overwrite_an_older_set_is_in_the_way(tmp_path, page):
    write(tmp_path, page, 3)
    before = names(tmp_path)
    with pytest.raises(OutputExistsError, match=r"a-00\.png"):
        write(tmp_path, page, 1, overwrite=False)
    assert names(tmp_path) == before


def test_a_picture_of_somebody_else_is_not_removed(tmp_path, page):
    (tmp_path / "a-07.png").write_bytes(b"a photograph")
    with pytest.raises(OutputError, match="not printed here"):
        write(tmp_path, page, 3)
    assert names(tmp_path) == ["a-07.png"]


def test_when_a_page_fails_the_older_set_stays_whole(tmp_path, page):
    write(tmp_path, page, 4)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def failing():
        yield page + b" "
        raise OutputError("no")

    with pytest.raises(OutputError):
        write_pages(tmp_path / "a.png", failing(), count=2, first=0, overwrite=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_page_is_written_before_the_next_is_drawn(tmp_path, page):
    seen = []

    def pages():
        for _ in range(3):
            seen.append(len(list(tmp_path.rglob("a-*.png"))))
            yield page

    write_pages(tmp_path / "a.png", pages(), count=3, first=0, overwrite=False)
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("count", [1, 3])
def test_a_failure_names_the_file_asked_for(tmp_path, page, monkeypatch, count):
    def full(self, data):
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left") as caught:
        write(tmp_path, page, count)
    first = "a.png" if count == 1 else "a-00.png"
    assert caught.value.message.startswith(f"{tmp_path / first}: ")
    assert ".geotool-" not in caught.value.message
