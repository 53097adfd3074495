"""Outlines and recovery of [uncertainty]: what an organ's volume does to its activity and its mass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dosimetry.errors import DosimetryError
from dosimetry.imaging.activity import organ_activity_u
from dosimetry.imaging.fitting import fit_recovery
from dosimetry.imaging.outline_errors import OutlineErrors
from dosimetry.imaging.recovery import AnyRecovery, Recovery, SphereRecovery
from dosimetry.study.keys import outline_settings as keys
from dosimetry.study.uncertainty.facts import CONCENTRATIONS, Facts
from dosimetry.uncertainty.inputs import Bodies, Effect, Input, Shared, Unknown
from milligray.errors import Complaints, MilligrayError


def outline_inputs(
    outlines: Mapping[str, keys.Outline],
    recovery: keys.Recovery | None,
    facts: Facts,
    where: str,
    found: Complaints,
) -> tuple[list[Input], list[Unknown], list[str]]:
    """Inputs of the outlines of organs and of the recovery that they share, what is unknown, and notes.

    An outline's error is one of the counts in it, of the recovery that is read off at its volume, and of the
    mass where that comes from it, so that they are effects of one input (:func:`dosimetry.organ_activity_u`).
    """
    inputs: list[Input] = []
    unknown: list[Unknown] = []
    notes: list[str] = []
    if recovery is None or not outlines:
        lacking, path = recovery is None, "recovery"
        text = (
            "is missing: [uncertainty.outline] needs the recovery that counts were corrected by, e.g."
            " recovery = { b1_mL = 2.5, b2 = 0.7, covariance = [[0.09, 0.003], [0.003, 0.0016]],"
            ' source = "phantom" }, or recovery = "unknown"'
            if lacking
            else "acts on nothing without [uncertainty.outline]; take it out"
        )
        found.add(DosimetryError(f"{where}.{path} {text}"))
        return inputs, unknown, notes
    by_volume: AnyRecovery | None = None
    if recovery.unknown is not None:
        unknown.append(Unknown("recovery", recovery.unknown))
    else:
        with found.catching():
            try:
                by_volume = recovery_of(recovery)
            except MilligrayError as error:
                raise DosimetryError(*(f"{where}.recovery: {line}" for line in error.complaints)) from None
    shared: dict[str, list[Effect]] = {}
    for region, outline in outlines.items():
        organ = facts.organs[region]
        kinds = {u in CONCENTRATIONS for u in organ.units}
        if len(kinds) > 1:
            found.add(
                DosimetryError(
                    f"{where}.outline.{region}: curves are in {', '.join(organ.units)}, contents and"
                    " concentrations; an outline acts on each in another way: state quantification instead"
                )
            )
            continue
        if outline.mass_from_outline and not organ.measured_mass:
            found.add(
                DosimetryError(
                    f"{where}.outline.{region}.mass_from_outline is true, but no mass of it was measured"
                    ' (masses.organs = "measured" with a table); say false'
                )
            )
        made = organ_activity_u(
            outline.volume_mL,
            voxel_mm=outline.voxel_mm,
            fwhm_mm=outline.fwhm_mm,
            recovery=by_volume,
            observer_relative_u=(outline.observer_percent or 0.0) / 100.0,
            name=region,
        )
        notes += [f"uncertainty: {note}" for note in made.notes]
        if outline.observer is not None:
            unknown.append(Unknown(f"outline: {region}, observer", outline.observer.unknown or ""))
        concentration = kinds == {True}

        of_curve = OutlineErrors(
            quantity="concentration" if concentration else "activity",
            volume_mL=made.volume_mL,
            fwhm_mm=outline.fwhm_mm,
            u_volume=tuple(made.ln_mass.items()),
            recovery=by_volume,
        )
        of_volume = replace(of_curve, quantity="mass", recovery=None)
        for name, part in made.ln_activity.items():
            of_mass = made.ln_mass.get(name, 0.0)
            effect = Effect("curve", part - (of_mass if concentration else 0.0), region, of_curve, name)
            if name in made.ln_mass:
                # masses of own bodies are those of their own segmentation
                bodies: Bodies = "other" if facts.own_sources else "all"
                mass = (
                    (Effect("mass", of_mass, region, of_volume, name, bodies),)
                    if outline.mass_from_outline
                    else ()
                )
                if of_mass:
                    line = f"outline: {name.replace(': outline,', ',')}"
                    inputs.append(_input(line, (effect, *mass), "patient", outline.source))
            elif part:
                shared.setdefault(name, []).append(effect)
    inputs += [
        _input(name, tuple(effects), "everybody", recovery.source or "") for name, effects in shared.items()
    ]
    return inputs, unknown, notes


def _input(name: str, effects: tuple[Effect, ...], shared_by: Shared, source: str) -> Input:
    """An input of factors: log-normal ones of volumes, of a recovery's parameters, of a blur's width."""
    return Input(
        name=name,
        effects=effects,
        kind="B",
        distribution="log-normal",
        shared_by=shared_by,
        source=source,
    )


def recovery_of(said: keys.Recovery) -> AnyRecovery:
    """The recovery that is stated, by its parameters, its spheres, or the width of a blur."""
    if said.fwhm_mm is not None:
        assert said.u_fwhm_mm is not None
        return SphereRecovery(fwhm_mm=said.fwhm_mm, u_fwhm_mm=said.u_fwhm_mm)
    if said.measured is not None:
        assert said.volume_mL is not None and said.u_measured is not None
        return fit_recovery(said.volume_mL, said.measured, said.u_measured)
    assert said.b1_mL is not None and said.b2 is not None
    if said.covariance is not None:
        return Recovery(b1_mL=said.b1_mL, b2=said.b2, covariance=said.covariance)
    assert said.u_b1_mL is not None and said.u_b2 is not None and said.correlation is not None
    return Recovery.from_standard_errors(
        b1_mL=said.b1_mL, u_b1_mL=said.u_b1_mL, b2=said.b2, u_b2=said.u_b2, correlation=said.correlation
    )
