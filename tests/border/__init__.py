"""Tests of geotool.border."""
