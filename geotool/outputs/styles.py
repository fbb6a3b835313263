"""Styles inside a GeoPackage, in the table in which QGIS keeps them: ``layer_styles``.

The table is as QGIS 3.22 makes it, listed among the contents as one without shapes. QGIS draws
a layer at once in the style marked as its default.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from geotool.errors import OutputError
from geotool.outputs.ogr import pinned_date

_NAME = "geotool"
_TABLES = """
CREATE TABLE "layer_styles" ( "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  "f_table_catalog" TEXT(256), "f_table_schema" TEXT(256), "f_table_name" TEXT(256),
  "f_geometry_column" TEXT(256), "styleName" TEXT(30), "styleQML" TEXT, "styleSLD" TEXT,
  "useAsDefault" BOOLEAN, "description" TEXT, "owner" TEXT(30), "ui" TEXT(30),
  "update_time" DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')));
CREATE TRIGGER "trigger_insert_feature_count_layer_styles" AFTER INSERT ON "layer_styles"
  BEGIN UPDATE gpkg_ogr_contents SET feature_count = feature_count + 1
  WHERE lower(table_name) = lower('layer_styles'); END;
CREATE TRIGGER "trigger_delete_feature_count_layer_styles" AFTER DELETE ON "layer_styles"
  BEGIN UPDATE gpkg_ogr_contents SET feature_count = feature_count - 1
  WHERE lower(table_name) = lower('layer_styles'); END;
"""
_CONTENTS = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)
VALUES ('layer_styles', 'attributes', 'layer_styles', ?, ?, 0)
"""
_COUNTS = "INSERT INTO gpkg_ogr_contents (table_name, feature_count) VALUES ('layer_styles', 0)"
_STYLE = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,
  styleName, styleQML, styleSLD, useAsDefault, description, owner, update_time)
SELECT '', '', table_name, column_name, ?, ?, '', 1, ?, '', ?
FROM gpkg_geometry_columns WHERE table_name = ?
"""
_TITLE = "UPDATE OR IGNORE gpkg_contents SET identifier = ? WHERE table_name = ?"


def add_styles(
    path: Path,
    styles: Mapping[str, str],
    titles: Mapping[str, str],
    *,
    date: str | None,
    note: str,
) -> None:
    """Put styles and titles into a GeoPackage; see ``outputs.add_styles``."""
    with pinned_date(date) as day, _opened(path) as database:
        moment = f"{day}T00:00:00.000Z"
        database.execute(_CONTENTS, (note, moment))
        database.execute(_COUNTS)
        for name, qml in sorted(styles.items()):
            database.execute(_STYLE, (_NAME, qml, titles[name], moment, name))
        for name, title in _identifiers(titles).items():
            database.execute(_TITLE, (title, name))


def _identifiers(titles: Mapping[str, str]) -> dict[str, str]:
    """Return the title of each layer, with the name where another table is called the same."""
    counts = Counter([*titles.values(), *titles, "layer_styles"])
    return {
        name: title if counts[title] == 1 else f"{title} ({name})"
        for name, title in sorted(titles.items())
    }


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield the file with the empty table in it; what is done there is kept together or not."""
    try:
        with closing(sqlite3.connect(path)) as database:
            database.executescript(_TABLES)
            with database:
                yield database
    except sqlite3.Error as error:
        raise OutputError(
            f"{path}: the styles of its layers cannot be written ({error}).",
            remedy="Make room on the disk and run again.",
        ) from error
