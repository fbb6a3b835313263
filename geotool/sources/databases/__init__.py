"""Tables of a PostGIS database, by address.

Order of the modules, each importing only those before it: ``database`` (connection and
questions), ``catalogue`` (which table is meant), ``table_systems`` (its coordinate reference
system), ``table_rows`` (its rows), ``table_cells`` (their shapes and numbers), ``table_index``
(its rows near some boxes), ``postgis`` (the front door of whole tables).
"""
