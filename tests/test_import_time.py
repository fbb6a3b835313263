"""Help stays light: no geopandas, pandas, shapely or folium before a command does work."""

import subprocess
import sys

import pytest

HEAVY = ("geopandas", "pandas", "shapely", "folium", "numpy", "pyproj", "pyogrio", "fiona")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["affected", "--help"], ["graves", "demand", "--help"]]
)
def test_help_loads_nothing_heavy(arguments):
    code = (
        "import sys\n"
        f"sys.argv = ['geotool', *{arguments!r}]\n"
        "from geotool.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code in (0, None), end.code\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "print('LOADED', loaded)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert "Usage: geotool" in done.stdout
    assert done.stdout.rstrip().endswith("LOADED []")


def test_importing_geotool_loads_nothing_heavy():
    code = f"import sys, geotool; print([n for n in {HEAVY!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
