"""Text as ASCII, which SAS transport files of version 5 need: accents are dropped, and it is said which."""

from __future__ import annotations

import re
import unicodedata

from dosimetry.errors import DosimetryError

#: What Unicode's own decomposition does not give.
_WRITTEN = {
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d",
    "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "ı": "i", "–": "-", "—": "-", "−": "-", "‑": "-",
    "‘": "'", "’": "'", "“": '"', "”": '"', "·": "*", "×": "x", "±": "+/-", "≤": "<=", "≥": ">=", "°": " deg",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "λ": "lambda", "μ": "u", "µ": "u",
    "σ": "sigma", "τ": "tau",
}  # fmt: skip
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_RAISED = re.compile(f"[{_SUPERSCRIPTS}]+")


def ascii_of(text: str) -> str | None:
    """A text with ASCII characters only; None where a character has no ASCII for it.

    Superscript digits are plain before a nuclide's symbol and have "^" before them elsewhere.

    >>> ascii_of("Müller-Łoś, 5 µg"), ascii_of("⁸⁹Zr, 10² kBq"), ascii_of("患者")
    ('Muller-Los, 5 ug', '89Zr, 10^2 kBq', None)
    """
    if not text.isascii():
        text = _RAISED.sub(_digits, unicodedata.normalize("NFC", text))
        text = "".join(_WRITTEN.get(c, c) for c in text)
        text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    text = " ".join(text.split())
    return text if text.isascii() and text.isprintable() else None


def _digits(raised: re.Match[str]) -> str:
    """Superscript digits as digits: of a mass number as they are, others as a power."""
    digits = "".join(str(_SUPERSCRIPTS.index(c)) for c in raised[0])
    following = raised.string[raised.end() : raised.end() + 1]
    before = raised.string[: raised.start()]
    nuclide = following.isupper() and not before[-1:].isalnum()
    return digits if nuclide else f"^{digits}"


#: Of longer texts only the words that were changed are kept.
LONG = 80


class AsciiTexts:
    """Texts made ASCII, with what was changed kept for the reader.

    >>> texts = AsciiTexts()
    >>> texts("José", "patient 'José'"), texts.changed
    ('Jose', {'José': 'Jose'})
    >>> long = texts("word " * 20 + "± 5 % wide", "a note")
    >>> texts.changed
    {'José': 'Jose', '±': '+/-'}
    """

    def __init__(self) -> None:
        self.changed: dict[str, str] = {}

    def __call__(self, text: str, what: str) -> str:
        """The text as ASCII.

        Raises
        ------
        DosimetryError : a character has no ASCII for it; ``what`` says where it stands.
        """
        found = ascii_of(text)
        if found is None:
            raise DosimetryError(
                f"{what}: '{text}' has characters that no ASCII stands for;"
                " SAS transport files of version 5 hold ASCII only: write it in Latin letters in the study"
            )
        if not text.isascii():
            words, written = text.split(), found.split()
            long = len(text) > LONG and len(words) == len(written)
            pairs = zip(words, written, strict=True) if long else ((text, found),)
            self.changed.update((a, b) for a, b in pairs if a != b)
        return found
