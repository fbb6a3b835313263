"""The middle tier, a module a question: named inputs go to the wings, their answers come out.

Order: answer; sample_draw, sample_axis, sample_land, sample_places, sample_route,
sample_border, sample, init; then the questions; run last.
"""
