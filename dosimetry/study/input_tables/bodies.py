"""Which body stands for which patient of a study: a phantom by name, or a library by its path."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide, data_version
from dosimetry.patients.organ_masses import REFERENCE
from dosimetry.patients.patient import Patient
from dosimetry.study.input_tables.inputs import PatientTable
from dosimetry.study.results import ORIGIN, OWN_BODY_OF
from dosimetry.study.study_file import StudyFile
from dosimetry.svalues.folding import library_of
from dosimetry.svalues.one_spectrum import check_spectrum
from milligray.errors import Complaints
from phantoms.errors import PhantomError
from phantoms.library.installed import LibraryFile, find, named_body
from phantoms.library.saf import FILE_HASH, SafLibrary

#: Column of the patients' table.
OWN_BODY = "own_body"


def with_bodies(study: StudyFile, patients: PatientTable, n: Nuclide, found: Complaints) -> list[Patient]:
    """The patients whose body is there; of the others it is told what is wrong.

    A phantom has its own name from here on, whatever alias it was given by; a library has the path that was
    written, from the study's folder.

    Parameters
    ----------
    n : the study's nuclide, which a library must be made for.
    found : where mistakes go.
    """
    bodies: dict[str, str | DosimetryError | PhantomError] = {}
    known = []
    for patient in patients.patients:
        row = patients.rows[patient.name]
        if patient.phantom not in bodies:
            try:
                bodies[patient.phantom] = _body(patient.phantom, study, n)
            except (DosimetryError, PhantomError) as error:
                bodies[patient.phantom] = error
        body = bodies[patient.phantom]
        if isinstance(body, str):
            patient = replace(patient, phantom=body)
            if problem := _unclear(patient, row[OWN_BODY], study):
                patients.table.complain(row, OWN_BODY, problem)
            else:
                known.append(replace(patient, own_body=row[OWN_BODY] == "yes"))
        elif row["phantom"]:
            patients.table.complain(row, "phantom", str(body))
        else:
            found.add(DosimetryError(f"{study.path}: phantom.{patient.sex}: {body}"))
    return known


def _body(name: str, study: StudyFile, n: Nuclide) -> str:
    """The name that a body has in the study's results."""
    s = study.settings
    body = named_body(name, study.path.parent)
    if isinstance(body, LibraryFile) and not study.allow_outside:
        folder, file = os.path.realpath(study.path.parent), os.path.realpath(body.path)
        if os.path.commonpath([folder, file]) != folder:
            raise DosimetryError(
                f"{body} leads out of the study's folder; put the library there, or allow it: milligray run"
                " --allow-outside, or in Python load_study(..., allow_outside=True)"
            )
    library = library_of(body, convention=s.phantom.convention)
    check_spectrum(library, n, s.daughters)
    return body if isinstance(body, LibraryFile) else library.phantom


def _unclear(patient: Patient, own: str | None, study: StudyFile) -> str | None:
    """What is wrong with the word on whose body it is; None where nothing is."""
    s, file = study.settings, isinstance(patient.phantom, LibraryFile)
    if own == "yes" and not file:
        return (
            f"'yes', but '{patient.phantom}' is no patient's own body: name the file of a library in the"
            " column 'phantom', or leave this empty"
        )
    if own == "yes":
        return _not_own(patient, library_of(patient.phantom))
    if not file or own is not None:
        return None
    matters = []
    if s.masses is not None and s.masses.organs not in (None, REFERENCE):
        matters.append(f"masses.organs is '{s.masses.organs}', and an own body has the patient's masses")
    if s.uncertainty is not None:
        matters.append("[uncertainty] counts the difference between patient and phantom, unless it is none")
    if not matters:
        return None
    return (
        f"is missing for '{patient.phantom}': 'yes' if it was made of this patient's images, else 'no'"
        f" ({'; '.join(matters)})"
    )


def _not_own(patient: Patient, library: SafLibrary) -> str | None:
    """Why a body cannot be the patient's own; None where it can."""
    if {patient.sex, library.sex} == {"male", "female"}:
        return f"'yes', but '{patient.phantom}' is {library.sex} and the patient is {patient.sex}"
    if patient.absent:
        return (
            f"'yes': what the patient lacks ({', '.join(patient.absent)}) is not in such a body, and needs no"
            " word; leave 'absent' empty"
        )
    return None


def provenance(n: Nuclide, patients: Sequence[Patient], convention: str | None) -> dict[str, dict[str, str]]:
    """Where decay data and bodies come from, flat facts by what they are about."""
    facts = {"decay data": {"source": data_version(), "nuclide": n.name, "half-life h": f"{n.half_life_h:g}"}}
    for name in dict.fromkeys(p.phantom for p in patients):
        file = find(name)
        origin = "shipped with milligray" if file.shipped else "imported by the user"
        if file.given:
            own = [p.name for p in patients if p.phantom == name and p.own_body]
            origin = "given by its path" + (f"; {OWN_BODY_OF}{', '.join(own)}" if own else "")
        facts[f"phantom {name}"] = {
            **library_of(name, convention=convention).provenance,
            "file": file.path.name,
            "sha256": file.sha256,
            ORIGIN: origin,
        }
        facts[f"phantom {name}"].pop(FILE_HASH, None)  # the same as "sha256", which all bodies have
    return facts
