"""Hollow organs that a body has with their contents: which tissues take them, what is lent, what is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from patient_body import LESION, patient_library

from dosimetry import absorbed_dose, effective_dose, with_regions_of
from phantoms.errors import PhantomError
from phantoms.library.hollow import HOLLOW, hollow_fact, whole_organ_of, whole_organs
from phantoms.library.installed import load_phantom
from phantoms.library.locality import MARROW_IN
from phantoms.library.saf import REFERENCE_LEFT_OUT, REFERENCE_STAND_INS, SafLibrary, SafTable

#: Region of the shipped body -> the whole organ that a segmented image shows in its place.
AS_ONE = {"heart contents": "heart", "heart wall": "heart", "stomach wall": "stomach",
          "stomach contents": "stomach", "urinary bladder wall": "urinary bladder",
          "urinary bladder contents": "urinary bladder", "gallbladder wall": "gallbladder",
          "gallbladder contents": "gallbladder", "upper large intestine wall": "colon",
          "upper large intestine contents": "colon"}  # fmt: skip
GONE = (
    "stomach contents", "urinary bladder contents", "gallbladder contents", "heart wall",
    "upper large intestine contents", "lower large intestine contents", "lower large intestine wall",
)  # fmt: skip
TIAC = {"liver": 11.0, "heart": 3.4, "remainder": 60.0}


def _segmented(missing: tuple[str, ...] = ("thymus", "thyroid")) -> SafLibrary:
    """The test body with whole organs in place of walls; as a source the heart is what its contents were."""
    body = patient_library(missing=missing)
    s = [x for x in body.sources if x not in GONE and not (x.endswith(" wall"))]
    t = [x for x in body.targets if x not in ("lower large intestine wall",)]
    rows, columns = [body.targets.index(x) for x in t], [body.sources.index(x) for x in s]
    pick = np.ix_(rows, columns)

    def taken(table: SafTable) -> SafTable:
        error = None if table.relative_se is None else table.relative_se[pick]
        return SafTable(table.energy_MeV, table.saf_per_kg[pick], error, None)

    return replace(
        body,
        targets=tuple(AS_ONE.get(x, x) for x in t),
        sources=tuple(AS_ONE.get(x, x) for x in s),
        target_mass_kg={AS_ONE.get(x, x): body.target_mass_kg[x] for x in t},
        source_mass_kg={AS_ONE.get(x, x): body.source_mass_kg[x] for x in s},
        tables={kind: taken(table) for kind, table in body.tables.items()},
        provenance={**body.provenance, HOLLOW: hollow_fact(["colon", "heart"])},
    )


def test_tissues_that_are_taken_from_a_whole_organ_are_named() -> None:
    doses = absorbed_dose(TIAC, "Zr-89", _segmented(missing=()))
    e = effective_dose(doses, "ICRP 103")
    taken = e.to_frame()["from"]
    assert (taken["stomach"], taken["remainder: gallbladder"]) == ("stomach", "gallbladder")
    named, _, said = e.note.rpartition("; ")[2].partition(" with ")
    assert set(named.split(", ")) == {"stomach", "urinary bladder", "gallbladder", "colon", "heart"}
    assert said == "contents in place of the wall"
    assert "heart" not in effective_dose(doses, "ICRP 60").note
    assert any(note.startswith("Wall and contents are one region: ") for note in doses.notes)
    man = absorbed_dose({"liver": 11.0}, "Zr-89", "adult male")
    assert effective_dose(man).note == "" and not any("Wall and contents" in note for note in man.notes)


def test_walls_and_contents_of_what_the_body_has_as_one_are_not_lent() -> None:
    body = _segmented()
    whole = with_regions_of(body, "adult male", stand_ins={LESION: "liver"}, others="muscle")
    assert set(whole.targets) - set(body.targets) == {"thymus", "thyroid"}
    assert set(whole.sources) - set(body.sources) == {"thymus", "thyroid"}
    told = whole.provenance[REFERENCE_LEFT_OUT]
    assert "heart wall: the body has it in 'heart', wall and contents as one" in told
    assert "upper large intestine wall: the body has it in 'colon'" in told
    # a lent wall would have had no electrons of the patient's own heart
    assert "heart wall" not in absorbed_dose(TIAC, "Zr-89", whole)
    with pytest.raises(PhantomError, match="'heart wall' cannot be taken: the body has it in 'heart', wall"):
        with_regions_of(body, "adult male", targets=["heart wall"], others="muscle")


def test_a_stand_in_that_is_a_source_alone_is_told_beside_the_targets() -> None:
    given = {LESION: "liver", "heart": "heart contents"}
    told = with_regions_of(_segmented(), "adult male", stand_ins=given, others="muscle").provenance
    assert "heart contents (as source), muscle (as target) for heart" in told[REFERENCE_STAND_INS]


def test_walls_of_their_own_are_no_whole_organs() -> None:
    for name in ("adult male", "adult female"):
        assert whole_organs(load_phantom(name).targets, {}) == ()
    icrp = ("colon", "stomach wall", "RC-stem", "urinary bladder wall", "myocardium", "small intestine")
    assert whole_organs(icrp, {}) == ()
    listed = ("urinary bladder wall", "UB-cont", "RC-stem", "lower large intestine contents", "liver")
    whole = ("bladder", "colon")
    assert [whole_organ_of(x, whole) for x in listed] == ["bladder", "", "colon", "colon", ""]


def test_a_part_of_the_marrow_is_said_with_the_doses() -> None:
    body = replace(
        patient_library(),
        provenance={"red marrow in the image": "55.9 % of it; as target and source it is that part"},
    )
    notes = absorbed_dose({"red marrow": 4.5}, "Zr-89", body).notes
    assert "In the image: red marrow 55.9 % of it; a TIAC of such a source is that of this part." in notes


def test_bones_beside_their_marrow_are_said() -> None:
    body = patient_library()
    body = replace(body, provenance={MARROW_IN: f"{LESION}; left hip bone"})
    notes = absorbed_dose({"red marrow": 4.5, LESION: 0.5}, "Zr-89", body).notes
    assert any(note.startswith(f"Red marrow lies in {LESION} too: ") for note in notes)
    for apart in ({"red marrow": 4.5, "liver": 1.0}, {LESION: 0.5}):
        assert not any("Red marrow lies" in note for note in absorbed_dose(apart, "Zr-89", body).notes)
