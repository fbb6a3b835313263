"""What strip do we take? The right of way from constant widths a side."""

from dataclasses import dataclass

from geotool import outputs
from geotool.errors import UsageError
from geotool.pipeline import axes as axes_of
from geotool.pipeline.answer import Answer
from geotool.route import corridor
from geotool.share.tables import Table, TableColumn

_COLUMNS = (
    TableColumn("right_of_way_id"),
    TableColumn("length_m", "length_m"),
    TableColumn("area_m2", "area_m2"),
)


@dataclass(frozen=True)
class CorridorOptions:
    """Axis, widths and output of a right of way."""

    alignment: str
    left_m: float
    right_m: float
    output: str
    alignment_id: str | None = None
    src_crs: str | None = None
    overwrite: bool = False


def draw_corridor(options: CorridorOptions) -> Answer:
    """Draw the right of way and write it as a layer.

    Raises
    ------
    UsageError
        When a width is negative or both are zero.
    OutputExistsError
        When the output exists and may not be replaced.
    DataError
        When the alignment is refused.
    """
    left_m = axes_of.require_width(options.left_m, "--left-m")
    right_m = axes_of.require_width(options.right_m, "--right-m")
    if left_m + right_m == 0:
        raise UsageError("Both widths are 0.", remedy="Give --left-m or --right-m above 0.")
    outputs.check_writable(options.output, overwrite=options.overwrite)
    found = axes_of.read_axes(
        options.alignment, src_crs=options.src_crs, alignment_id=options.alignment_id
    )
    strips = corridor.make_corridor(found.axes, left_m=left_m, right_m=right_m, crs=found.crs)
    outputs.write_layer(strips, options.output, layer="right_of_way", overwrite=options.overwrite)
    area_unit = found.axes[0].metres_per_unit ** 2
    rows = [
        {
            "right_of_way_id": strip_id,
            "length_m": axis.length_m,
            "area_m2": float(shape.area) * area_unit,
        }
        for strip_id, axis, shape in zip(
            strips["right_of_way_id"], found.axes, strips.geometry, strict=True
        )
    ]
    data = {
        "path": options.output,
        "area_m2": float(strips.geometry.union_all().area) * area_unit,
        "length_m": sum(axis.length_m for axis in found.axes),
        "part_count": len(strips),
        "parts": rows,
    }
    total = {"length_m": data["length_m"], "area_m2": data["area_m2"]}
    table = Table("right_of_way", _COLUMNS, rows, total=total)
    return Answer(
        data,
        tables=() if options.output == "-" else (table,),
        problems=found.read.report.problems,
    )
