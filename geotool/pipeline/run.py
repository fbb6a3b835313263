"""Everything geotool.toml names: maps, workbook, layers and manifest, or nothing at all."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from geotool import addresses, outputs, provenance, schema, sources
from geotool import project as projects
from geotool.crs import ScaleStatement
from geotool.errors import DataError, ReadError, UsageError
from geotool.pipeline import map as maps
from geotool.pipeline import published_file, qgis_styles
from geotool.pipeline.answer import Answer
from geotool.pipeline.assess import Assessment, assess
from geotool.pipeline.inputs import Inputs, Step, no_step, open_project, statement_date
from geotool.pipeline.length_statements import Lengths, lengths_data
from geotool.pipeline.map_layers import INDIVIDUAL, RESULTS, SCHEMAS, make_layers
from geotool.pipeline.published import Disclosed, disclose
from geotool.pipeline.report import report_bytes
from geotool.pipeline.scale import measure_scale
from geotool.provenance import InputRecord
from geotool.schema import Problem
from geotool.share import redaction
from geotool.share.redaction import Profile
from geotool.share.tables import Table, TableColumn

OUT = "out"

_EXTERNAL = "external:"
"""Before the layer of an input outside the project, whose path geotool.toml knows."""
_SIZES = ("size_bytes", "rows", "repaired_count", "merged_count")


@dataclass(frozen=True)
class RunOptions:
    """Which project, on which date, for whom."""

    project: Path | None
    on: str | None = None
    profile: str | None = None
    recipient: str | None = None
    overwrite: bool = False
    language: str | None = None


def run_project(options: RunOptions, *, step: Step = no_step) -> Answer:
    """Write ``out/<recipe>.html``, ``report.xlsx``, ``layers.gpkg`` and ``manifest.json``.

    All files are made before the first is put in place, so a failed run leaves ``out/`` as
    it was.

    Raises
    ------
    UsageError
        When no project or no date is given.
    OutputExistsError
        When an output exists and may not be replaced.
    DataError
        When the project is refused.
    """
    if options.project is None:
        raise UsageError("--project DIR is missing.", remedy="Name the folder of geotool.toml.")
    inputs = open_project(options.project, language=options.language, step=step)
    project = inputs.project
    on = statement_date(project, options.on)
    profile = maps.choose_profile(project, options.profile, options.recipient)
    folder = project.root / OUT
    names = [*(f"{name}.html" for name in project.recipes), "report.xlsx", "layers.gpkg"]
    targets = [folder / name for name in (*names, "manifest.json")]
    outputs.make_folder(folder)
    for target in targets:
        outputs.check_writable(target, overwrite=options.overwrite)
    found = assess(inputs, on=on, step=step)
    seen = disclose(found, profile)
    with tempfile.TemporaryDirectory(prefix="geotool-", dir=project.root) as scratch:
        made, notices = _make_files(seen.found, seen.profile, Path(scratch), step)
        manifest = _manifest(seen, made, Path(scratch))
        outputs.publish(Path(scratch), folder)
    problems = [*found.problems, *seen.problems, *notices]
    return _answer(seen, [folder / name for name in made], manifest, problems)


def check_manifest(path: Path) -> Answer:
    """Compare inputs and outputs with the digests of a manifest; exit code 5 on a difference.

    Tables of databases are read again, with the password of the project's own address if it
    has one.

    Raises
    ------
    UsageError
        When the manifest does not exist.
    ReadError
        When it, or a database it names, cannot be read.
    """
    if not path.is_file():
        raise UsageError(f"There is no file {path}.", remedy="Name a manifest.json.")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        recorded = [
            (str(item["path"]), str(item.get("sublayer") or ""), str(item["sha256"]))
            for item in (*manifest["inputs"], *manifest["outputs"])
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReadError(
            f"{path}: not a manifest of geotool.", remedy="Name out/manifest.json of a project."
        ) from error
    root = path.resolve().parent.parent
    differences = [found for record in recorded if (found := _difference(root, *record))]
    lost = published_file.check_record(root, manifest.get(published_file.KEY))
    if lost is not None:
        differences.append({"path": published_file.FILE.as_posix(), "difference": lost})
    columns = (TableColumn("path"), TableColumn("difference", "value"))
    return Answer(
        {"ok": not differences, "checked_count": len(recorded), "differences": differences},
        tables=(Table("differences", columns, differences),) if differences else (),
        words=() if differences else (f"{len(recorded)} files are as the manifest states.",),
        exit_code=5 if differences else 0,
    )


def _make_files(
    found: Assessment, profile: Profile, scratch: Path, step: Step
) -> tuple[list[str], list[Problem]]:
    from geotool.share.render import recipe

    project = found.inputs.project
    total = len(project.recipes) + 2
    made: list[str] = []
    notices: list[Problem] = []
    for done, name in enumerate(project.recipes):
        step(f"{name}.html", done, total)
        page = maps.render(found, recipe.load_recipe(name, project.root), profile)
        outputs.write_bytes(scratch / f"{name}.html", page.html.encode("utf-8"), overwrite=False)
        made.append(f"{name}.html")
        notices += page.problems
    step("report.xlsx", total - 2, total)
    data = report_bytes(found, profile, ".xlsx")
    outputs.write_bytes(scratch / "report.xlsx", data, overwrite=False)
    step("layers.gpkg", total - 1, total)
    layers = _shared_layers(found, profile)
    if not layers:
        return [*made, "report.xlsx"], notices
    path = scratch / "layers.gpkg"
    note = project.source_in_all
    renamed = outputs.write_layers(layers, path, overwrite=False, date=found.on, note=note)
    qgis_styles.add_styles(found, layers, renamed, path)
    return [*made, "report.xlsx", "layers.gpkg"], notices


def _shared_layers(found: Assessment, profile: Profile) -> dict[str, Any]:
    """Return the measured layers with the columns the profile may show, and no others."""
    layers = {}
    for name, frame in make_layers(found, dissolve=profile.is_public).items():
        columns = [str(column) for column in frame.columns if column != "geometry"]
        if name in RESULTS:
            kept = [column for column in columns if column in profile.results]
            hidden = profile.is_public and name in INDIVIDUAL
        else:
            root = found.inputs.project.root
            own = schema.load_schema(SCHEMAS.get(name, name), project_dir=root)
            kept = redaction.redact_columns(tuple(columns), own, profile)
            hidden = redaction.is_hidden(own, profile)
        if not hidden:
            layers[name] = frame[[*kept, "geometry"]]
    return layers


def _manifest(seen: Disclosed, made: list[str], scratch: Path) -> dict[str, Any]:
    found = seen.found
    totals = redaction.public_totals(found.totals, seen.profile)
    project = found.inputs.project
    scale = measure_scale(found.inputs)
    manifest = provenance.make_manifest(
        project,
        inputs=_input_records(found.inputs),
        outputs=[provenance.record_output(scratch / name) for name in made],
        on=found.on,
        scale=_scale_record(scale, found.lengths),
        results={"totals": totals, "reconciles": found.reconciles},
    )
    for item in manifest["outputs"]:
        item["path"] = f"{OUT}/{Path(item['path']).name}"
    if seen.profile.name != "internal":
        manifest["inputs"] = [_shared_input(item, seen) for item in manifest["inputs"]]
    kept = published_file.read_record(project.root)
    if seen.profile.is_public:
        kept = published_file.make_record(project.root) or kept
    if kept is not None:
        manifest[published_file.KEY] = kept
    text = outputs.json_text(manifest).encode("utf-8")
    outputs.write_bytes(scratch / "manifest.json", text, overwrite=False)
    return manifest


def _shared_input(item: Mapping[str, Any], seen: Disclosed) -> dict[str, Any]:
    """Return an input without folders outside the project, nor sizes of layers not shown."""
    project, layer = seen.found.inputs.project, str(item["layer"])
    own = schema.load_schema(layer, project_dir=project.root)
    path, shared = project.layers[layer].path, dict(item)
    if not addresses.is_url(str(path)) and not _is_inside(Path(path), project.root):
        shared["path"] = f"{_EXTERNAL}{layer}"
    if redaction.is_hidden(own, seen.profile):
        shared |= dict.fromkeys(_SIZES)
    return shared


def _is_inside(path: Path, root: Path) -> bool:
    return path.resolve().is_relative_to(root.resolve())


def _scale_record(scale: ScaleStatement | None, lengths: Lengths | None) -> dict[str, Any]:
    record = {} if scale is None else asdict(scale)
    record.pop("crs", None)
    return record if lengths is None else {**record, "lengths": lengths_data(lengths)}


def _input_records(inputs: Inputs) -> list[InputRecord]:
    return [
        InputRecord(
            layer=name,
            path=inputs.project.layers[name].path,
            size_bytes=report.size_bytes,
            sha256=report.sha256,
            rows=report.read_count,
            sublayer=report.sublayer,
            crs=report.source_crs,
            repaired_count=len(report.repaired),
            merged_count=report.merged_count,
            digest_of=report.digest_of,
        )
        for name, report in inputs.reports.items()
    ]


def _answer(
    seen: Disclosed, paths: list[Path], manifest: Mapping[str, Any], problems: Sequence[Problem]
) -> Answer:
    found = seen.found
    project = found.inputs.project
    written = [path.as_posix() for path in paths]
    record = (project.root / OUT / "manifest.json").as_posix()
    rows = [{"path": path} for path in (*written, record)]
    return Answer(
        {
            "outputs": written,
            "manifest": record,
            "profile": seen.profile.name,
            "published": seen.record,
            "on": found.on,
            "totals": manifest["results"]["totals"],
            "reconciles": found.reconciles,
        },
        tables=(Table("outputs", (TableColumn("path"),), rows),),
        problems=problems,
        exit_code=0 if found.reconciles else 5,
        language=project.language,
        project_dir=project.root,
    )


def _difference(root: Path, name: str, table: str, sha256: str) -> dict[str, str] | None:
    if addresses.is_url(name):
        return _table_difference(root, name, table, sha256)
    path = _external_path(root, name) if name.startswith(_EXTERNAL) else root / name
    if path is None or not path.exists():
        return {"path": name, "difference": "missing"}
    if sources.digest_file(path) != sha256:
        return {"path": name, "difference": "changed"}
    return None


def _external_path(root: Path, name: str) -> Path | None:
    """Return where the project's own file has a layer that lies outside it, None where nowhere."""
    try:
        project, _ = projects.inspect_project(root)
    except DataError:
        return None
    ref = project.layers.get(name.removeprefix(_EXTERNAL))
    return None if ref is None else Path(ref.path)


def _table_difference(root: Path, name: str, table: str, sha256: str) -> dict[str, str] | None:
    url = f"{_known_address(root, name)}#{quote(table, safe='')}"
    if sources.digest_table(url) != sha256:
        return {"path": f"{name}#{table}", "difference": "changed"}
    return None


def _known_address(root: Path, name: str) -> str:
    """Return the project's own address of a database, which may know more than the manifest."""
    try:
        project, _ = projects.inspect_project(root)
    except DataError:
        return name
    known = [str(ref.path) for ref in project.layers.values() if addresses.is_url(str(ref.path))]
    return next((url for url in known if addresses.redacted(url) == name), name)
