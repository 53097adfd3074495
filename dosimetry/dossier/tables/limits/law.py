"""Limits of 21 CFR 361.1(b)(3) on the dose of a research subject, and which of them a region falls under.

The law has rems: whole body, active blood-forming organs, lens of the eye and gonads 3 from a single dose, 5
as annual and total dose commitment; other organs 5 and 15. Read in a copy of 21 CFR 361.1 (the form of its
report). In sievert, with the tenth for subjects under 18 years of age at their last birthday and the x-ray
procedures that count as well, read in a table in J Nucl Med that cites 361.1(b)(3)
(jnm.snmjournals.org/highwire/markup/59797). 1 rem = 10 mSv.
"""

from __future__ import annotations

from dataclasses import dataclass

MSV_PER_REM = 10.0
LAW = "21 CFR 361.1(b)(3)"
#: Years from which a subject is an adult to this law, and the share of adults' limits before.
ADULT_FROM_Y = 18.0
SHARE_OF_MINORS = 0.1


@dataclass(frozen=True)
class Limit:
    """Limits of one group of regions, mSv, of adults.

    group : in the law's words.
    single_mSv : from a single dose; annual_mSv : annual and total dose commitment.
    """

    group: str
    single_mSv: float
    annual_mSv: float

    def of(self, minor: bool) -> Limit:
        """The limits that a subject of that age has.

        >>> OTHER.of(minor=True)
        Limit(group='other organs', single_mSv=5.0, annual_mSv=15.0)
        """
        share = SHARE_OF_MINORS if minor else 1.0
        return Limit(self.group, self.single_mSv * share, self.annual_mSv * share)


def _rem(group: str, single: float, annual: float) -> Limit:
    return Limit(group, single * MSV_PER_REM, annual * MSV_PER_REM)


WHOLE_BODY = _rem("whole body", 3, 5)
BLOOD_FORMING = _rem("active blood-forming organs", 3, 5)
LENS = _rem("lens of the eye", 3, 5)
GONADS = _rem("gonads", 3, 5)
OTHER = _rem("other organs", 5, 15)

_NAMED = {
    "total body": WHOLE_BODY,
    "red marrow": BLOOD_FORMING,
    "eye lens": LENS,
    "ovaries": GONADS,
    "testes": GONADS,
}


def limit_of(target: str) -> Limit:
    """The limits of a target region.

    >>> limit_of("red marrow").single_mSv, limit_of("liver").annual_mSv
    (30.0, 150.0)
    """
    return _NAMED.get(target, OTHER)
