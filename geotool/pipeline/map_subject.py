"""What a map is about, and what of it a project has nothing to show of."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from geotool.labels import Labels
from geotool.share.redaction import Profile

if TYPE_CHECKING:
    from geotool.share.paper.plates import Plate
    from geotool.share.render.layerdata import MapLayer
    from geotool.share.render.recipe import Recipe
    from geotool.share.render.style import Styles


def lacking_subject(
    shown: "Iterable[MapLayer]", recipe: "Recipe", styles: "Styles"
) -> tuple[str, ...]:
    """Return the layers a map is about where it shows none of them; empty where it shows any.

    A map whose recipe has background layers alone is about these.
    """
    wanted = [
        one.source
        for one in recipe.layers
        if one.visible and not styles.style(one.style).background
    ]
    seen = {layer.name for layer in shown if layer.visible}
    return () if seen & set(wanted) else tuple(wanted)


def uncoloured(
    drawn: "Sequence[Plate]", recipe: "Recipe", profile: Profile, words: Labels, language: str
) -> tuple[str, ...]:
    """Return a sentence for each layer drawn that figures should colour and none does."""
    coloured = {one.source for one in recipe.layers if one.indicators}
    key = "paper.figures_withheld" if profile.is_public else "paper.no_figures"
    return tuple(
        words.format(key, language, {"layer": plate.layer.title[language]})
        for plate in drawn
        if plate.layer.name in coloured and plate.class_column is None and plate.indicator is None
    )
