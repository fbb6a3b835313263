"""Tests of geotool.graves."""
