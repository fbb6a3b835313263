"""Tests of geotool.progress."""
