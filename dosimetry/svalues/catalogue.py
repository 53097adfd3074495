"""S values of many nuclides in one body: all that ICRP 107 has, in one call, kept for the next one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import canonical_name, nuclide_names
from dosimetry.svalues.folding import library_of, s_arrays
from phantoms.errors import PhantomError
from phantoms.library.saf import SafLibrary


@dataclass(frozen=True)
class SCatalogue:
    """S values of N nuclides.

    library : the body, with the masses in force; its targets and sources are the axes' labels.
    nuclides : N names, in the order of the first axis.
    value : (N, T, S), mGy/(MBq.s).
    refused : nuclide -> why it has no S values: spontaneous fission, or a radiation that the body has no
        SAFs for.

    Examples
    --------
    >>> some = s_values_of_all("adult male", nuclides=["Zr-89", "Lu-177"])
    >>> some.value.shape[0], some.pair("liver", "liver").shape, some.refused
    (2, (2,), {})
    """

    library: SafLibrary
    nuclides: tuple[str, ...]
    value: NDArray[np.float64]
    refused: dict[str, str] = field(default_factory=dict)

    def pair(self, target: str, source: str) -> NDArray[np.float64]:
        """S(target <- source) of all nuclides, (N,), mGy/(MBq.s)."""
        t = self.library.targets.index(self.library.target(target))
        s = self.library.sources.index(self.library.source(source))
        return self.value[:, t, s]


#: The last catalogues that were made; one of all nuclides takes some 30 MB.
_KEPT: dict[tuple[int, tuple[str, ...], str], SCatalogue] = {}


def s_values_of_all(
    phantom: str | SafLibrary,
    *,
    nuclides: Sequence[str] | None = None,
    daughters: str = "none",
    masses: str | None = None,
    convention: str | None = None,
) -> SCatalogue:
    """S values of every pair of regions for many nuclides; by default all of ICRP 107.

    Parameters
    ----------
    nuclides : names in any spelling; None for all 1252. A nuclide that was asked for by name and has no S
        values is an error; among all of them it is left out, and :attr:`SCatalogue.refused` says why.
    phantom, daughters, masses, convention : as in :func:`dosimetry.s_values`.

    Raises
    ------
    DosimetryError, PhantomError : a nuclide that was asked for by name has no S values; an unknown phantom.

    Examples
    --------
    >>> some = s_values_of_all("adult male", nuclides=["Zr-89", "Lu-177"])
    >>> some.nuclides, bool(some.pair("kidneys", "liver")[0] > some.pair("kidneys", "liver")[1])
    (('Zr-89', 'Lu-177'), True)
    """
    library = library_of(phantom, masses, convention)
    names = nuclide_names() if nuclides is None else tuple(canonical_name(n) for n in nuclides)
    key = id(library), names, daughters
    if key not in _KEPT:
        if len(_KEPT) >= 4:
            _KEPT.clear()
        _KEPT[key] = _make(library, names, daughters, skip=nuclides is None)
    return _KEPT[key]


def _make(library: SafLibrary, names: tuple[str, ...], daughters: str, *, skip: bool) -> SCatalogue:
    refused: dict[str, str] = {}

    def each() -> Iterator[tuple[str, NDArray[np.float64]]]:
        for name in names:
            try:
                yield name, s_arrays(name, library, daughters=daughters).total
            except (DosimetryError, PhantomError) as error:
                if not skip:
                    raise
                refused[name] = str(error)

    made = dict(each())
    shape = (len(made), len(library.targets), len(library.sources))
    value = np.array(list(made.values())) if made else np.empty(shape)
    return SCatalogue(library, tuple(made), value, refused)
