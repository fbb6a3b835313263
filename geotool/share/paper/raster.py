"""Pages of a PDF as PNG, at a stated resolution that the file records.

A page is drawn in bands, so that an A0 sheet at 300 dpi (140 million pixels, 420 MB at once) needs
one band of ``_BAND_BYTES`` and the compressed file in memory.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from geotool.share.paper import library

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

INCH_MM = 25.4

_BAND_BYTES = 64_000_000
_CHANNELS = 3
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_METRE = 1
_MARK = b"Software\0geotool"
_HEAD_BYTES = 128


def page_pngs(pdf: bytes, *, dpi: int) -> Iterator[bytes]:
    """Yield each page of a PDF as the bytes of a PNG, ``dpi`` in its ``pHYs`` chunk.

    Raises
    ------
    UsageError
        When the library that draws PDF is not installed.
    """
    document = library.load("pypdfium2").PdfDocument(pdf)
    try:
        for index in range(len(document)):
            yield _page_png(document[index], dpi)
    finally:
        document.close()


def image_bytes(size_mm: tuple[float, float], dpi: int) -> int:
    """Return how much memory the pixels of a page need in a program that shows it."""
    width, height = (round(side / INCH_MM * dpi) for side in size_mm)
    return width * height * _CHANNELS


def is_page(path: Path) -> bool:
    """Return whether a file is a PNG that ``page_pngs`` made."""
    with path.open("rb") as file:
        return _MARK in file.read(_HEAD_BYTES)


def _page_png(page: "PdfPage", dpi: int) -> bytes:
    width, height = (round(points / 72 * dpi) for points in page.get_size())
    per_metre = round(dpi / INCH_MM * 1000)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [_SIGNATURE, _chunk(b"IHDR", head)]
    parts.append(_chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, _METRE)))
    parts.append(_chunk(b"tEXt", _MARK))
    packer = zlib.compressobj(4)
    band = max(1, _BAND_BYTES // (width * _CHANNELS))
    for top in range(0, height, band):
        rows = _draw_band(page, (width, height), top, min(band, height - top))
        data = packer.compress(rows)
        if data:
            parts.append(_chunk(b"IDAT", data))
    parts += [_chunk(b"IDAT", packer.flush()), _chunk(b"IEND", b"")]
    return b"".join(parts)


def _draw_band(page: "PdfPage", size: tuple[int, int], top: int, count: int) -> bytes:
    """Return rows of a page as RGB, each led by the filter byte 0."""
    import numpy as np

    pdfium, raw = library.load("pypdfium2"), library.load("pypdfium2.raw")
    width, height = size
    bitmap = pdfium.PdfBitmap.new_native(width, count, raw.FPDFBitmap_BGR, rev_byteorder=True)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, count)
        flags = raw.FPDF_REVERSE_BYTE_ORDER | raw.FPDF_PRINTING
        raw.FPDF_RenderPageBitmap(bitmap, page, 0, -top, width, height, 0, flags)
        pixels = bitmap.to_numpy()[:, :width, :_CHANNELS]
        rows = np.zeros((count, width * _CHANNELS + 1), dtype=np.uint8)
        rows[:, 1:] = pixels.reshape(count, -1)
    finally:
        bitmap.close()
    return rows.tobytes()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
