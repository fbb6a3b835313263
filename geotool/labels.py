"""Every word a reader sees, in Vietnamese and English, from ``maps/labels.*.toml``.

A key is ``room.name`` (``columns.parcel_id``). Both languages hold the same keys. A project's
own ``maps/labels.<language>.toml`` adds to the built-in words and overrides single ones; a
word it defines in one language only is shown in that language in both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType

from geotool import resources
from geotool.errors import DataError, UsageError

LANGUAGES = ("vi", "en")


@dataclass(frozen=True)
class Labels:
    """The words of all languages.

    Parameters
    ----------
    words
        ``{language: {key: text}}``; what one language lacks is listed in ``missing``.
    """

    words: Mapping[str, Mapping[str, str]]

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys of any language, sorted."""
        return tuple(sorted({key for words in self.words.values() for key in words}))

    @property
    def missing(self) -> tuple[tuple[str, str], ...]:
        """Pairs of language and key for which there are no words."""
        return tuple(
            (language, key)
            for key in self.keys
            for language, words in self.words.items()
            if key not in words
        )

    def has(self, key: str) -> bool:
        """Return whether every language has words for a key."""
        return all(key in words for words in self.words.values())

    def text(self, key: str, language: str) -> str:
        """Return the words of a key in a language.

        Raises
        ------
        DataError
            When there are no words for the key.
        UsageError
            When the language is unknown.
        """
        if language not in self.words:
            raise UsageError(
                f"There is no language {language!r}.", remedy=f"Known: {', '.join(self.words)}."
            )
        try:
            return self.words[language][key]
        except KeyError:
            raise DataError(
                f"There is no label {key!r} in language {language!r}.",
                remedy="Add it to maps/labels.vi.toml and maps/labels.en.toml.",
            ) from None

    def both(self, key: str) -> dict[str, str]:
        """Return the words of a key in every language, ``{"vi": ..., "en": ...}``."""
        return {language: self.text(key, language) for language in self.words}

    def format(self, key: str, language: str, values: Mapping[str, object]) -> str:
        """Return the words of a key with its ``{name}`` places filled in.

        Raises
        ------
        DataError
            When there are no words for the key, or a place has no value.
        """
        text = self.text(key, language)
        try:
            _require_plain_places(text)
            return text.format_map(values)
        except (KeyError, IndexError, ValueError) as error:
            raise DataError(
                f"Label {key!r} ({language}) cannot be filled in: {text!r} ({error!s}).",
                remedy=f"Values given: {', '.join(sorted(values)) or 'none'}.",
            ) from error


def _require_plain_places(text: str) -> None:
    """Raise ValueError unless every place in a text is a bare ``{name}``."""
    for _, name, layout, conversion in Formatter().parse(text):
        if name is not None and (layout or conversion or not name.isidentifier()):
            raise ValueError(f"only {{name}} is allowed, not {{{name}...}}")


def load_labels(project_dir: Path | None = None) -> Labels:
    """Return the built-in words, with a project's own words laid over them.

    Parameters
    ----------
    project_dir
        Folder of a project; its ``maps/labels.<language>.toml`` may be absent.

    Raises
    ------
    DataError
        When a file holds anything but tables of text, or an empty text.
    """
    built_in = {language: _built_in(language) for language in LANGUAGES}
    if project_dir is None:
        return _freeze(built_in)
    own = {language: _read_own(project_dir, language) for language in LANGUAGES}
    everywhere = {key: text for words in reversed(own.values()) for key, text in words.items()}
    return _freeze(
        {
            language: {
                **{key: text for key, text in everywhere.items() if key not in words},
                **words,
                **own[language],
            }
            for language, words in built_in.items()
        }
    )


@lru_cache
def _built_in(language: str) -> dict[str, str]:
    return _read(resources.find("maps", _name(language)))


def _name(language: str) -> str:
    return f"labels.{language}.toml"


def _read_own(project_dir: Path, language: str) -> dict[str, str]:
    path = project_dir / "maps" / _name(language)
    return _read(path) if path.is_file() else {}


def _read(path: Path) -> dict[str, str]:
    words: dict[str, str] = {}
    for room, entries in resources.parse_toml_file(path).items():
        if not isinstance(entries, dict):
            raise DataError(f"{path}: {room!r} is not a table of labels.")
        for name, text in entries.items():
            if not isinstance(text, str) or not text.strip():
                raise DataError(f"{path}: the label '{room}.{name}' has no text.")
            words[f"{room}.{name}"] = text
    return words


def _freeze(words: Mapping[str, Mapping[str, str]]) -> Labels:
    return Labels(
        MappingProxyType(
            {language: MappingProxyType(dict(entries)) for language, entries in words.items()}
        )
    )
