"""Drawings: lines, texts and blocks that become rows of a layer.

Order of the modules, each importing only those before it: ``drawn`` (what a drawing holds),
``cad_levels`` (which CAD layer), ``inscriptions`` (words inside polygons), ``drawing`` (objects
to rows), ``dxf_curves``, ``dxf_entities``, ``dxf_mending``, ``dxf_file``, ``dxf_content``,
``cad`` (DXF).
"""
