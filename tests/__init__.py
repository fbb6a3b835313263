"""Tests, mirroring geotool/; ``tests.village`` is the village computed by hand."""
