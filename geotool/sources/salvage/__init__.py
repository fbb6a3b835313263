"""Damaged files, record by record: what is sound is kept, the rest named with its reason.

Order of the modules, each importing only those before it: ``salvaged`` (what comes out),
``dbf_rows``, ``shp_records``, ``salvage_shapefile``, ``salvage_json``, ``salvage_markup``,
``salvage_pages`` (GeoPackage), ``salvage`` (the front door).
"""
