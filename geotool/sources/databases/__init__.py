"""Tables of a PostGIS database, by address.

Order of the modules, each importing only those before it: ``database`` (connection and
questions), ``catalogue`` (which table is meant), ``table_rows`` (its rows), ``postgis`` (the
front door).
"""
