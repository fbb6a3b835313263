"""What ``convert`` answers: how many rows came in and went out, as what, and which did not."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from geotool import outputs, schema
from geotool.pipeline.answer import Answer
from geotool.share.tables import Table, TableColumn
from geotool.sources import ReadReport
from geotool.sources.records import Rejected

_COLUMNS = (
    TableColumn("layer"),
    TableColumn("read_count", "count"),
    TableColumn("written_count", "count"),
    TableColumn("merged_count", "count"),
    TableColumn("repaired_count", "count"),
    TableColumn("rejected_count", "count"),
    TableColumn("crs"),
    TableColumn("encoding"),
    TableColumn("path"),
)
_MAPPING = (
    TableColumn("source_column"),
    TableColumn("column_letter"),
    TableColumn("layer_column"),
)
_INDEXED = (
    TableColumn("index", "value"),
    TableColumn("partition_count", "count"),
)


@dataclass(frozen=True)
class Converted:
    """A layer that was written.

    Attributes
    ----------
    report
        How it was read.
    columns, written_count
        Columns and rows of the layer.
    path, rejected_path
        Where it went, and the table of the records set aside.
    renamed
        (name in the layer, name in the file) of columns that had to be renamed.
    index
        The spatial index of what was written, None without one.
    partition_count
        Its parts, None where it is one file.
    """

    report: ReadReport
    columns: Sequence[str]
    written_count: int
    path: str
    rejected_path: Path | None
    renamed: Sequence[tuple[str, str]]
    index: str | None
    partition_count: int | None = None


@contextmanager
def listing_rejected(
    side: Path | None, rejected: Sequence[Rejected], *, overwrite: bool
) -> Iterator[None]:
    """List rejected records beside what the block writes.

    The table is made before the block and put in its place after it: where the block fails
    there is no new table.

    Raises
    ------
    OutputError, OutputExistsError
        When the table cannot be written, or exists. Where it alone cannot be put in its place,
        what the block wrote stays.
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


def answer_of(made: Converted, name: str, *, project_dir: Path | None, asked: bool) -> Answer:
    """Return what is answered; the index is among the facts shown where it was asked for."""
    data = _data(made, name, project_dir)
    mapping = _mapping_rows(made.report)
    columns = (*_COLUMNS[:-1], *_INDEXED, _COLUMNS[-1]) if asked else _COLUMNS
    tables = (Table("converted", columns, [data]), Table("column_mapping", _MAPPING, mapping))
    return Answer(
        data,
        tables=() if made.path == "-" else tables,
        problems=made.report.problems,
        words=_words(data, mapping),
        project_dir=project_dir,
    )


def _data(made: Converted, name: str, project_dir: Path | None) -> dict[str, Any]:
    report = made.report
    known = schema.load_schema(name, project_dir=project_dir).column_names
    return {
        "layer": name,
        "path": made.path,
        "read_count": report.read_count,
        "written_count": made.written_count,
        "repaired_count": len(report.repaired),
        "repaired": list(report.repaired),
        "merged_count": report.merged_count,
        "rejected_count": len(report.rejected),
        "rejected": [asdict(item) for item in report.rejected],
        "crs": report.crs,
        "source_crs": report.source_crs,
        "encoding": report.encoding,
        "encoding_confidence": report.encoding_confidence,
        "columns": report.columns,
        "unmatched": [c for c in made.columns if c not in known and c != "geometry"],
        "index": made.index,
        "partition_count": made.partition_count,
        "rejected_path": None if made.rejected_path is None else str(made.rejected_path),
        "renamed": dict(made.renamed),
    }


def _words(data: Mapping[str, Any], mapping: Sequence[Mapping[str, object]]) -> list[str]:
    """Return what is said beside the tables, and instead of them when the layer is piped."""
    words = [f"Column {old} is called {new} in the file." for old, new in data["renamed"].items()]
    if data["unmatched"]:
        listed = ", ".join(data["unmatched"])
        words.append(f"Columns not known to {data['layer']}, kept as they are: {listed}.")
    if data["rejected_count"]:
        place = data["rejected_path"] or "not written, as the layer is piped"
        words.append(
            f"{data['rejected_count']} of {data['read_count']} records were rejected; "
            f"each with its reason: {place}"
        )
    if data["path"] == "-":
        words += [f"{row['source_column']} -> {row['layer_column']}" for row in mapping]
    return words


def _mapping_rows(report: ReadReport) -> list[dict[str, object]]:
    letters = {} if report.origin is None else report.origin.letters
    return [
        {"source_column": own, "column_letter": letters.get(own), "layer_column": name}
        for own, name in report.columns.items()
    ]
