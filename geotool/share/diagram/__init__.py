"""The strip map: an alignment drawn straight, with what lies along it by chainage.

Order of the modules, each importing only those before it: records, drawing, sheet, tracks,
layout. ``layout.lay_out`` is the one door.
"""
