"""Rule files as frozen records: norms, tolerances, severities, each with citation and date.

A rule file is ``layers/rules/<name>.toml``: a table ``[rule]`` with ``title``, ``citation``,
``effective_from`` and ``confirmed`` (has somebody checked the numbers against the text in
force?), and tables with the values. A project's ``layers/rules/<name>.toml`` replaces the
built-in file of that name. Numbers of law and tolerances live there and nowhere in code.

The modules: ``files`` (how one is read), ``checks`` (severities), ``limits`` (tolerances, norms,
states); what they hold is offered here. Rules of a single question are imported from their
own module: ``stationing``, ``stakes``, ``lengths``, ``severance``, ``strips``.
"""

from geotool.rules.checks import CheckRule, Severity, load_checks
from geotool.rules.files import (
    RuleFile,
    list_rules,
    load_rule,
    read_number,
    read_table,
    read_texts,
)
from geotool.rules.limits import (
    BorderRules,
    CadastreRules,
    GraveNorms,
    HandoverRules,
    Tolerances,
    is_residential,
    load_border_rules,
    load_cadastre_rules,
    load_grave_norms,
    load_handover_rules,
    load_residential_land_types,
    load_tolerances,
)

__all__ = [
    "BorderRules",
    "CadastreRules",
    "CheckRule",
    "GraveNorms",
    "HandoverRules",
    "RuleFile",
    "Severity",
    "Tolerances",
    "is_residential",
    "list_rules",
    "load_border_rules",
    "load_cadastre_rules",
    "load_checks",
    "load_grave_norms",
    "load_handover_rules",
    "load_residential_land_types",
    "load_rule",
    "load_tolerances",
    "read_number",
    "read_table",
    "read_texts",
]
