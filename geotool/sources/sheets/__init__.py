"""Text tables and workbooks: cells first, then what they mean.

Order of the modules, each importing only those before it. Cells: ``separators``,
``text_lines``, ``tables`` (text); ``cells``, ``compound``, ``excel``, ``binary_sheets``,
``sheet_parts``, ``opendocument``, ``workbooks``. Meaning: ``vocabulary``, ``headers``,
``sheet_table``, ``combined``, ``filling``, ``sheet_rows``, ``stake_tables``, ``interpret``;
``totals`` (sums against parts), ``columns_map`` (what a planner says instead).
"""
