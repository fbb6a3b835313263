"""Large tables pass in bounded memory."""

import json
import subprocess
import sys

import pytest

resource = pytest.importorskip("resource")  # tells the memory of a process; not on Windows

HEADER = "grave_id,ownership,X,Y,Họ tên người mất,Ghi chú,Xã,Ngày\n"
GRID = """
import json, resource, sys
from geotool.sources import ReadOptions
from geotool.sources.sheets import tables
from geotool.sources.files import open_source
source = open_source(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
read = tables.read_grid(source, ReadOptions())
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([read.grid.cells.shape, read.grid.cells.iloc[-1].tolist(), after - before]))
"""
CONVERT = """
import json, resource, sys
from geotool.cli import main
try:
    main()
except SystemExit as end:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stderr.write(json.dumps([end.code or 0, peak]))
"""
KIB = 1 if sys.platform != "darwin" else 1024


def write(path, count):
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(HEADER)
        for i in range(count):
            place = f"{1998000 + i % 997 * 0.5:.2f},{560000 + i % 991 * 0.5:.2f}"
            names = f"Nguyễn Văn {i % 5000},ghi chú số {i},Kỳ Phong,{i % 28 + 1:02d}/03/2024"
            out.write(f"G{i:07d},owned,{place},{names}\n")
    return path


def run(script, *arguments):
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)


def test_a_grid_takes_little_more_than_its_file(tmp_path):
    path = write(tmp_path / "a.csv", 100_000)
    shape, last, grown = json.loads(run(GRID, path).stdout)
    assert shape == [100_001, 8]
    assert last[0] == "G0099999"
    assert last[5] == "ghi chú số 99999"
    assert grown / KIB * 1024 < 6 * path.stat().st_size + (100 << 20)


@pytest.mark.slow
def test_a_million_rows_convert_in_bounded_memory(tmp_path):
    path, out = write(tmp_path / "a.csv", 1_000_000), tmp_path / "a.gpkg"
    done = run(CONVERT, "convert", path, "--as", "graves", "--src-crs", "EPSG:9209", "-o", out)
    code, peak = json.loads(done.stderr[done.stderr.rindex("[") :])
    assert code == 0
    assert out.exists()
    assert peak / KIB * 1024 < 1.5e9
