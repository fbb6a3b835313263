"""Paper: sheets at a stated true scale as PDF, and the same sheets as PNG; no browser needed.

Order of the modules, each importing only those before it: library, typeface, pen, sheets, tiling,
indicators, plates, marks, inking, scene, grounds, names, panel, sheet, tabular, card, raster.
``sheet.render_sheets`` and ``card.render_card`` are the doors; ``raster.page_pngs`` turns their
pages into pixels.
"""
