"""Print the stated dependency floors of setup.cfg as exact requirements."""

import configparser
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def floors():
    """Return one ``name==floor`` a dependency of geotool and of its database reader."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = config["options"]["install_requires"].split()
    lines += config["options.extras_require"]["postgis"].split()
    return [re.sub(r">=([^,;]+).*", r"==\1", line) for line in lines]


if __name__ == "__main__":
    print("\n".join(floors()))
