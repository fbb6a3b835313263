"""The middle tier, a module a question: named inputs go to the wings, their answers come out.

Order: answer; inputs, axes, ground, land; the questions; then samples: sample_draw, sample_axis,
sample_land, sample_holders, sample_places, sample_events, sample_border, sample, init; run last.
"""
