"""All bytes of a page, also those packed in its data blocks, to look for what must not leave."""

import base64
import binascii
import io
import re
import zipfile
import zlib

SCRIPT = re.compile(rb"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
IDENTIFIER = re.compile(rb"\bid=[\"']([^\"']+)[\"']")
BLOCK = re.compile(rb"(gt-data-.+)-(\d+)")


def page_bytes(page):
    """Return the page, and after it every block of data as it is once the page has read it.

    Blocks ``gt-data-<layer>-<n>`` of one layer are joined in the order of n before they are
    decoded; a block that is no base64 is plain text and stands in the page already.
    """
    joined = {}
    for attributes, text in SCRIPT.findall(page):
        identifier = IDENTIFIER.search(attributes)
        name = identifier[1] if identifier else b""
        block = BLOCK.fullmatch(name)
        key, place = (block[1], int(block[2])) if block else (name or text[:40], 0)
        joined.setdefault(key, {})[place] = text.strip()
    decoded = [page]
    for blocks in joined.values():
        decoded += unpacked_block(b"".join(text for _, text in sorted(blocks.items())))
    return b"\n".join(decoded)


def unpacked_block(text):
    """Return what a text stands for as base64, and every deflated stream in it, one by one."""
    try:
        data = base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return []
    found, rest = [data], data
    while rest:
        stream = zlib.decompressobj()
        try:
            found.append(stream.decompress(rest))
        except zlib.error:
            break
        rest = stream.unused_data.lstrip(b"\0")
    return found


def file_bytes(name, data):
    """Return all bytes of a file: of a page with its data, of an archive with its members."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"\n".join(archive.read(member) for member in archive.namelist())
    return page_bytes(data) if name.endswith((".html", ".htm")) else data
