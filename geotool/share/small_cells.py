"""Sections and communes added up until no cell of the two holds a few people only.

Every published figure is a sum over cells of one partition, section group by commune group. A
difference of two figures is then a sum of cells too, and no cell holds fewer people than the
rule allows (complementary suppression by global recoding: Hundepool et al., Statistical
Disclosure Control, 2012, 4.2 and 4.4).
"""

import heapq
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from geotool.rules.small_cells import SmallCells
from geotool.units import natural_key

Key = tuple[str, str]  # section_id, commune_id


@dataclass
class Tally:
    """Who is in a cell.

    Parameters
    ----------
    counted
        Households counted here, each in one cell only.
    known
        Households whose land or structures lie here.
    supposed
        These, and each parcel or structure that nobody is known to hold.

    unheld
        These parcels and structures alone.

    Sets are cut off where they are large enough; more than that is not asked.
    """

    counted: int = 0
    known: set[str] = field(default_factory=set)
    supposed: set[str] = field(default_factory=set)
    unheld: set[str] = field(default_factory=set)

    @property
    def size(self) -> int:
        """How many people there are, as far as it matters."""
        return max(self.counted, len(self.supposed))

    def add(self, other: "Tally", least: int) -> None:
        """Add the people of another cell."""
        self.counted += other.counted
        for mine, theirs in ((self.known, other.known), (self.supposed, other.supposed)):
            for person in theirs:
                if len(mine) >= least:
                    break
                mine.add(person)

    def copy(self) -> "Tally":
        """Return another tally of the same people."""
        return Tally(self.counted, set(self.known), set(self.supposed))

    def is_small(self, rule: SmallCells) -> bool:
        """Return whether the cell may not be shown by itself."""
        counts = (self.counted, len(self.known), len(self.supposed))
        empty = not rule.zero_allowed and self.size == 0
        return empty or any(rule.is_small(count) for count in counts)


@dataclass(frozen=True)
class Grid:
    """What is to be divided.

    Parameters
    ----------
    sections
        alignment_id and section_id of every section, along each alignment in turn.
    communes
        commune_id of every commune.
    cells
        Who is in each cell of the ground; cells that do not exist are left out.
    neighbours
        Communes that touch.
    """

    sections: Sequence[tuple[str, str]]
    communes: Sequence[str]
    cells: Mapping[Key, Tally]
    neighbours: Iterable[tuple[str, str]] = ()


@dataclass(frozen=True)
class Groups:
    """Sections and communes as they are published: the members of each group, in order."""

    sections: tuple[tuple[str, ...], ...]
    communes: tuple[tuple[str, ...], ...]


def merge_small(grid: Grid, rule: SmallCells, start: Groups | None = None) -> Groups:
    """Return the groups in which every cell holds nobody, or as many people as the rule asks.

    Communes that are small as a whole join the smallest that touches them. A small cell then
    makes its section join the next one along the alignment with people of that commune, the
    nearer of the two ways, forward where both are as near. Only where an alignment has no other
    do communes, then alignments, join. Groups of `start` are joined first, so the outcome is
    never finer. With fewer people than the rule asks in all, one group of each is left.
    """
    merger = _Merger(grid, rule)
    if start is not None:
        merger.join_groups(start)
    merger.run()
    return merger.groups()


class _Sets:
    """Disjoint sets of whole numbers; the smallest number of a set stands for it."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))
        self.last = list(range(count))  # largest member, by root

    def find(self, item: int) -> int:
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

    def join(self, first: int, second: int) -> int:
        low, high = sorted((self.find(first), self.find(second)))
        if low != high:
            self._parent[high] = low
            self.last[low] = max(self.last[low], self.last[high])
        return low

    def groups(self) -> dict[int, list[int]]:
        members: dict[int, list[int]] = {}
        for item in range(len(self._parent)):
            members.setdefault(self.find(item), []).append(item)
        return members


class _Merger:
    """Joins sections (runs of places along the axes) and communes until nothing is small."""

    def __init__(self, grid: Grid, rule: SmallCells) -> None:
        self.grid, self.rule = grid, rule
        self.section_ids = [section_id for _, section_id in grid.sections]
        self.commune_ids = sorted(grid.communes, key=natural_key)
        self.runs, self.kinds = _Sets(len(self.section_ids)), _Sets(len(self.commune_ids))
        self.bounds = _bounds([alignment_id for alignment_id, _ in grid.sections])
        self._kind_of = {name: place for place, name in enumerate(self.commune_ids)}
        self.near: list[set[int]] = [set() for _ in self.commune_ids]
        for one, other in grid.neighbours:
            first, second = self._kind_of[one], self._kind_of[other]
            self.near[first].add(second)
            self.near[second].add(first)
        self._fill()

    def _fill(self) -> None:
        """Put everyone into the cell of one section and one commune."""
        grid, rule = self.grid, self.rule
        places = {name: place for place, name in enumerate(self.section_ids)}
        self.rows: list[dict[int, Tally]] = [{} for _ in self.section_ids]
        self.whole = [Tally() for _ in self.commune_ids]
        at: list[list[int]] = [[] for _ in self.commune_ids]
        for (section_id, commune_id), tally in grid.cells.items():
            place, kind = places[section_id], self._kind_of[commune_id]
            self.rows[place][kind] = tally.copy()
            self.whole[kind].add(tally, rule.least_count)
            if tally.size or not rule.zero_allowed:
                at[kind].append(place)
        self.at = [sorted(found) for found in at]

    def join_groups(self, start: Groups) -> None:
        """Join what is joined already; sections with all that lie between them."""
        places = {name: place for place, name in enumerate(self.section_ids)}
        for group in start.sections:
            own = [places[name] for name in group]
            self._join_run(min(own), max(own))
        for group in start.communes:
            for name in group[1:]:
                self._join_kinds(self._kind_of[group[0]], self._kind_of[name])

    def groups(self) -> Groups:
        runs, kinds = self.runs.groups().values(), self.kinds.groups().values()
        return Groups(
            tuple(tuple(self.section_ids[place] for place in run) for run in runs),
            tuple(tuple(self.commune_ids[place] for place in kind) for kind in kinds),
        )

    def run(self) -> None:
        everyone = Tally()
        for tally in self.whole:
            everyone.add(tally, self.rule.least_count)
        if everyone.size == 0:
            return
        if everyone.is_small(self.rule):
            self._join_all()
            return
        self._settle_communes()
        queue = deque(range(len(self.section_ids)))
        while queue:
            run = queue.popleft()
            if self.runs.find(run) == run:
                joined = self._settle_run(run)
                queue.extendleft([] if joined is None else [joined])

    def _join_all(self) -> None:
        self._join_run(0, len(self.section_ids) - 1)
        for kind in range(1, len(self.commune_ids)):
            self._join_kinds(0, kind)

    def _settle_communes(self) -> None:
        """Let communes that are small as a whole join another, the smallest first."""
        heap = [(self.whole[kind].size, kind) for kind in self._roots(range(len(self.whole)))]
        heapq.heapify(heap)
        while heap:
            size, kind = heapq.heappop(heap)
            current = self.kinds.find(kind) == kind and self.whole[kind].size == size
            if current and self.at[kind] and self.whole[kind].is_small(self.rule):
                other = self._smallest(kind, self._roots(range(len(self.whole))))
                if other is not None:
                    joined = self._join_kinds(kind, other)
                    heapq.heappush(heap, (self.whole[joined].size, joined))

    def _settle_run(self, run: int) -> int | None:
        """Join one small cell of a run to another; None where there is none, else the run."""
        small = [kind for kind, tally in self.rows[run].items() if tally.is_small(self.rule)]
        if not small:
            return None
        kind = min(small)
        first, last = self.bounds[run][0], self.bounds[self.runs.last[run]][1]
        place = self._nearest(run, kind, first, last)
        if place is None:
            inside = [
                other
                for other in self._roots(range(len(self.at)))
                if self._is_on(other, first, last)
            ]
            other = self._smallest(kind, inside)
            if other is not None:
                self._join_kinds(kind, other)
                return run
            place = self._nearest(run, kind, 0, len(self.section_ids) - 1)
        if place is None:
            other = self._smallest(kind, self._roots(range(len(self.at))))
            if other is None:
                return None
            self._join_kinds(kind, other)
            return run
        return self._join_run(min(run, place), max(self.runs.last[run], place))

    def _nearest(self, run: int, kind: int, first: int, last: int) -> int | None:
        """Return the nearest place outside a run with people of a commune, within bounds."""
        found, end = self.at[kind], self.runs.last[run]
        before, after = bisect_left(found, run) - 1, bisect_right(found, end)
        back = found[before] if before >= 0 and found[before] >= first else None
        ahead = found[after] if after < len(found) and found[after] <= last else None
        if back is None or ahead is None:
            return ahead if back is None else back
        return back if run - back < ahead - end else ahead

    def _is_on(self, kind: int, first: int, last: int) -> bool:
        return bisect_left(self.at[kind], first) < bisect_right(self.at[kind], last)

    def _smallest(self, kind: int, others: Iterable[int]) -> int | None:
        """Return the commune to join: one that touches, then the smallest, in natural order."""
        near = {self.kinds.find(other) for other in self.near[kind]}
        ranked = [
            (other not in near, self.whole[other].size, other)
            for other in others
            if other != kind and self.at[other]
        ]
        return min(ranked)[2] if ranked else None

    def _roots(self, kinds: Iterable[int]) -> list[int]:
        return [kind for kind in kinds if self.kinds.find(kind) == kind]

    def _join_run(self, first: int, last: int) -> int:
        """Join all sections from the run of one place to the run of another."""
        run = self.runs.find(first)
        following = self.runs.last[run] + 1
        while following <= self.runs.last[self.runs.find(last)]:
            end = self.runs.last[following]
            kept, other = self.rows[run], self.rows[following]
            if len(kept) < len(other):
                kept, other = other, kept
            for kind, tally in other.items():
                kept.setdefault(kind, Tally()).add(tally, self.rule.least_count)
            self.rows[run], self.rows[following] = kept, {}
            self.runs.join(run, following)
            following = end + 1
        return run

    def _join_kinds(self, first: int, second: int) -> int:
        """Join two communes, in every run."""
        kept, gone = sorted((self.kinds.find(first), self.kinds.find(second)))
        if kept == gone:
            return kept
        self.kinds.join(kept, gone)
        for row in self.rows:
            if gone in row:
                row.setdefault(kept, Tally()).add(row.pop(gone), self.rule.least_count)
        self.whole[kept].add(self.whole[gone], self.rule.least_count)
        self.at[kept] = sorted({*self.at[kept], *self.at[gone]})
        self.near[kept] |= self.near[gone]
        self.at[gone] = []
        return kept


def _bounds(alignments: Sequence[str]) -> list[tuple[int, int]]:
    """Return for each place the first and the last place of its alignment."""
    first = {name: place for place, name in reversed(list(enumerate(alignments)))}
    last = {name: place for place, name in enumerate(alignments)}
    return [(first[name], last[name]) for name in alignments]


def merge_classes(
    tallies: Mapping[str, Tally],
    rule: SmallCells,
    start: Collection[str] = (),
    counted: Collection[str] = (),
) -> frozenset[str]:
    """Return the classes of a table to be added up as one, so that none is about a few people.

    The smallest join first, after those of `start`; those `counted` in a total of their own,
    which would tell the rest, last. None where no class is small.
    """
    ordered = sorted(
        tallies,
        key=lambda name: (
            name not in start,
            name in counted,
            tallies[name].size,
            natural_key(name),
        ),
    )
    joined, names = Tally(), set(start)
    for name in ordered:
        if name in names or tallies[name].is_small(rule) or joined.is_small(rule):
            joined.add(tallies[name], rule.least_count)
            names.add(name)
    return frozenset(names)
