"""Which layer inside a file is meant: the one named, the only one, or one by its name."""

from collections.abc import Sequence

from geotool import schema
from geotool.errors import ReadError, SchemaError
from geotool.sources.files import Source


def choose(source: Source, names: Sequence[str], layer: str) -> str:
    """Return the sublayer to read: the named one, the only one, or the one named ``layer``.

    Raises
    ------
    ReadError
        When there is none, or the choice is open; lists what exists.
    """
    known = ", ".join(f"'{name}'" for name in names)
    if source.sublayer is not None:
        if source.sublayer in names:
            return source.sublayer
        raise ReadError(
            f"{source.name}: there is no layer '{source.sublayer}'.",
            remedy=f"It has: {known}." if known else "It has no layer with content.",
        )
    if len(names) == 1:
        return names[0]
    if not names:
        raise ReadError(f"{source.name}: it has no layer with content.", remedy="Check the file.")
    same = [name for name in names if is_layer(name, layer)]
    if len(same) == 1:
        return same[0]
    raise ReadError(
        f"{source.name}: it has {len(names)} layers and none is named '{layer}': {known}.",
        remedy=f"Name one: {source.name}#{names[0]}",
    )


def is_layer(name: str, layer: str) -> bool:
    """Return whether a sublayer, sheet or table is named like a layer, in any known spelling."""
    if name.strip().lower() == layer:
        return True
    try:
        return schema.canonical_layer_name(name) == layer
    except SchemaError:
        return False
