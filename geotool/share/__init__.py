"""What leaves the office: tables, columns allowed by profile, reports, maps.

Order of the modules, each importing only those before it: tables, faces, redaction,
render, qgis_symbols, qgis, paper, diagram, strip_map, pictures, report.
"""
