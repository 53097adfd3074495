"""Names in figures: as they are written, no longer than there is room, in fonts that have them."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

#: Stands for a character that no installed font has.
UNKNOWN = "?"
#: Fonts with many scripts, asked first; then whatever is installed.
_KNOWN_FONTS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Noto Sans JP", "Noto Sans KR", "Source Han Sans",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Droid Sans Fallback", "PingFang SC", "Hiragino Sans",
    "Apple SD Gothic Neo", "Microsoft YaHei", "SimHei", "Yu Gothic", "MS Gothic", "Malgun Gothic",
    "Arial Unicode MS",
)  # fmt: skip


def room(text: str) -> int:
    """How many letters' room a text takes; Chinese, Japanese and Korean ones take that of two.

    >>> room("liver"), room("肝臓")
    (5, 4)
    """
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def one_line(text: str) -> str:
    """A text without line ends and other characters that cannot be seen.

    >>> one_line("A\\t1\\x07")
    'A 1?'
    """
    return "".join(c if c.isprintable() else " " if c.isspace() else UNKNOWN for c in text)


def shortened(text: str, most: int) -> str:
    """A text that takes the room of at most so many letters, cut in the middle: its end often tells it apart.

    >>> shortened("Wilhelmina van der Berg, born 1950", 16)
    'Wilhelmin…n 1950'
    """
    if room(text) <= most:
        return text
    end = max((most - 1) * 2 // 5, 1)
    return f"{_cut(text, most - 1 - end)}…{_cut(text[::-1], end)[::-1]}"


def _cut(text: str, most: int) -> str:
    found = ""
    for c in text:
        if room(found + c) > most:
            break
        found += c
    return found


def short_names(names: Sequence[str], most: int) -> dict[str, str]:
    """Each name, shortened; names that would then be the same have their place in the list beside them.

    >>> list(short_names(["patient of centre 1, A", "patient of centre 2, A"], 9).values())
    ['pat… A #1', 'pat… A #2']
    """
    clean = {name: legible(one_line(name)) for name in names}
    cut = {name: shortened(text, most) for name, text in clean.items()}
    counted: dict[str, int] = {}
    for text in cut.values():
        counted[text] = counted.get(text, 0) + 1
    for place, name in enumerate(cut, 1):
        if counted[cut[name]] > 1:
            number = f" #{place}"
            cut[name] = shortened(clean[name], max(most - len(number), 3)) + number
    return cut


def wrapped(text: str, most: int, lines: int = 2) -> str:
    """A text in lines of at most so many letters, and in no more lines than so many.

    >>> wrapped("a study of a product with a long name", 16)
    'a study of a\\nproduct w…g name'
    """
    found = textwrap.wrap(text, most) or [""]
    if len(found) > lines:
        rest = " ".join(found[lines - 1 :])
        found = [*found[: lines - 1], rest]
    return "\n".join(shortened(line, most) for line in found)


@lru_cache(maxsize=1)
def _base_characters() -> frozenset[int]:
    """Code points of the font that comes with matplotlib."""
    from matplotlib.font_manager import get_font

    return frozenset(get_font(_base_font()).get_charmap())


def _base_font() -> str:
    from matplotlib import get_data_path

    return f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf"


@lru_cache(maxsize=256)
def _fonts(missing: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Families that have these characters, and those that none has."""
    from matplotlib.font_manager import fontManager, get_font

    left = set(missing)
    families: list[str] = []
    rank = {name: i for i, name in enumerate(_KNOWN_FONTS)}
    plain = [e for e in fontManager.ttflist if e.style == "normal" and "LastResort" not in e.fname]
    for entry in sorted(
        plain, key=lambda e: (rank.get(e.name, len(rank)), e.name, abs(int(e.weight) - 400), e.fname)
    ):
        if not left:
            break
        if entry.name in families:
            continue
        try:
            has = get_font(entry.fname).get_charmap()
        except (OSError, RuntimeError):  # a damaged font
            continue
        got = {c for c in left if ord(c) in has}
        if got:
            families.append(entry.name)
            left -= got
    return tuple(families), frozenset(left)


def _beyond_base(texts: Iterable[str]) -> frozenset[str]:
    found = {c for text in texts for c in text if ord(c) > 126 and c.isprintable()}
    return frozenset(c for c in found if ord(c) not in _base_characters()) if found else frozenset()


def fonts_for(texts: Iterable[str]) -> tuple[str, ...]:
    """Installed font families that have what matplotlib's own font has not of these texts.

    >>> fonts_for(["P01", "Müller", "µ"])
    ()
    """
    missing = _beyond_base(texts)
    return _fonts(missing)[0] if missing else ()


def without_font(texts: Iterable[str]) -> str:
    """Characters of these texts that no installed font has, each once, in order of their code points.

    >>> without_font(["liver", "\\U000f0000"]) == ""  # a private character, not a printable one
    True
    """
    missing = _beyond_base(texts)
    return "".join(sorted(_fonts(missing)[1])) if missing else ""


def legible(text: str) -> str:
    """A text with :data:`UNKNOWN` in place of what no installed font has; never an empty box."""
    lost = without_font([text])
    return text.translate({ord(c): UNKNOWN for c in lost}) if lost else text


def font_warnings(texts: Mapping[str, str]) -> list[str]:
    """At most one line, on names that figures cannot show as they are written.

    texts : name -> what it is, e.g. "patient".
    """
    lost = without_font(texts)
    if not lost:
        return []
    where = [f"{what} {name}" for name, what in texts.items() if set(name) & set(lost)]
    some = ", ".join(where[:3]) + (f" and {len(where) - 3} more" if len(where) > 3 else "")
    shown = " ".join(lost[:20]) + (" ..." if len(lost) > 20 else "")
    return [
        f"figures: no installed font has {shown}, so they show '{UNKNOWN}' there ({some}); install a font"
        " that has them, e.g. Noto Sans CJK; the tables have the names as they are"
    ]
