"""The map page: one HTML file that opens with no network; the only room that knows folium.

Order of the modules, each importing only those before it: style, recipe, layerdata, furniture,
assets, page. ``page.render_page`` is the one door.
"""
