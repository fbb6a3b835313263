"""The table of records that salvage set aside, beside the layer it comes from."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from geotool import outputs
from geotool.sources.records import Rejected


@contextmanager
def listing_rejected(
    side: Path | None, rejected: Sequence[Rejected], *, overwrite: bool
) -> Iterator[None]:
    """List rejected records beside what the block writes: both files are there then, or none.

    Raises
    ------
    OutputError, OutputExistsError
        When the table cannot be written, or exists.
    """
    if side is None or not rejected:
        yield
        if side is not None:
            side.unlink(missing_ok=True)  # of an earlier run: it would be taken for this one's
        return
    columns = {
        field.name: [getattr(item, field.name) for item in rejected] for field in fields(Rejected)
    }
    with outputs.atomic_path(side, overwrite=overwrite) as temporary:
        outputs.write_table_csv(columns, temporary)
        yield
