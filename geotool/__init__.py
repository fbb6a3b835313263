"""Planning tools for clearing land and building roads: layers in, statistics and one map out.

Importing this package loads nothing heavy; import the room you need, for example
``from geotool.route import chainage``.
"""

__version__ = "0.1.0"
