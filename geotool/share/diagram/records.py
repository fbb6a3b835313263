"""What a strip map (a straight-line diagram by chainage) shows: plain records, no words.

A place is a measure (metres along the axis); its label is kept beside it as text. Sides face
increasing chainage. A track is None where the project has no such layer, and empty where there
is nothing to show.
"""

from dataclasses import asdict, dataclass

SIDES = ("left", "right", "on")
"""Where something lies of the axis; ``on`` for what stands on it."""


@dataclass(frozen=True)
class Span:
    """A stretch of the axis: both ends as measures in metres and as labels."""

    from_measure_m: float
    to_measure_m: float
    from_label: str
    to_label: str

    @property
    def length_m(self) -> float:
        """Length of the stretch in metres."""
        return self.to_measure_m - self.from_measure_m


@dataclass(frozen=True)
class Tick:
    """A label painted on the axis."""

    measure_m: float
    label: str


@dataclass(frozen=True)
class Equation:
    """A place where the labels jump: the label before it and the one after it."""

    measure_m: float
    back_label: str
    ahead_label: str


@dataclass(frozen=True)
class Section:
    """A section of the axis."""

    section_id: str
    span: Span


@dataclass(frozen=True)
class LandBar:
    """Land taken on one side of one bin.

    Parameters
    ----------
    bin_index
        Place in ``StripMap.bins``.
    side
        ``left`` or ``right``.
    basis
        ``recovered``, ``donated`` or ``temporary``.
    area_m2
        The affected area in it.
    """

    bin_index: int
    side: str
    basis: str
    area_m2: float


@dataclass(frozen=True)
class CountBar:
    """How many of one kind lie on one side of one bin.

    ``kind`` is ``dwelling`` or ``other`` for structures, ``right_of_way`` or ``margin`` for
    graves; ``side`` is one of ``SIDES``.
    """

    bin_index: int
    side: str
    kind: str
    count: int


@dataclass(frozen=True)
class Crossing:
    """A utility that crosses the right of way; what may not be shown of it is None."""

    measure_m: float
    label: str
    utility_id: str | None
    kind: str | None
    voltage_kv: float | None


@dataclass(frozen=True)
class Stretch:
    """A stretch of one side, ``handed_over`` (on an ISO date, if it may be shown) or not."""

    span: Span
    side: str
    state: str
    date: str | None


@dataclass(frozen=True)
class Blocked:
    """A stretch of one side, ``blocked`` if the register says so, else ``not_handed_over``."""

    span: Span
    side: str
    state: str


@dataclass(frozen=True)
class Cause:
    """Why something is not handed over, and how much: text, else a coded state, else unknown."""

    cause: str | None
    state: str | None
    parcel_count: int
    household_count: int
    stretch_count: int


@dataclass(frozen=True)
class Blockers:
    """What of an alignment is not handed over, and why, the most frequent cause first."""

    stretches: tuple[Blocked, ...]
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class StripMap:
    """One alignment, drawn straight.

    Parameters
    ----------
    alignment_id, name
        The alignment.
    on
        Date of the statement, ISO; None where there is none.
    span
        The whole axis.
    bin_m
        Length of a bin in metres; None where the bins are the sections.
    bins
        The stretches in which land, structures and graves are added up, in order.
    ticks, equations, sections
        The axis itself.
    land, structures, graves, crossings, handover, blockers
        The tracks.
    """

    alignment_id: str
    name: str
    on: str | None
    span: Span
    bin_m: float | None
    bins: tuple[Span, ...]
    ticks: tuple[Tick, ...]
    equations: tuple[Equation, ...]
    sections: tuple[Section, ...]
    land: tuple[LandBar, ...] | None = None
    structures: tuple[CountBar, ...] | None = None
    graves: tuple[CountBar, ...] | None = None
    crossings: tuple[Crossing, ...] | None = None
    handover: tuple[Stretch, ...] | None = None
    blockers: Blockers | None = None

    @property
    def title(self) -> str:
        """Name of the alignment with its code."""
        return f"{self.name} ({self.alignment_id})" if self.name else self.alignment_id


def strip_data(content: StripMap) -> dict[str, object]:
    """Return a strip map as plain data; keys are those of the records."""
    return asdict(content)
