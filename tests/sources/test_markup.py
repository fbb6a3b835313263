"""XML that could grow without end is refused before anything reads it."""

import http.server
import threading
import time

import pytest

from geotool.errors import GeotoolError, ReadError
from geotool.sources import ReadOptions, describe_source, inspect_layer, markup, read_layer
from geotool.sources.markup import UnsafeMarkupError

LAUGHS = (
    '<!DOCTYPE kml [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + "]>"
)
OUTSIDE = '<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
PLAIN_TYPE = '<!DOCTYPE kml SYSTEM "http://127.0.0.1/kml.dtd">'
BODY = (
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>&a;</name><Point>'
    "<coordinates>106.1,18.1</coordinates></Point></Placemark></Document></kml>"
)
ROOTS = {
    ".kml": '<kml xmlns="http://www.opengis.net/kml/2.2">{}</kml>',
    ".gpx": '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{}</gpx>',
    ".gml": '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml">{}'
    "</gml:FeatureCollection>",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize(
    "head", [LAUGHS, OUTSIDE, PLAIN_TYPE, "<!-- " + "x" * 200_000 + " -->" + LAUGHS]
)
@pytest.mark.parametrize("suffix", [".kml", ".gpx", ".gml", ".xml"])
def test_entities_are_refused_in_every_encoding(tmp_path, encoding, head, suffix):
    path = tmp_path / f"a{suffix}"
    body = BODY if suffix in (".kml", ".xml") else ROOTS[suffix].format("&a;")
    path.write_bytes((head + body).encode(encoding))
    start = time.monotonic()
    with pytest.raises(ReadError):
        read_layer(path, "graves")
    with pytest.raises(ReadError):
        describe_source(path)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("suffix", ROOTS)
def test_elements_nested_too_deep_are_refused(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_text(ROOTS[suffix].format("<a>" * 100_000 + "</a>" * 100_000))
    with pytest.raises(ReadError, match="nested deeper than 200"):
        read_layer(path, "graves")


@pytest.mark.parametrize("suffix", [".kml", ".gml", ".gpx", ".xml"])
@pytest.mark.parametrize(
    "pointer",
    ["<OGRVRTDataSource/>", "<OGRWFSDataSource/>", "<!-- <OGRVRTDataSource> -->", "<GDAL_WMS/>"],
)
def test_what_only_points_at_other_data_is_refused(tmp_path, suffix, pointer):
    path = tmp_path / f"a{suffix}"
    inner = ROOTS.get(suffix, ROOTS[".gml"])
    for text in (pointer, inner.format(pointer), pointer + inner.format("")):
        path.write_text(text)
        with pytest.raises(ReadError):
            read_layer(path, "graves")


def test_the_first_element_is_named():
    assert markup.require_plain(b"<a:b xmlns:a='u'/>", what="x") == ("u", "b")
    assert markup.require_plain(b"<b><c>", what="x") == ("", "b")
    assert markup.require_plain(b"no xml", what="x") is None
    assert markup.require_plain(b"", what="x") is None


def test_only_the_beginning_is_read_when_told():
    deep = b"<a>" * 1000
    assert markup.require_plain(b"<r/>" + b" " * 70_000 + deep, what="x", whole=False) == ("", "r")
    with pytest.raises(UnsafeMarkupError, match="nested"):
        markup.require_plain(deep, what="x")


def test_entities_that_every_xml_file_has_are_fine(tmp_path):
    path = tmp_path / "a.kml"
    path.write_text(BODY.replace("&a;", "&lt;M&#7897; 1&gt;"), encoding="utf-8")
    assert read_layer(path, "graves").frame["Name"].tolist() == ["<Mộ 1>"]


GML = (
    '<w:FeatureCollection xmlns:w="http://www.opengis.net/wfs/2.0" xmlns:a="urn:a" '
    'xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:x="http://www.w3.org/1999/xlink" '
    'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="urn:a '
    '{0}/wfs?SERVICE=WFS&amp;request=DescribeFeatureType&amp;TYPENAME=a:g"><w:member>'
    '<a:g gml:id="g.1"><a:s x:href="{0}/x.gml#p"/><a:t><gml:Point srsName="{0}/crs/4326" '
    'gml:id="p"><gml:pos>18 106</gml:pos></gml:Point></a:t></a:g></w:member>'
    "</w:FeatureCollection>"
)
LINKS = (
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link><href>{0}/x.kml'
    "</href></Link></NetworkLink><Placemark><styleUrl>{0}/s.kml#a</styleUrl><Point><coordinates>"
    "106,18</coordinates></Point></Placemark></Document></kml>"
)
LINKED = (
    '{{"type":"FeatureCollection","crs":{{"type":"link","properties":{{"href":"{0}/crs"}}}},'
    '"features":[{{"type":"Feature","properties":{{}},"geometry":{{"type":"Point",'
    '"coordinates":[106,18]}}}}]}}'
)


@pytest.mark.parametrize(("suffix", "text"), [(".gml", GML), (".kml", LINKS), (".geojson", LINKED)])
def test_nothing_is_fetched(tmp_path, suffix, text):
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    path = tmp_path / f"a{suffix}"
    path.write_text(text.format(f"http://127.0.0.1:{server.server_port}"))
    try:
        describe_source(path)
    except GeotoolError as error:
        assert "not fetched" in error.message
    inspect_layer(path, "graves", ReadOptions())
    server.shutdown()
    server.server_close()
    assert asked == []


def test_the_refusal_names_the_file_and_salvage_does_not_hide_it(tmp_path):
    path = tmp_path / "a.kml"
    path.write_text(LAUGHS + BODY, encoding="utf-8")
    for salvage in (False, True):
        with pytest.raises(ReadError, match="entity bomb") as refused:
            read_layer(path, "graves", ReadOptions(salvage=salvage))
        assert ": :" not in str(refused.value)
