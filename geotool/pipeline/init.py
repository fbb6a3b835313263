"""Start a project: ``geotool.toml``, ``layers/`` and ``maps/``, empty or from a sample.

The folder is made whole beside its place and moved there at the end; when something fails,
what was there before is still there and nothing else.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geotool import outputs, project, units
from geotool.errors import OutputError, OutputExistsError
from geotool.pipeline.answer import Answer
from geotool.pipeline.sample import Sample, build_sample
from geotool.records import layer_names, load_schema
from geotool.share.tables import Table, TableColumn

_EXAMPLES: Mapping[str, object] = {
    "project.name": "my_project",
    "project.title": "Dự án của tôi",
    "project.title_en": "My project",
    "project.crs": "EPSG:9209",
    "project.language": "vi",
    "project.rules": ["graves", "handover"],
    "project.sample": False,
    "project.source": "Văn phòng đăng ký đất đai, bản sao ngày 15/01/2024",
    "project.source_en": "Cadastral office, copy of 2024-01-15",
    "corridor.left_m": 35.0,
    "corridor.right_m": 35.0,
    "corridor.widths": "layers/widths.csv",
    "corridor.stakes": "layers/stakes.xlsx",
    "corridor.version": "2",
    "strips.road_class": "expressway",
    "strips.protection_included": True,
    "graves.margin_m": 25.0,
    "maps.recipes": ["overview"],
    "maps.profile": "public",
    "maps.recipient": "District clearance council",
    "report.on": "2024-12-31",
}
_LAYER_EXAMPLE = (
    'alignments = "layers/alignments.gpkg"',
    'parcels = "layers/parcels.gpkg"',
    'communes = "layers/communes.gpkg"',
    'households = "layers/households.xlsx"',
    'graves = "layers/graves.csv"',
    'events = "layers/events.csv"',
)
_SYSTEM_EXAMPLE = 'stakes = "EPSG:9209"'
_WHOLE_TABLES = ("corridor",)  # with one key they need all, so an empty one is an example too
_WIDTH = 96
_WRITTEN = (project.FILE_NAME, "layers/README.md", "maps/README.md")
"""What every project begins with."""


def init_project(folder: Path, *, sample: str | None, overwrite: bool) -> dict[str, Any]:
    """Make a project folder.

    Parameters
    ----------
    folder
        Where the project goes; made when missing, with its parents.
    sample
        Name of a sample to build (synthetic data), or None for an empty project.
    overwrite
        Write into a folder that is not empty: files of the same name are replaced, others stay.

    Returns
    -------
    dict
        ``project``: the folder as given; ``layers``: name, path (relative to the folder) and
        count of each layer written.

    Raises
    ------
    OutputExistsError
        When the folder is not empty and ``overwrite`` is False.
    UsageError
        When there is no such sample.
    OutputError
        When the folder cannot be written; it is then as it was.
    """
    _check_place(folder, sample=sample, overwrite=overwrite)
    built = None if sample is None else build_sample(sample)
    base = folder if folder.exists() else outputs.make_folder(folder.absolute().parent)
    with _workshop(base) as workshop:
        staged = workshop / "new"
        written = _write_project(staged, folder.absolute().name, built)
        outputs.publish(staged, folder, last=project.FILE_NAME)
    return {"project": folder.as_posix(), "layers": written}


def start_project(folder: Path, *, sample: str | None, overwrite: bool) -> Answer:
    """Answer ``init``; see :func:`init_project`."""
    made = init_project(folder, sample=sample, overwrite=overwrite)
    columns = (TableColumn("name"), TableColumn("path"), TableColumn("count", "count"))
    tables = (Table("project_layers", columns, made["layers"]),) if made["layers"] else ()
    path = folder / project.FILE_NAME
    following = f"geotool run --project {folder}"
    if sample is None:
        following = f"fill it in, then geotool validate --project {folder}"
    words = (f"{path} is written; next: {following}",)
    return Answer(made, tables=tables, words=words)


def template_toml(
    settings: Mapping[str, Mapping[str, Any]],
    layers: Mapping[str, str],
    remarks: Sequence[str] = (),
) -> str:
    """Return the text of ``geotool.toml``: every key with its meaning, set or as an example.

    Parameters
    ----------
    settings
        Tables other than ``[layers]``; keys that are absent are written as comments.
    layers
        Path of each layer, relative to the project folder.
    remarks
        Sentences for the head of the file.
    """
    lines = ["# Project file of geotool. Lines that start with # are remarks or examples."]
    for remark in remarks:
        lines += _comment(remark)
    tables = {**settings, **({"layers": layers} if layers else {})}
    table = ""
    for key, meaning in project.project_keys():
        room, _, name = key.partition(".")
        if room != table:
            table = room
            example = room in _WHOLE_TABLES and room not in tables
            lines += ["", f"# [{room}]" if example else f"[{room}]"]
        lines += _comment(meaning)
        if room == "layers":
            lines += _layer_lines(layers)
        elif room == "src_crs":
            lines += _system_lines(settings.get(room, {}))
        else:
            lines.append(_setting(key, name, settings))
    return "\n".join(lines) + "\n"


def _layer_lines(layers: Mapping[str, str]) -> list[str]:
    if not layers:
        return [f"# {line}" for line in _LAYER_EXAMPLE]
    return [f'{layer} = "{path}"' for layer, path in layers.items()]


def _system_lines(systems: Mapping[str, str]) -> list[str]:
    if not systems:
        return [f"# {_SYSTEM_EXAMPLE}"]
    return [f"{layer} = {_toml_value(text)}" for layer, text in systems.items()]


def _setting(key: str, name: str, settings: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the line of one key: set, or its example as a remark."""
    table = settings.get(key.partition(".")[0], {})
    if name in table:
        return f"{name} = {_toml_value(table[name])}"
    return f"# {name} = {_toml_value(_EXAMPLES.get(key, ''))}"


def _check_place(folder: Path, *, sample: str | None, overwrite: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file.", remedy="Name a folder for the project.")
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        there = [name for name in _WRITTEN if (folder / name).is_file()]
        replaced = f"it replaces {', '.join(there)}" if there else "it adds the files of a project"
        layers = (
            ""
            if sample is None
            else " and puts the layers of the sample over those of the same file name"
        )
        raise OutputExistsError(
            f"{folder}: the folder is not empty.",
            remedy=f"Name another folder, or use --overwrite: {replaced}{layers}; "
            "every other file stays as it is.",
        )


@contextmanager
def _workshop(base: Path) -> Iterator[Path]:
    try:
        with tempfile.TemporaryDirectory(prefix=".geotool-", dir=base) as name:
            yield Path(name)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            f"{base}: cannot be written ({error.strerror or error}).",
            remedy="Close programs that hold its files, or choose another place.",
        ) from error


def _write_project(staged: Path, name: str, built: Sample | None) -> list[dict[str, Any]]:
    """Write a whole project into a new folder and return what layers it has."""
    outputs.make_folder(staged / "layers")
    outputs.make_folder(staged / "maps")
    written: list[dict[str, Any]] = []
    if built is not None:
        written = [
            _write_layer(staged, layer, frame, built) for layer, frame in built.layers.items()
        ]
    paths = {str(item["name"]): str(item["path"]) for item in written}
    settings = {"project": {"name": name, "language": "vi"}} if built is None else built.settings
    remarks = (
        [
            "Put your files into layers/, then take the # away before crs, the layers you have, "
            "[corridor] with its two widths, and what else you need; write your own values. "
            "Then: geotool validate --project DIR, and geotool run. Paths use / also on Windows."
        ]
        if built is None
        else [built.statement_vi, built.statement_en]
    )
    outputs.write_text(staged / "layers" / "README.md", _layers_readme(paths, built))
    outputs.write_text(staged / "maps" / "README.md", _maps_readme())
    outputs.write_text(staged / project.FILE_NAME, template_toml(settings, paths, remarks))
    return written


def _write_layer(staged: Path, layer: str, frame: pd.DataFrame, built: Sample) -> dict[str, Any]:
    suffix = ".gpkg" if isinstance(frame, gpd.GeoDataFrame) else ".csv"
    path = f"layers/{layer}{suffix}"
    outputs.write_layer(
        frame,
        staged / path,
        layer=layer,
        overwrite=False,
        date=built.settings.get("report", {}).get("on"),
        note=f"{built.statement_vi} {built.statement_en}",
    )
    return {"name": layer, "path": path, "count": len(frame)}


def _layers_readme(paths: Mapping[str, str], built: Sample | None) -> str:
    lines = [
        "# layers",
        "",
        "One file a layer; `geotool.toml` names them. Layers geotool knows:",
        "",
    ]
    lines += ["| layer | what it holds | file |", "|---|---|---|"]
    for layer in layer_names():
        lines.append(f"| {layer} | {load_schema(layer).title} | {paths.get(layer, '')} |")
    lines += [
        "",
        "A file `layers/rules/<name>.toml` or `layers/schemas/<layer>.toml` in this folder",
        "replaces the built-in one of the same name.",
    ]
    if built is not None:
        lines += ["", "## Synthetic", "", built.statement_vi, "", built.statement_en, ""]
        lines += ["Published totals that shaped the sample (geotool counts for itself):", ""]
        lines += ["| vi | en | source |", "|---|---|---|"]
        lines += [
            f"| {item['name_vi']}: {published_text(item, 'vi')} "
            f"| {item['name_en']}: {published_text(item, 'en')} | {item['source']} |"
            for item in built.published
        ]
    return "\n".join(lines) + "\n"


def published_text(item: Mapping[str, Any], language: str) -> str:
    """Return a published total in its published wording: ``nearly 700``."""
    value = item["value"]
    decimals = len(repr(value).partition(".")[2]) if isinstance(value, float) else 0
    number = units.format_number(value, language=language, decimals=decimals)
    return f"{item[f'qualifier_{language}']} {number}".strip()


def _maps_readme() -> str:
    return (
        "# maps\n\n"
        "A file `maps/recipes/<map>.toml` in this folder replaces the built-in map of that\n"
        "name, or adds one.\n\n"
        "`maps/styles.toml` is laid over the built-in styles, one style at a time: a style\n"
        "written here replaces the built-in one with all its classes, so write again those\n"
        "that shall keep their symbols. A `[palette]` replaces the built-in one.\n\n"
        "`maps/labels.vi.toml` and `maps/labels.en.toml` are laid over the built-in words,\n"
        "one label at a time.\n"
    )


def _comment(text: str) -> list[str]:
    """Return a remark as lines that start with ``#``."""
    lines, line = [], "#"
    for word in text.split():
        if len(line) + len(word) >= _WIDTH:
            lines.append(line)
            line = "#"
        line = f"{line} {word}"
    return [*lines, line]


def _toml_value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_toml_value(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)
