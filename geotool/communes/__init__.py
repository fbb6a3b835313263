"""Statistics by commune, whatever overlaps and holes the commune layer has.

Order of the modules: ``intervals`` (stretches of a line as intervals of length), ``units``
(areas, lengths and points by commune, summing exactly to what was divided).
"""
