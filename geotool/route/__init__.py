"""Where is Km 568+126? What strip of land do we take?

Order of the modules, each importing only those before it: ``stationing`` (labels and measures),
``axis`` (one line from drawn parts), ``sections`` (cuts and named tables), ``alignment`` (the axes
and sections of a project), ``locate`` (nearest place on axes), ``chainage`` (labels to places and
back), ``equidistant`` (lines of equal distance), ``cuts`` (polygons divided across and along axes),
``outline`` (the shape of a strip), ``corridor`` (the right of way and its exact tiling).
"""
