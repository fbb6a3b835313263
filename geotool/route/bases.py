"""On which basis land is taken: recovered by the state for good, donated, or used for a time."""

RECOVERED, DONATED, TEMPORARY = "recovered", "donated", "temporary"
BASES = (RECOVERED, DONATED, TEMPORARY)
"""Where rows overlap, the ground belongs to the first of these."""
