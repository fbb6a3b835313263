"""How many square metres of which parcel, whose house, which lines?

The modules, each importing only those before it:

* ``order``      natural order of group keys
* ``areas``      the area that polygons share, without clipping
* ``clip``       shapes against the cells of a corridor: the kernel under every measurement
* ``gathering``  a layer cut part by part, the cuts put together
* ``guards``     what frames must be to be measured; the cells of a corridor made ready
* ``coverage``   where parcels claim ground twice or not at all
* ``take``       land take in arrays, parcel by parcel and cell by cell
* ``sums``       the identity every table must satisfy, and groups of a take, in arrays
* ``parcels``    the same as frames; overlapping parcels
* ``features``   any other layer against the same cells: lines, points, polygons
* ``totals``     groups of a land take and of any measured layer, as frames
* ``structures`` buildings that are taken
* ``strip_structures``  what stands or lies in statutory strips without being taken
* ``holdings``   where a parcel meets a household or an organisation
* ``holders``    affected, relocated and residential households; organisations
* ``donations``  what each row of minutes gives
* ``versions``   two versions of a boundary compared
* ``utilities``  crossings of lines with the right of way
* ``access``     which pieces of land can still be reached
* ``inscribed``  the largest circle inside a polygon
* ``severance``  the pieces of parcels that are left, their width and access
* ``shares``     what a holder loses of all its land, compared in whole numbers
* ``findings``   the record a check returns; its place along the alignment
* ``land_findings``, ``holder_findings``  the checks themselves
* ``checks``     the registry of findings

A *cell* is a piece of the right of way with ``alignment_id``, ``section_id``, ``commune_id``
and a ``weight`` (+1, or -1 where communes claim the same ground); any of the four columns may
be absent. Cells come from ``route.corridor`` and ``communes.units``; here they only have to
satisfy: the weighted sum of their areas is the area of the right of way.
"""
