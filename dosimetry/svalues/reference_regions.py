"""A patient's library with what it lacks from a reference body, by the emissions that it was made for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dosimetry.svalues.folding import library_of, spectra_for
from dosimetry.svalues.one_spectrum import spectrum_of
from phantoms.library.reference_regions import with_reference_regions
from phantoms.library.saf import SafLibrary


def with_regions_of(
    phantom: str | SafLibrary,
    reference: str | SafLibrary,
    *,
    targets: Sequence[str] | None = None,
    sources: Sequence[str] | None = None,
    stand_ins: Mapping[str, str] | None = None,
    others: str | None = None,
) -> SafLibrary:
    """A patient's library with the regions that it lacks from a reference body, marked as such.

    It is :func:`phantoms.with_reference_regions`, where libraries are named, and where one that was made for
    a nuclide gets the reference's SAFs as means over that nuclide's emissions.

    Parameters
    ----------
    phantom : the patient's library, or its path.
    reference : the reference body, e.g. "adult female".
    targets, sources, stand_ins, others : as in :func:`phantoms.with_reference_regions`.

    Raises
    ------
    PhantomError : as :func:`phantoms.with_reference_regions`; an unknown phantom.
    DosimetryError : the library was made for a spectrum that is no nuclide's.

    Examples
    --------
    >>> man = with_regions_of("adult male", "adult male")  # which lacks nothing
    >>> "reference body" in man.provenance
    False
    """
    library, body = library_of(phantom), library_of(reference)
    emitted = None
    if library.spectrum:
        name, daughters = spectrum_of(library)
        emitted = {
            kind: (part.energy_MeV, part.energy_per_decay_MeV)
            for kind, part in spectra_for(library, name, daughters).items()
        }
    return with_reference_regions(
        library, body, targets=targets, sources=sources, stand_ins=stand_ins, others=others, spectra=emitted
    )
