"""How a dossier prints numbers, and in which units doses stand."""

from __future__ import annotations

from dataclasses import dataclass

from dosimetry.errors import DosimetryError
from dosimetry.files.output import significant

#: What is printed where there is no number; the reason stands in a footnote.
NOTHING = "–"


@dataclass(frozen=True)
class Digits:
    """A rule for printing numbers: so many significant digits, or so many decimals.

    >>> Digits(3).text(0.0123456), Digits(decimals=1).text(12.345), Digits(decimals=0).text(7.0)
    ('0.0123', '12.3', '7')
    """

    significant: int | None = None
    decimals: int | None = None

    def __post_init__(self) -> None:
        if (self.significant is None) == (self.decimals is None):
            raise ValueError("significant digits or decimals, one of them")

    def text(self, value: float) -> str:
        """A number as it is printed."""
        if self.decimals is not None:
            return f"{value:.{self.decimals}f}"
        assert self.significant is not None
        return significant(value, self.significant)

    def excel_format(self, value: float) -> str:
        """The number format by which Excel shows the value with the same digits.

        >>> [Digits(3).excel_format(v) for v in (0.0123456, 1.5e-7)] + [Digits(decimals=0).excel_format(7)]
        ['0.0000', '0.00E+00', '0']
        """
        mantissa, e, _ = self.text(value).partition("e")
        decimals = len(mantissa.partition(".")[2])
        return "0" + ("." + "0" * decimals if decimals else "") + ("E+00" if e else "")


@dataclass(frozen=True)
class DoseUnits:
    """Units of dose coefficients: absorbed, effective, and what mGy/MBq and mSv/MBq are multiplied by."""

    absorbed: str
    effective: str
    factor: float


MBQ_PER_MCI = 37.0
#: By the name that ``--units`` takes: 1 Gy = 100 rad, 1 mCi = 37 MBq.
UNITS = {
    u.absorbed: u
    for u in (
        DoseUnits("mGy/MBq", "mSv/MBq", 1.0),
        DoseUnits("Gy/GBq", "Sv/GBq", 1.0),
        DoseUnits("mrad/MBq", "mrem/MBq", 100.0),
        DoseUnits("rad/mCi", "rem/mCi", 0.1 * MBQ_PER_MCI),
    )
}


def dose_units(name: str) -> DoseUnits:
    """Units of dose coefficients by the name of the absorbed dose's.

    Raises
    ------
    DosimetryError : an unknown unit.

    >>> dose_units("rad/mCi").effective, round(dose_units("rad/mCi").factor, 3)
    ('rem/mCi', 3.7)
    """
    if name not in UNITS:
        raise DosimetryError(f"unknown unit '{name}' of dose coefficients; there are: {', '.join(UNITS)}")
    return UNITS[name]
