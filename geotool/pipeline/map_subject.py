"""What a map is about, and what of it a project has nothing to show of."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from geotool.schema import Problem, make_problem

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
    visible = [one for one in recipe.layers if one.visible]
    subject = [one for one in visible if not styles.style(one.style).background] or visible
    wanted = tuple(dict.fromkeys(one.source for one in subject))
    return () if any(layer.visible and layer.name in wanted for layer in shown) else wanted


def background_notice(lacking: Sequence[str], recipe: "Recipe", root: Path) -> tuple[Problem, ...]:
    """Return the notice that a map shows its background alone; none where it lacks nothing."""
    if not lacking:
        return ()
    text = f"The map '{recipe.name}' shows only its background: none of {', '.join(lacking)}."
    return (make_problem("background_only", "", text, place=recipe.name, project_dir=root),)


def uncoloured(drawn: "Sequence[Plate]", recipe: "Recipe") -> "tuple[MapLayer, ...]":
    """Return the layers drawn that figures should colour and none does."""
    coloured = {one.source for one in recipe.layers if one.indicators}
    return tuple(
        plate.layer
        for plate in drawn
        if plate.layer.name in coloured and plate.class_column is None and plate.indicator is None
    )
