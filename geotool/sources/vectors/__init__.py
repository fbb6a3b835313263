"""Vector files with features: what they declare, their companions, their text.

Order of the modules, each importing only those before it: ``mapinfo``, ``bytewise`` (text
handed on byte by byte), ``headed`` (headers and failures), ``parquet``, ``placemarks`` (KML and
GPX), ``shapefile``, ``dgn`` (MicroStation V7), ``vector`` (the front door).
"""
