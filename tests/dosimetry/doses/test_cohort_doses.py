"""Doses of many patients at once: the bits of one by one, sums by hand, weights by a second way."""

import math
from dataclasses import replace

import numpy as np
import pytest
from toy_body import make_library

import dosimetry.doses.cohort as cohort
from dosimetry import DosimetryError, absorbed_dose
from dosimetry.doses.cohort import Given, absorbed_doses, effective_doses
from dosimetry.doses.effective import tissue_doses
from phantoms.library.conventions import Conventions
from phantoms.library.installed import load_phantom

SOURCES = ("liver", "kidneys", "spleen", "red marrow", "heart contents", "remainder")


def patients(n, *, seed=7, masses=False, errors=True):
    """Patients with TIACs of their own, every third one without the spleen's."""
    rng, found = np.random.default_rng(seed), []
    for i in range(n):
        named = [s for s in SOURCES if i % 3 or s != "spleen"]
        tiac = dict(zip(named, rng.uniform(0.5, 18.0, len(named)), strict=True))
        parts = rng.normal(size=(len(named), 3)) if errors else None
        organ = {"liver": rng.uniform(1.0, 2.5)} if masses and i % 2 else {}
        body = rng.uniform(50, 100) if masses and i % 4 else None
        found.append(Given(tiac, parts, organ, body, f"P{i}"))
    return found


def same_bits(a, b):
    return (
        all(np.array_equal(a.part_mGy_per_MBq[k], b.part_mGy_per_MBq[k]) for k in a.part_mGy_per_MBq)
        and np.array_equal(a.se_from_saf_mGy_per_MBq, b.se_from_saf_mGy_per_MBq)
        and np.array_equal(a.tiac_error_mGy_per_MBq, b.tiac_error_mGy_per_MBq)
        and (a.notes, a.missing, a.provenance) == (b.notes, b.missing, b.provenance)
    )


@pytest.fixture(scope="module")
def combined():
    """The toy body with a region that is combined of two others, so that it follows their masses."""
    library = make_library()
    return replace(
        library, conventions=Conventions(combined={"stomach wall": {"liver": 0.4, "kidneys": 0.6}})
    )


@pytest.mark.parametrize("nuclide", ["Zr-89", "Ac-225"])
@pytest.mark.parametrize("masses", [False, True])
def test_a_cohort_has_the_bits_of_its_patients(masses, nuclide, monkeypatch):
    body, given = load_phantom("adult male"), patients(17, masses=masses)
    together = absorbed_doses(given, nuclide, body)
    assert all(
        same_bits(absorbed_doses([g], nuclide, body)[0], d) for g, d in zip(given, together, strict=True)
    )
    monkeypatch.setattr(cohort, "TOGETHER", 3)
    assert all(map(same_bits, together, absorbed_doses(given, nuclide, body)))


def test_combined_targets_follow_in_a_cohort_as_alone(combined):
    given = [Given({"liver": 3.0 + i}, None, {"liver": 1.0 + 0.5 * i} if i else {}) for i in range(4)]
    for one, found in zip(given, absorbed_doses(given, "Y-90", combined), strict=True):
        alone = absorbed_dose(one.tiac_h, "Y-90", combined, organ_mass_kg=one.organ_mass_kg)
        np.testing.assert_array_equal(found.total_mGy_per_MBq, alone.total_mGy_per_MBq)
        if one.organ_mass_kg:
            # self-dose of photons by (reference / mass)^(2/3); the stomach's follows its parts
            reference = absorbed_dose(one.tiac_h, "Y-90", combined).part_mGy_per_MBq["photon"]
            ours = found.part_mGy_per_MBq["photon"]
            kidneys, liver, stomach = (
                combined.targets.index(t) for t in ("kidneys", "liver", "stomach wall")
            )
            factor = (1.9 / one.organ_mass_kg["liver"]) ** (2 / 3)
            assert ours[liver] == pytest.approx(factor * reference[liver])
            before = 0.4 * reference[liver] + 0.6 * reference[kidneys]
            after = 0.4 * ours[liver] + 0.6 * ours[kidneys]
            assert after != pytest.approx(before)
            assert ours[stomach] == pytest.approx(reference[stomach] * after / before)


def test_errors_by_parts_are_those_of_the_covariance():
    """What measurements have in common comes to the same by signed parts and by their covariance."""
    import pandas as pd

    (given,) = patients(1)
    (by_parts,) = absorbed_doses([given], "Zr-89", "adult male")
    names = list(given.tiac_h)
    covariance = pd.DataFrame(given.error_h @ given.error_h.T, index=names, columns=names)
    by_covariance = absorbed_dose(given.tiac_h, "Zr-89", "adult male", tiac_covariance_h2=covariance)
    np.testing.assert_allclose(
        by_parts.covariance_mGy2_per_MBq2, by_covariance.covariance_mGy2_per_MBq2, rtol=1e-9
    )


@pytest.mark.parametrize("weights", ["ICRP 60", "ICRP 103", "ICRP 26", "ICRP 60 OLINDA/EXM 1.x"])
def test_effective_doses_are_the_tables_of_each(weights):
    """Against the sum of each one's table, and the standard error by moving the doses a little.

    Red marrow alone and spleen alone make remainder tissues overtake named ones: the split rule bends there.
    """
    body = load_phantom("adult male")
    lone = [Given({s: 10.0}, np.array([[0.5]])) for s in ("spleen", "red marrow", "kidneys", "lungs")]
    doses = absorbed_doses([*patients(6), *lone], "Lu-177", body)
    value, se = effective_doses(doses, weights)
    for d, e, error in zip(doses, value, se, strict=True):
        rows = tissue_doses(d, weights)
        assert e == pytest.approx(
            math.fsum(r.weight * r.equivalent_dose_mSv_per_MBq for r in rows), rel=1e-12
        )
        assert math.fsum(r.weight for r in rows) == pytest.approx(1.0)
        changes = []
        for source in d.tiac_error_mGy_per_MBq:
            ends = []
            for sign in (1, -1):
                moved = {
                    k: p + sign * 1e-6 * c
                    for (k, p), c in zip(d.part_mGy_per_MBq.items(), source, strict=True)
                }
                if any((m < 0).any() for m in moved.values()):
                    moved = {k: np.maximum(m, 0) for k, m in moved.items()}
                ends.append(effective_doses([replace(d, part_mGy_per_MBq=moved)], weights)[0][0])
            changes.append((ends[0] - ends[1]) / 2e-6)
        assert error == pytest.approx(math.hypot(*changes), rel=1e-5)
    assert np.isnan(
        effective_doses(absorbed_doses(patients(1, errors=False), "Zr-89", body), weights)[1]
    ).all()


def test_an_error_names_the_patient():
    given = [Given({"liver": 1.0}, name="P01"), Given({"liver": -1.0}, name="P02")]
    with pytest.raises(DosimetryError, match=r"^patient 'P02': TIAC of 'liver' is -1 h"):
        absorbed_doses(given, "Zr-89", "adult male")
    with pytest.raises(DosimetryError, match=r"^patient 'P03': no TIACs were given"):
        absorbed_doses([Given({}, name="P03")], "Zr-89", "adult male")
    heavy = Given({"liver": 1.0, "remainder": 9.0}, None, {"liver": 60.0}, 50.0, "P04")
    with pytest.raises(DosimetryError, match=r"^patient 'P04': the masses of liver are 60 kg together"):
        absorbed_doses([heavy], "Zr-89", "adult male")
    assert absorbed_doses([], "Zr-89", "adult male") == []
