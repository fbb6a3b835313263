"""Tests of geotool.affected."""
