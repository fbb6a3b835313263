"""What kind of file is it: by its name, by its bytes, and do the two agree?"""

import codecs
import re
import struct
import unicodedata
import zipfile
from pathlib import Path

from geotool.errors import ReadError
from geotool.sources import markup

HEAD_BYTES = 65536
ARCHIVES = frozenset({"zip"})
"""Kinds that have to be unpacked before the reader of what they hold."""

_WORKBOOKS = frozenset({"xlsx", "xls", "ods"})
_KINDS = {
    ".gpkg": ("gpkg", {"sqlite"}),
    ".sqlite": ("sqlite", {"sqlite"}),
    ".db": ("sqlite", {"sqlite"}),
    ".geojson": ("geojson", {"json", "records"}),
    ".json": ("geojson", {"json", "records"}),
    ".topojson": ("topojson", {"json"}),
    ".geojsonl": ("geojsonseq", {"json", "records"}),
    ".geojsons": ("geojsonseq", {"json", "records"}),
    ".ndjson": ("geojsonseq", {"json", "records"}),
    ".jsonl": ("geojsonseq", {"json", "records"}),
    ".shp": ("shp", {"shp"}),
    ".dbf": ("dbf", {"dbf"}),
    ".zip": ("zip", {"zip", "kmz"}),
    ".fgb": ("fgb", {"fgb"}),
    ".parquet": ("parquet", {"parquet"}),
    ".geoparquet": ("parquet", {"parquet"}),
    ".csv": ("csv", {"text"}),
    ".tsv": ("csv", {"text"}),
    ".txt": ("csv", {"text"}),
    ".xlsx": ("xlsx", _WORKBOOKS),
    ".xlsm": ("xlsx", _WORKBOOKS),
    ".xlsb": ("xlsx", _WORKBOOKS),
    ".xls": ("xls", _WORKBOOKS),
    ".ods": ("ods", _WORKBOOKS),
    ".dxf": ("dxf", {"dxf"}),
    ".dgn": ("dgn", {"dgn"}),
    ".tab": ("mapinfo", {"tab"}),
    ".mif": ("mapinfo", {"mif"}),
    ".kml": ("kml", {"kml"}),
    ".kmz": ("kmz", {"kmz"}),
    ".gpx": ("gpx", {"gpx"}),
    ".gml": ("gml", {"gml"}),
    ".xml": ("gml", {"gml", "kml", "gpx"}),
}
WORDS = {
    "gpkg": "a GeoPackage",
    "sqlite": "a SQLite or SpatiaLite database",
    "geojson": "GeoJSON",
    "topojson": "TopoJSON",
    "geojsonseq": "GeoJSON by lines",
    "shp": "a shapefile",
    "shpzip": "a zipped shapefile",
    "dbf": "a dBASE table",
    "zip": "a ZIP archive",
    "fgb": "FlatGeobuf",
    "parquet": "GeoParquet",
    "partitions": "a folder of GeoParquet partitions",
    "csv": "a CSV table",
    "xlsx": "an Excel workbook",
    "xls": "an Excel 97-2003 workbook",
    "ods": "an OpenDocument spreadsheet",
    "dxf": "a DXF drawing",
    "dgn": "a MicroStation V7 drawing",
    "mapinfo": "a MapInfo table",
    "kml": "KML",
    "kmz": "KMZ",
    "gpx": "GPX",
    "gml": "GML",
    "gdb": "a File geodatabase",
    "postgis": "a PostgreSQL table",
}
"""Kind -> what it is called in messages."""

_SEEMS_WORDS = {
    **WORDS,
    "sqlite": "a SQLite database or GeoPackage",
    "json": "JSON text, perhaps GeoJSON",
    "records": "JSON text by lines",
    "shp": "the .shp or .shx file of a shapefile",
    "parquet": "Parquet",
    "text": "plain text, perhaps CSV",
    "xml": "XML",
    "html": "an HTML page",
    "sheetxml": "an Excel 2003 XML sheet",
    "ole": "an old or password-protected Office document",
    "locked": "a password-protected Office document",
    "doc": "a Word document",
    "slides": "a presentation",
    "png": "a PNG picture",
    "jpeg": "a JPEG picture",
    "gif": "a GIF picture",
    "tiff": "a TIFF picture",
    "raster": "a raster picture",
    "pdf": "a PDF document",
    "gzip": "a gzip archive",
    "rar": "a RAR archive",
    "7z": "a 7-Zip archive",
    "dwg": "an AutoCAD drawing (DWG)",
    "dgn8": "a MicroStation V8 drawing",
    "mdb": "an Access database or personal geodatabase",
    "tab": "a MapInfo table",
    "mif": "MapInfo interchange text",
    "wor": "a MapInfo workspace",
    "project": "a project or layer file of a map program",
    "part": "a part of a shapefile or MapInfo table",
    "nothing": "bytes of no known kind",
}
_PICTURE = (
    "A picture holds no parcels or points. Name the vector file it was drawn from, or digitise it."
)
_REMEDIES = {
    "dwg": 'In AutoCAD type SAVEAS or DXFOUT, choose "AutoCAD 2018 DXF (*.dxf)", and name the '
    ".dxf file.",
    "dgn8": 'In MicroStation choose File > Save As (or Export) and the type "MicroStation V7 DGN" '
    "or DXF, and name that file.",
    "mdb": "In ArcGIS export its layers to a File geodatabase or to shapefiles; in Access export "
    "a table to Excel.",
    "rar": "Unpack it, and name the file inside or pack it as ZIP.",
    "7z": "Unpack it, and name the file inside or pack it as ZIP.",
    "gzip": "Unpack it, and name the file inside or pack it as ZIP.",
    "doc": "Copy the table into Excel, and save it as .xlsx.",
    "slides": "Copy the table into Excel, and save it as .xlsx.",
    "pdf": "Ask for the table as Excel or the map as a vector file; text cannot be taken out of a "
    "PDF reliably.",
    "locked": "Open it with its password, and save it without one (File > Info > Protect).",
    "html": "Open it in Excel, and save it as .xlsx.",
    "sheetxml": "Open it in Excel, and save it as .xlsx.",
    "wor": "A workspace only lists tables: name the .tab file of one of them.",
    "part": "Name the .shp, .tab or .mif file beside it.",
    "project": "It only points at data: name the data file, or export the layer to GeoPackage.",
    **dict.fromkeys(("png", "jpeg", "gif", "tiff", "raster"), _PICTURE),
}
_REFUSED_SUFFIXES = {
    **dict.fromkeys((".dwg", ".dwt", ".dws"), "dwg"),
    **dict.fromkeys((".mdb", ".accdb"), "mdb"),
    **dict.fromkeys((".doc", ".docx", ".rtf", ".odt"), "doc"),
    **dict.fromkeys((".ppt", ".pptx"), "slides"),
    **dict.fromkeys((".qgs", ".qgz", ".qlr", ".lyr", ".lyrx", ".mxd", ".aprx", ".gst"), "project"),
    **dict.fromkeys((".tif", ".tiff", ".ecw", ".sid", ".jp2", ".img", ".bmp", ".asc"), "raster"),
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".gif"), "raster"),
    **dict.fromkeys((".htm", ".html", ".mht"), "html"),
    **dict.fromkeys((".shx", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix"), "part"),
    **dict.fromkeys((".dat", ".map", ".id", ".ind", ".mid"), "part"),
    ".rar": "rar",
    ".7z": "7z",
    ".pdf": "pdf",
    ".wor": "wor",
}
_MAGIC = (
    (b"SQLite format 3\x00", "sqlite"),
    (b"\x00\x00\x27\x0a", "shp"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"fgb", "fgb"),
    (b"PAR1", "parquet"),
    (b"\xd0\xcf\x11\xe0", "ole"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"AC10", "dwg"),
    (b"\x00\x01\x00\x00Standard ", "mdb"),
    (b"AutoCAD Binary DXF", "dxf"),
    (b"\x08\x09\xfe\x02", "dgn"),
    (b"\xc8\x09\xfe\x02", "dgn"),
    (b"\x08\x05\x17\x00", "dgn"),
)
_READABLE_MAGIC = frozenset({"fgb", "parquet", "dwg", "dxf"})
_DBF_VERSIONS = frozenset(b"\x02\x03\x30\x31\x32\x43\x63\x83\x8b\xcb\xf5")
_TEXT_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FIRST_WORDS = (
    (re.compile(r"(?:[ \t]*999[ \t]*\n.*\n)*[ \t]*0[ \t]*\n[ \t]*SECTION[ \t]*\n"), "dxf"),
    (re.compile(r"!table\s", re.IGNORECASE), "tab"),
    (re.compile(r"version\s+\d+\s*\n\s*(?:charset|delimiter|coordsys|columns)\s", re.I), "mif"),
    (re.compile(r"!workspace\s", re.IGNORECASE), "wor"),
)
_RECORDS = re.compile(rb"^\x1e?\s*\{.*\}\s*\r?\n\x1e?\s*\{", re.MULTILINE)
_TOPOLOGY = re.compile(rb'"type"\s*:\s*"Topology"')
_COLLECTION = re.compile(rb'"type"\s*:\s*"FeatureCollection"')
_ROOTS = {
    "kml": "kml",
    "gpx": "gpx",
    "html": "html",
    "HTML": "html",
    "qgis": "project",
    "Workbook": "sheetxml",
}
_GML_ROOTS = frozenset({"FeatureCollection", "FeatureCollection3D", "CityModel"})
_GML_SPACES = ("http://www.opengis.net/gml", "http://www.opengis.net/wfs")
_OLE_STREAMS = (
    ("EncryptedPackage", "locked"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("WordDocument", "doc"),
    ("PowerPoint Document", "slides"),
)
_OLE_DGN = "Dgn"
_BY_PART = (
    ("xl/workbook.xml", "xlsx"),
    ("xl/workbook.bin", "xlsx"),
    ("word/document.xml", "doc"),
    ("ppt/presentation.xml", "slides"),
)
_ODS = "application/vnd.oasis.opendocument.spreadsheet"


class DisguisedError(ReadError):
    """A file is not what its name says."""


def kind_of(path: Path) -> str:
    """Return the kind of an existing file, ``WORDS`` has them all.

    Raises
    ------
    ReadError
        When it is empty or of no kind that is read, with the export to make instead;
        DisguisedError when it is not what its name says.
    """
    suffix = path.suffix.lower()
    head = _read_head(path)
    if not head:
        raise ReadError(f"{path}: the file is empty (0 bytes).", remedy="Export or copy it again.")
    looks = _looks(path, head)
    if suffix not in _KINDS:
        raise _unread(path, looks)
    kind, expected = _KINDS[suffix]
    if kind == "mapinfo" and looks == "text" and suffix == ".tab":
        return "csv"  # columns parted by tabs
    if looks not in expected:
        raise DisguisedError(
            f"{path}: named like {WORDS[kind]}, but it seems to be {_SEEMS_WORDS[looks]}.",
            remedy=_REMEDIES.get(looks, "Give the file its true suffix, or export it again."),
        )
    return _true_kind(suffix, kind, looks, head)


def _true_kind(suffix: str, kind: str, looks: str, head: bytes) -> str:
    """Return the kind where a suffix is used for several."""
    if kind in _WORKBOOKS or suffix == ".xml" or looks == "kmz":
        return looks
    if kind == "geojson" and looks == "records":
        return "geojsonseq"
    topology = suffix == ".json" and _TOPOLOGY.search(head) and not _COLLECTION.search(head)
    return "topojson" if topology else kind


def is_readable(name: str) -> bool:
    """Return whether a file of such a name could be read."""
    return Path(name).suffix.lower() in _KINDS


def seems(head: bytes) -> str:
    """Return what the first bytes of a file look like: a key such as "sqlite" or "text"."""
    binary = b"\x00" in head
    for magic, kind in _MAGIC:
        if head.startswith(magic) and (binary or kind not in _READABLE_MAGIC):
            return kind
    if any(head.startswith(mark) for mark in _TEXT_MARKS):
        return _text_kind(head)
    if binary:
        return "nothing"
    return _text_kind(head)


def seems_words(looks: str) -> str:
    """Return in words what :func:`seems` found."""
    return _SEEMS_WORDS[looks]


def _unread(path: Path, looks: str) -> ReadError:
    """Return the error for a file of no kind that is read, naming the export to make."""
    suffix = path.suffix.lower()
    refused = looks if looks in _REMEDIES else _REFUSED_SUFFIXES.get(suffix, "")
    if refused:
        return ReadError(f"{path}: {_SEEMS_WORDS[refused]} is not read.", remedy=_REMEDIES[refused])
    return ReadError(
        f"{path}: files named '{suffix or path.name}' are not read; it seems to be "
        f"{_SEEMS_WORDS[looks]}.",
        remedy="Readable: " + ", ".join(sorted({*_KINDS, ".gdb"})) + ".",
    )


def _read_head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except OSError as error:
        raise ReadError(
            f"{path}: cannot be opened ({error.strerror or error}).",
            remedy="Close it in other programs, and check that you may read it.",
        ) from error


def _looks(path: Path, head: bytes) -> str:
    """Return what a file looks like, its inside included where that decides."""
    looks = seems(head)
    if path.suffix.lower() == ".dbf" and head[0] in _DBF_VERSIONS:
        return "dbf"
    if looks == "zip":
        return _zip_kind(path)
    if looks == "ole":
        return _ole_kind(path)
    return looks


def _text_kind(head: bytes) -> str:
    if head.startswith(_TEXT_MARKS[1:]):
        text = unicodedata.normalize("NFC", head.decode("utf-16", errors="replace"))
    else:
        text = head.removeprefix(codecs.BOM_UTF8).decode("latin-1")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = text.lstrip("\x1e \t\n")
    if plain.startswith(("{", "[")):
        return "records" if _RECORDS.match(head) else "json"
    if plain.startswith("<"):
        return _xml_kind(head, plain)
    return next((kind for word, kind in _FIRST_WORDS if word.match(plain)), "text")


def _xml_kind(head: bytes, text: str) -> str:
    watch = markup.Watch("XML")
    try:
        watch.feed(head)
    except markup.UnsafeMarkupError:
        return _guessed_kind(text)  # refused by the reader of that kind
    if watch.root is None:
        return _guessed_kind(text)
    space, name = watch.root
    if name in _ROOTS:
        return _ROOTS[name]
    is_gml = space.startswith(_GML_SPACES) or "http://www.opengis.net/gml" in text
    return "gml" if name in _GML_ROOTS or is_gml else "xml"


def _guessed_kind(text: str) -> str:
    """Return the kind of XML whose first element cannot be reached by a parser."""
    found = re.search(r"<(?:\w+:)?(kml|gpx|html|HTML|FeatureCollection)\b", text)
    if found is None:
        return "xml"
    return _ROOTS.get(found[1], "gml")


def _zip_kind(path: Path) -> str:
    """Return what an archive is by its parts; "zip" when it is damaged or holds anything."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            mimetype = _first_bytes(archive, "mimetype") if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
        return "zip"
    if mimetype.decode("latin-1") == _ODS:
        return "ods"
    for part, kind in _BY_PART:
        if part in names:
            return kind
    if any(name.lower().endswith(".qgs") for name in names):
        return "project"
    places = "doc.kml" in names or path.suffix.lower() == ".kmz"
    return "kmz" if places else "zip"


def _first_bytes(archive: zipfile.ZipFile, member: str) -> bytes:
    with archive.open(member) as stream:
        return stream.read(len(_ODS))


def _ole_kind(path: Path) -> str:
    """Return what an OLE container holds, by the names in the first part of its directory."""
    try:
        with path.open("rb") as stream:
            header = stream.read(512)
            shift, first = struct.unpack_from("<H", header, 30)[0], header[48:52]
            if shift not in (9, 12):
                return "ole"
            stream.seek((int.from_bytes(first, "little") + 1) << shift)
            entries = stream.read(1 << 13)
    except (OSError, struct.error, ValueError, OverflowError):
        return "ole"
    for name, kind in _OLE_STREAMS:
        if name.encode("utf-16-le") in entries:
            return kind
    return (
        "dgn8"
        if _OLE_DGN.encode("utf-16-le") in entries or path.suffix.lower() == ".dgn"
        else "ole"
    )
