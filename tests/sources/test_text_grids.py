"""Text tables as grids: encodings, separators, quotes, line ends; what cannot be read."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotool.errors import ReadError, UsageError
from geotool.sources import ReadOptions, read_layer
from geotool.sources.files import Source, open_source
from geotool.sources.sheets import tables
from geotool.sources.sheets.separators import find_separator, stated_separator
from geotool.sources.text import legacy_text

ROWS = [
    ["Họ và tên", "Xã", "Diện tích"],
    ["Nguyễn Văn Đội", "Kỳ Phong", "1,5"],
    ["Trần Thị Hường", "Hà Tĩnh", "2.5"],
    ["Lê Thuý Ngữ", "Kỳ Anh", "3"],
]


def read(data, *, encoding=None, salvage=False, step=None):
    raw = data.encode("utf-8") if isinstance(data, str) else data
    source = Source("a.csv", "csv", None, None, raw)
    return tables.read_grid(source, ReadOptions(encoding=encoding, salvage=salvage, step=step))


def cells(data, **options):
    frame = read(data, **options).grid.cells.astype(object)
    return frame.where(frame.notna(), None).values.tolist()


def joined(rows, separator=";", end="\n"):
    return "".join(separator.join(row) + end for row in rows)


class TestEncodings:
    @pytest.mark.parametrize(
        ("codec", "name", "confidence"),
        [
            ("utf-8", "utf-8", 1.0),
            ("utf-8-sig", "utf-8", None),
            ("utf-16", "utf-16", None),
            ("utf-32", "utf-32", None),
        ],
    )
    def test_unicode_is_taken_without_a_word(self, codec, name, confidence):
        found = read(joined(ROWS).encode(codec))
        assert (found.encoding, found.confidence, found.notes) == (name, confidence, ())
        assert cells(joined(ROWS).encode(codec)) == ROWS

    @pytest.mark.parametrize("encoding", ["tcvn3", "viscii", "cp1258"])
    def test_older_ones_are_found_and_reported(self, encoding):
        raw = legacy_text.encode(joined(ROWS), encoding)
        found = read(raw)
        assert cells(raw) == ROWS
        assert found.encoding == encoding
        assert 0.5 < found.confidence <= 1
        ((rule, message, _),) = found.notes
        assert rule == "text_encoding"
        assert encoding in message
        assert f"{found.confidence:.0%}" in message

    def test_bytes_of_tcvn3_written_by_hand(self):
        raw = b"X\xb7;T\xaan\nH\xb5 T\xdcnh;\xa7\xe9i C\xcan\nK\xfa Anh;B\xb5 \xa6\n"
        assert cells(raw, encoding="ABC")[1:] == [["Hà Tĩnh", "Đội Cấn"], ["Kỳ Anh", "Bà Ư"]]

    def test_the_one_named_wins(self):
        raw = "tên;số\nHà Tĩnh;1\n".encode("utf-16-le")
        found = read(raw, encoding="utf-16-le")
        assert (found.encoding, found.confidence, found.notes) == ("utf-16-le", None, ())
        assert cells(raw, encoding="utf-16-le") == [["tên", "số"], ["Hà Tĩnh", "1"]]
        with pytest.raises(UsageError, match="klingon"):
            read(raw, encoding="klingon")

    def test_decomposed_letters_are_composed(self):
        assert cells("te\u0302n;xa\u0303\nHa\u0300;I\u0301ch\n") == [["tên", "xã"], ["Hà", "Ích"]]

    def test_a_mark_in_the_middle_of_joined_files_goes(self):
        assert cells("\ufeffa;b\n1;2\n\ufeffa;b\n") == [["a", "b"], ["1", "2"], ["a", "b"]]


class TestLines:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_every_line_end(self, end):
        found = read(joined(ROWS, end=end))
        assert cells(joined(ROWS, end=end)) == ROWS
        assert found.grid.rows.tolist() == [1, 2, 3, 4]

    def test_line_numbers_are_those_of_the_file(self):
        text = '\n;;\nTIÊU ĐỀ;;\na;b;c\n\n1;"hai\ndòng";3\n , ;\n4;5;6'
        found = read(text)
        assert found.grid.rows.tolist() == [3, 4, 6, 8, 9]
        assert cells(text)[2] == ["1", "hai\ndòng", "3"]
        assert cells(text)[-1] == ["4", "5", "6"]

    def test_blocks_are_cut_at_line_ends(self, monkeypatch):
        monkeypatch.setattr("geotool.sources.sheets.text_lines._BLOCK_BYTES", 7)
        for codec in ("utf-8", "utf-16"):
            for end in ("\n", "\r\n", "\r"):
                assert cells(joined(ROWS, end=end).encode(codec)) == ROWS

    def test_ragged_rows_are_as_wide_as_the_widest(self):
        assert cells("a,b\n1\n1,2,3,\n,,,,\n") == [
            ["a", "b", None],
            ["1", None, None],
            ["1", "2", "3"],
        ]

    def test_more_columns_than_any_table_has_are_refused_at_once(self):
        with pytest.raises(ReadError, match="line 1 has 2,001 cells"):
            read(",".join(f"c{i}" for i in range(2001)) + "\n")

    def test_blanks_and_apostrophes(self):
        text = "a;b\n\xa0x\u2003;'=HYPERLINK(1)\n'+84 9;'-5\n'@x;''\n'x';' =1\n"
        assert cells(text)[1:] == [
            ["x", "=HYPERLINK(1)"],
            ["+84 9", "-5"],
            ["@x", "''"],
            ["'x'", "=1"],
        ]

    def test_types(self):
        grid = read(joined(ROWS)).grid
        assert str(grid.cells.dtypes[0]).startswith("str")
        assert list(grid.cells.columns) == [0, 1, 2]
        assert (grid.place, grid.sheet, grid.merges) == ("a.csv", None, ())

    def test_progress(self):
        seen = []
        text = joined(ROWS) * 25_000
        read(text, step=lambda *told: seen.append(told))
        total = len(text.encode())
        assert len(seen) > 2
        assert [words for words, _, _ in seen] == ["read"] * len(seen)
        assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
        assert seen[-1] == ("read", total, total)

    def test_a_file_on_disk(self, tmp_path):
        path = tmp_path / "bảng.tsv"
        path.write_bytes(joined(ROWS, "\t").encode())
        found = tables.read_grid(open_source(path), ReadOptions())
        assert found.grid.place == str(path)
        assert found.grid.cells.values.tolist() == ROWS


class TestSeparators:
    @pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
    def test_each(self, separator):
        out = io.StringIO()
        csv.writer(out, delimiter=separator).writerows(ROWS)
        assert cells(out.getvalue()) == ROWS

    @pytest.mark.parametrize(
        ("text", "separator"),
        [
            ("a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n", ";"),
            ("Danh sách, xã Kỳ Phong, huyện Kỳ Anh\nKèm theo, quyết định\na;b;c\n1;x;2,5\n", ";"),
            ("TIÊU ĐỀ\n\na,b,c\n1;2,x,y\n3;4,x,y\n", ","),
            ('a,b\n"x;y;z;t",1\n"x;y;z;t",2\n', ","),
            (
                'mã,tên,xã\nO1,"Thôn 1; xã A; tỉnh C; VN",C2\nO2,"Thôn 2; xã B; tỉnh C; VN",C2\n',
                ",",
            ),
            (
                'mã,tên,xã\nO1,"Thôn 1| xã A| tỉnh C| VN",C2\nO2,"Thôn 2| xã B| tỉnh C| VN",C2\n',
                ",",
            ),
            ("mã;2019;2020\nA;1,5;2,5\n", ";"),
            ("a\tb\n1,5\t2,5\n", "\t"),
            ("a|b|c\n1|2|3\n", "|"),
            ("một cột\nx\n", ","),
            ("1;2\n3;4\n", ";"),
            ("", ","),
        ],
    )
    def test_by_the_table_not_its_first_line(self, text, separator):
        assert find_separator(text.splitlines(keepends=True)) == separator

    @pytest.mark.parametrize(
        ("line", "separator"),
        [
            ("sep=;\r\n", ";"),
            ("\ufeffSEP=\t\n", "\t"),
            ('"sep=|"', "|"),
            ("sep=x", None),
            ("a;b", None),
        ],
    )
    def test_the_line_excel_writes(self, line, separator):
        assert stated_separator(line) == separator

    def test_after_it_lines_still_count_from_the_first(self):
        found = read("\nsep=|\na|b\n1;2|3\n")
        assert found.grid.rows.tolist() == [3, 4]
        assert found.grid.cells.values.tolist() == [["a", "b"], ["1;2", "3"]]


CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Mn", "Cf")), max_size=6
)


class TestProperties:
    @given(
        body=st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=8),
        separator=st.sampled_from(",;\t|"),
        end=st.sampled_from(["\n", "\r\n"]),
    )
    def test_what_the_csv_module_writes_comes_back(self, body, separator, end):
        header = ["cột một", "cột hai", "cột ba"]
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator=end).writerows(
            [header, *body]
        )
        wanted = [[plain(cell) for cell in row] for row in [header, *body]]
        assert cells(f"sep={separator}{end}{out.getvalue()}") == [row for row in wanted if any(row)]

    @given(raw=st.binary(max_size=200))
    def test_any_bytes_are_read_or_refused(self, raw):
        for salvage in (False, True):
            try:
                found = read(raw, salvage=salvage)
            except ReadError as error:
                assert "a.csv" in error.message
                assert error.remedy
            else:
                assert salvage or found.rejected == ()
                assert len(found.grid.rows) == len(found.grid.cells)


def plain(cell):
    import unicodedata

    text = unicodedata.normalize("NFC", cell).strip()
    if text[:1] == "'" and text[1:].lstrip()[:1] in ("=", "+", "-", "@"):
        text = text[1:].strip()
    return text or None


class TestRefusals:
    def test_a_damaged_line_of_utf_8_is_named(self):
        raw = joined(ROWS).encode() + b"H\xe9;a;3\nx;y;z\nH\xe9;a;3\n"
        with pytest.raises(ReadError, match=r"2 records.*line 5: byte 0xe9") as caught:
            read(raw)
        assert "--encoding" in caught.value.remedy
        found = read(raw, salvage=True)
        assert [(r.record, r.key) for r in found.rejected] == [(5, ""), (7, "")]
        assert found.grid.rows.tolist() == [1, 2, 3, 4, 6]

    def test_the_whole_record_is_set_aside(self):
        raw = 'Xã;Tên\nKỳ Phong;"Đội\nĐội '.encode() + b'\xff\nx"\nb;c\n'
        found = read(raw, salvage=True)
        assert [r.record for r in found.rejected] == [3]
        assert found.grid.cells.values.tolist() == [["Xã", "Tên"], ["b", "c"]]

    def test_half_a_letter_of_utf_16(self):
        raw = "Xã;Tên\na;b\n".encode("utf-16") + b"\x00\xd8\n\x00c\x00;\x00d\x00\n\x00"
        with pytest.raises(ReadError, match="line 3: a letter is cut in two"):
            read(raw)
        assert [r.record for r in read(raw, salvage=True).rejected] == [3]

    @pytest.mark.parametrize(
        ("line", "reason"),
        [('a;"b"b;c', "not doubled"), ('a;"b;c', "never closed")],
    )
    def test_quotation_marks(self, line, reason):
        text = joined(ROWS) + line + "\n"
        with pytest.raises(ReadError, match=rf"line 5: a quotation mark .*{reason}"):
            read(text)
        found = read(text, salvage=True)
        assert [r.record for r in found.rejected] == [5]
        assert found.grid.rows.tolist() == [1, 2, 3, 4]

    def test_a_long_cell_is_read(self):
        text = "wkt;mã\n" + "1 2 3 " * 100_000 + ";x\n"
        assert len(cells(text)[1][0]) == 599_999

    @pytest.mark.parametrize("text", ["", " \n \n", ";;;\n;;\n"])
    def test_nothing(self, text):
        with pytest.raises(ReadError, match="no header and no rows"):
            read(text)

    def test_no_table_at_all(self, monkeypatch):
        with pytest.raises(ReadError, match="line 2 has 20,001 cells"):
            read("a,b\n" + "1," * 20_000 + "1\n")
        monkeypatch.setattr("geotool.sources.sheets.text_lines._BLOCK_BYTES", 1 << 26)
        with pytest.raises(ReadError, match="line 2 is longer"):
            read("a,b\n" + "x" * (70 << 20))

    def test_too_many_cells(self):
        with pytest.raises(ReadError, match=r"too large a table.*line 2\)"):
            read("a,b\n" + "1," * 1_900 + "1\n" + "1,2\n" * 32_000)

    def test_a_file_that_goes_away(self, tmp_path):
        with pytest.raises(ReadError, match="cannot be read"):
            tables.read_grid(Source("x.csv", "csv", tmp_path / "x.csv", None), ReadOptions())


def test_an_open_quotation_mark_takes_no_sound_line_with_it(tmp_path):
    lines = [f"G{i},1998{i:03d}.5,560{i:03d}.5,ghi" for i in range(1, 42)]
    lines[20] = 'G21,1998021.5,560021.5,"ghi'
    path = tmp_path / "mo.csv"
    path.write_text("\n".join(["grave_id,X,Y,note", *lines]) + "\n", encoding="utf-8")
    options = ReadOptions(src_crs="EPSG:9209", salvage=True)
    read = read_layer(path, "graves", options)
    assert [item.record for item in read.report.rejected] == [22]
    assert read.report.read_count == 41
    assert read.frame["grave_id"].tolist() == [f"G{i}" for i in range(1, 42) if i != 21]
    with pytest.raises(ReadError, match="line 22"):
        read_layer(path, "graves", ReadOptions(src_crs="EPSG:9209"))
