"""Statutory strips as frozen records: of roads, of dry bridges and tunnels, of power lines."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from geotool.errors import DataError
from geotool.rules.files import RuleFile, load_rule, read_number, read_table


@dataclass(frozen=True)
class RoadWidths:
    """Width of the protection strip and of the safety corridor on each side, in metres."""

    protection_m: float
    safety_m: float


@dataclass(frozen=True)
class RoadStrips:
    """The strips of roads, by class."""

    classes: Mapping[str, RoadWidths]
    source: RuleFile


@dataclass(frozen=True)
class BridgeStrips:
    """The safety corridor on each side of a dry bridge or tunnel, from its outermost edge."""

    safety_m: float
    source: RuleFile


@dataclass(frozen=True)
class PowerLineStrips:
    """The safety corridors of power lines, by voltage in kV.

    Parameters
    ----------
    bare_m, covered_m
        Distance on each side from the outermost conductor at rest, in metres, bare and covered,
        by the highest voltage it holds for; both list the same voltages.
    height_m
        Height of the corridor above the highest point of the line, by voltage in the same way.
    houses_highest_kv
        Up to this voltage houses may stay in the corridor, on conditions.
    """

    bare_m: Mapping[float, float]
    covered_m: Mapping[float, float]
    height_m: Mapping[float, float]
    houses_highest_kv: float
    source: RuleFile

    @property
    def highest_kv(self) -> float:
        """The highest voltage listed."""
        return max(self.bare_m)

    def distance_m(self, voltage_kv: float, *, covered: bool) -> float:
        """Return the distance of a voltage: that of the next listed, or of the highest."""
        return _at_voltage(self.covered_m if covered else self.bare_m, voltage_kv)

    def clear_height_m(self, voltage_kv: float) -> float:
        """Return the height of a voltage: that of the next listed, or of the highest."""
        return _at_voltage(self.height_m, voltage_kv)


def load_road_strips(*, project_dir: Path | None = None) -> RoadStrips:
    """Return the strips of roads by class.

    Raises
    ------
    DataError
        When a class has only one of the two widths, or a width is no number of at least 0.
    """
    rule = load_rule("road_strips", project_dir=project_dir)
    protection, safety = read_table(rule, "protection_m"), read_table(rule, "safety_m")
    alone = sorted(set(protection) ^ set(safety))
    if alone:
        raise DataError(
            f"layers/rules/{rule.name}.toml: {', '.join(alone)} is in one table only.",
            remedy="Name every class in [protection_m] and in [safety_m].",
        )
    classes = {
        name: RoadWidths(
            read_number(rule, "protection_m", name), read_number(rule, "safety_m", name)
        )
        for name in protection
    }
    return RoadStrips(MappingProxyType(classes), rule)


def load_bridge_strips(*, project_dir: Path | None = None) -> BridgeStrips:
    """Return the safety corridor of dry bridges and tunnels."""
    rule = load_rule("bridge_strips", project_dir=project_dir)
    return BridgeStrips(read_number(rule, "safety_m", "bridge"), rule)


def load_power_line_strips(*, project_dir: Path | None = None) -> PowerLineStrips:
    """Return the safety corridors of power lines.

    Raises
    ------
    DataError
        When a table is empty, a key is no voltage or one named before, or a value no number of at
        least 0.
    """
    rule = load_rule("power_line_strips", project_dir=project_dir)
    bare = _by_voltage(rule, "bare_m")
    covered = {**bare, **_by_voltage(rule, "covered_m")}
    return PowerLineStrips(
        bare_m=MappingProxyType(bare),
        covered_m=MappingProxyType(covered),
        height_m=MappingProxyType(_by_voltage(rule, "height_m")),
        houses_highest_kv=read_number(rule, "houses", "highest_kv"),
        source=rule,
    )


def _by_voltage(rule: RuleFile, table: str) -> dict[float, float]:
    """Return the numbers of a table by the voltage in kV that each key is."""
    keys = {key: _voltage(key) for key in read_table(rule, table)}
    wrong = [key for key, voltage in keys.items() if voltage is None]
    if wrong or not keys:
        raise DataError(
            f"layers/rules/{rule.name}.toml: [{table}] needs voltages in kV as keys; "
            f"not one: {', '.join(wrong) or 'the table is empty'}.",
            remedy="Write lines such as 110 = 4.0.",
        )
    if len(set(keys.values())) < len(keys):
        raise DataError(
            f"layers/rules/{rule.name}.toml: [{table}] names a voltage twice: {', '.join(keys)}.",
            remedy="Write each voltage once.",
        )
    return {
        voltage: read_number(rule, table, key)
        for key, voltage in keys.items()
        if voltage is not None
    }


def _voltage(key: str) -> float | None:
    try:
        voltage = float(key)
    except ValueError:
        return None
    return voltage if 0 < voltage < math.inf else None


def _at_voltage(values: Mapping[float, float], voltage_kv: float) -> float:
    listed = [voltage for voltage in sorted(values) if voltage >= voltage_kv]
    return values[listed[0] if listed else max(values)]
