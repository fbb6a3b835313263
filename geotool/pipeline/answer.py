"""The answer to a question: one result object, several faces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from geotool.records import Problem
from geotool.share.tables import Table


@dataclass(frozen=True)
class Answer:
    """What a question returns to whoever asked.

    Parameters
    ----------
    data
        The object printed with ``--json``; its keys are a contract.
    tables
        The same answer as tables for people.
    problems
        Findings and notices met on the way, worst first; printed on stderr.
    words
        Plain sentences for stderr: what was written and where.
    exit_code
        0, or 3 and 5 where the answer itself is a refusal.
    language, project_dir
        The project's language and folder, for labels; ``vi`` and None without a project.
    """

    data: Mapping[str, object]
    tables: Sequence[Table] = ()
    problems: Sequence[Problem] = ()
    words: Sequence[str] = ()
    exit_code: int = 0
    language: str = "vi"
    project_dir: Path | None = None
