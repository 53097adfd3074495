"""The bladder's wall in a biokinetic model whose file has the contents' volume and the flow of urine."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dosimetry.bladder.method import BLADDER
from dosimetry.bladder.volume import BladderVolume
from dosimetry.bladder.wall import WallDose, wall_dose
from dosimetry.errors import DosimetryError
from kinetics.compartments.given import ModelFile
from kinetics.compartments.inflow_of import inflow_into
from kinetics.errors import KineticsError
from kinetics.excretion.voided import Contents
from phantoms.library.saf import SafLibrary

#: A period ends before the contents are gone where it has less of their decays by this share.
GONE = 1e-3


def wall_of(
    given: ModelFile,
    nuclide: str,
    sources: Mapping[str, Mapping[str, float]],
    library: SafLibrary,
    until_h: float = math.inf,
) -> WallDose | None:
    """Dose of the wall from contents that grow (:mod:`dosimetry.bladder.wall`); None: not asked for.

    Parameters
    ----------
    given : the model; its emptyings have volumes.
    nuclide : what is in it.
    sources : compartment -> {source region: share}.
    library : the body.
    until_h : end of the commitment period, h.

    Raises
    ------
    DosimetryError : a decay chain; volumes of what isn't the bladder; an inflow that is no such
        sum; a period that ends before the contents are gone.
    """
    if not given.volumes:
        return None
    (name, (after_void_mL, flow_mL_per_h)), *more = given.volumes.items()
    where = f"emptying.{name}.volume_mL"
    if more or sources[name] != {BLADDER: 1.0}:
        raise DosimetryError(f"{where}: one volume can grow, of what has the source region '{BLADDER}'")
    if given.chain is not None:
        raise DosimetryError(
            f"{where}: the wall of a bladder that grows is calculated for one nuclide, not a chain"
        )
    if given.model.tiac_h(until_h)[name] < (1 - GONE) * given.model.tiac_h()[name]:
        raise DosimetryError(
            f"{where}: the wall of a bladder that grows is calculated for all time; the period ends before"
        )
    try:
        contents = Contents(
            inflow_into(given.model, name), given.model.emptyings[name][1], given.model.lambda_phys_per_h
        )
    except KineticsError as error:
        raise DosimetryError(*(f"{where}: {one}" for one in error.complaints)) from None
    volume = BladderVolume(after_void_mL=after_void_mL, flow_mL_per_h=flow_mL_per_h)
    return wall_dose(contents, volume, nuclide, library)
