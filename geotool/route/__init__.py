"""Where is Km 568+126? What strip of land do we take?

Order of the modules, each importing only those before it: ``stationing`` (labels and measures),
``axis`` (one line from drawn parts), ``locate`` (nearest place on axes), ``passes`` (the several
nearest places of a loop), ``calibration`` (zones from equations and posts), ``known_labels``
(their tables), ``sections`` (cuts and named tables), ``alignment`` (the axes and sections of a
project), ``lengths`` (on the map, on the ellipsoid, by labels), ``chainage`` (labels to places and
back), ``equidistant`` (lines of equal distance), ``cuts`` (polygons divided across and along
axes), ``widths`` (the widths of a strip by chainage), ``outline`` (the shape of a strip),
``bases`` (on which land is taken), ``takings`` (rows by basis, each without the others),
``versions`` (which boundary holds), ``corridor`` (the right of way and its exact tiling), ``rims``
(of land along its edges), ``strips`` (protection and safety strips of roads, bridges and power
lines), ``stake_series`` (stakes beside an axis, in order), ``stake_checks`` (what is doubtful
about them), ``stakes`` (the right of way between stakes).
"""
