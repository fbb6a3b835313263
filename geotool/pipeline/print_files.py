"""The files of a printed map: one PDF, or a PNG a page, in the place of an older set."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from geotool import outputs
from geotool.errors import OutputError, OutputExistsError


def write_pages(
    path: Path, pages: Iterator[bytes], *, count: int, first: int, overwrite: bool
) -> list[Path]:
    """Write a PNG a page, each as soon as it is drawn; all take their place together, or none.

    Sheets of an older set of the same name go with it.

    Parameters
    ----------
    path
        ``x.png``, the file of a single page; several are ``x-00.png``, ``x-01.png``, ...
    pages
        The files, drawn one by one.
    count, first
        How many there are; number of the first: 0 for an index, 1 for a sheet.

    Raises
    ------
    OutputExistsError
        When a page or a sheet of an older set exists and may not be replaced.
    OutputError
        When one cannot be written, or a file that no older set wrote has a name of the set.
    """
    targets = page_paths(path, count, first)
    for target in targets:
        outputs.check_writable(target, overwrite=overwrite)
    stale = _older_sheets(path, targets, overwrite=overwrite)
    with outputs.working_folder(path) as staged:
        for target, page in zip(targets, pages, strict=True):
            with outputs.writing(target):
                (staged / target.name).write_bytes(page)
        outputs.publish(staged, path.parent, stale=stale)
    return targets


def page_paths(path: Path, count: int, first: int) -> list[Path]:
    """Return ``x.png`` for one page; else ``x-00.png`` for the index, ``x-01.png`` for sheet 1."""
    if count == 1:
        return [path]
    digits = max(2, len(str(first + count - 1)))
    return [
        path.with_name(f"{path.stem}-{number:0{digits}d}{path.suffix}")
        for number in range(first, first + count)
    ]


def _older_sheets(path: Path, targets: Sequence[Path], *, overwrite: bool) -> list[Path]:
    """Return the sheets of an older set that the new one does not replace."""
    from geotool.share.paper import raster

    name = re.compile(rf"{re.escape(path.stem)}(-\d\d\d?)?{re.escape(path.suffix)}", re.IGNORECASE)
    new = {target.name.casefold() for target in targets}
    stale = [
        one
        for one in sorted(path.parent.iterdir())
        if name.fullmatch(one.name) and one.name.casefold() not in new and one.is_file()
    ]
    if stale and not overwrite:
        raise OutputExistsError(
            f"{stale[0]}: {len(stale)} older sheets of this name exist.",
            remedy="Give --overwrite to replace the whole set, or another name.",
        )
    foreign = [one for one in stale if not raster.is_page(one)]
    if foreign:
        raise OutputError(
            f"{foreign[0]}: it has the name of a sheet of '{path.name}', but was not printed here.",
            remedy="Move it elsewhere, or print under another name.",
        )
    return stale
