"""What the values of an image of activity are: units, by voxel or by volume, and what the map is in then."""

from __future__ import annotations

from typing import NamedTuple

from dosimetry.errors import DosimetryError


class Quantity(NamedTuple):
    """A quantity that an image may hold.

    name : as a user writes it.
    meaning : in words.
    MBq_s : MBq.s (per MBq administered, or of all that was given) for one unit of it.
    per_mL : by volume, and not by voxel.
    administered : per MBq administered, so that doses are in mGy/MBq; otherwise in Gy.
    """

    name: str
    meaning: str
    MBq_s: float
    per_mL: bool
    administered: bool

    @property
    def dose_unit(self) -> str:
        """Unit of a dose that is made of it."""
        return "mGy/MBq" if self.administered else "Gy"

    @property
    def sum_unit(self) -> str:
        """Unit of its sum over voxels in :meth:`in_sum_unit`."""
        return "h" if self.administered else "MBq.h"


_TIAC = "time-integrated activity coefficient (MBq.h per MBq administered)"
_AREA = "time-integrated activity"
QUANTITIES: dict[str, Quantity] = {
    q.name: q
    for q in (
        Quantity("tiac_h", f"{_TIAC} of each voxel, h", 3600.0, False, True),
        Quantity("tiac_h_per_mL", f"{_TIAC} by volume, h/mL", 3600.0, True, True),
        Quantity("MBq_h", f"{_AREA} of each voxel, MBq.h", 3600.0, False, False),
        Quantity("MBq_h_per_mL", f"{_AREA} by volume, MBq.h/mL", 3600.0, True, False),
        Quantity("MBq_s", f"{_AREA} of each voxel, MBq.s", 1.0, False, False),
        Quantity("Bq_s", f"{_AREA} of each voxel, Bq.s (decays)", 1e-6, False, False),
        Quantity("Bq_s_per_mL", f"{_AREA} by volume, Bq.s/mL", 1e-6, True, False),
    )
}


def quantity(name: str) -> Quantity:
    """The quantity of a name.

    Raises
    ------
    DosimetryError : there is none of this name; the message has all.

    >>> quantity("tiac_h").dose_unit, quantity("Bq_s_per_mL").dose_unit
    ('mGy/MBq', 'Gy')
    """
    found = QUANTITIES.get(name)
    if found is None:
        known = "; ".join(f"{q.name}: {q.meaning}" for q in QUANTITIES.values())
        raise DosimetryError(f"quantity '{name}' is unknown; there are: {known}")
    return found
