"""Which versions does geotool stand on?"""

from geotool import provenance
from geotool.pipeline.answer import Answer
from geotool.share.tables import Table, TableColumn


def list_versions() -> Answer:
    """Return the versions of geotool, Python, GDAL, GEOS, PROJ and the main libraries."""
    versions = provenance.versions()
    rows = [{"name": name, "version": version} for name, version in sorted(versions.items())]
    table = Table("versions", (TableColumn("name"), TableColumn("version")), rows)
    return Answer({"versions": versions}, tables=(table,))
