"""Tables laid aside on disk, so that only one of them is held at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import feather

from geotool.outputs.place import make_folder
from geotool.outputs.working import writing


class Spool:
    """Arrow tables in the order they were added, in a folder that is theirs alone.

    The columns of the tables may differ in type: each is read back as added.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = make_folder(folder)
        self.counts: list[int] = []
        """Rows of each table."""

    def add(self, table: pa.Table) -> None:
        """Lay a table aside; one without rows is kept too, for its columns.

        Raises
        ------
        OutputError
            When there is no room for it.
        """
        with writing(self._folder):
            feather.write_feather(table, self._place(len(self.counts)), compression="lz4")
        self.counts.append(table.num_rows)

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Yield the tables in order, with all columns or those named."""
        for number in range(len(self.counts)):
            yield self.table(number, columns)

    def table(self, number: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Return one table, counted from 0."""
        names = None if columns is None else list(columns)
        return feather.read_table(self._place(number), columns=names, memory_map=False)

    def _place(self, number: int) -> Path:
        return self._folder / f"{number:05d}.arrow"
