"""ICRP 134, injected 89Zr: transfer rates -> TIACs -> ICRP 133 SAFs -> organ doses and effective dose.

Also 177Lu self-S values of OpenDose (www.opendose.org; ICRP 110 voxels, masses without blood). The published
values stand in validation/cases; what takes the SAFs of ICRP 133 is skipped without them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from validation.layers import zirconium

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"

ORGAN_LIMIT = 0.04
EFFECTIVE_LIMIT = 0.01

#: Organs that differ from ICRP 134 in the last printed digit (docs/icrp133.md says by how much).
OTHER_DIGIT = {("Stomach", "male"), ("Stomach", "female"), ("Thyroid", "female"), ("Adrenals", "female")}


@pytest.fixture(scope="module")
def adults():
    if not (DATA / "icrp133").is_dir():
        pytest.skip(
            "not shown: organ doses and effective dose of injected 89Zr (ICRP 134), 177Lu self-S of OpenDose,"
            f" docs/icrp133.md: ICRP adults (no ICRP 133 files in {DATA})"
        )
    from phantoms.library.icrp133.libraries import libraries
    from phantoms.library.importing import supplement_files

    return libraries(supplement_files(DATA / "icrp133" / "revised"), "revised")


@pytest.fixture(scope="module")
def kinetics():
    ref = zirconium.read_reference()
    return ref, zirconium.region_tiac_h(ref)


@pytest.fixture(scope="module")
def result(adults, kinetics):
    return *kinetics, *zirconium.compare(*kinetics, adults)


def test_tiacs_are_those_of_a_second_method(kinetics) -> None:
    """The time-integrals by stepping the differential equations against the model's linear solve."""
    import numpy as np
    from scipy.integrate import solve_ivp

    ref, tiac = kinetics
    names = (*ref.compartments, *zirconium.OUTSIDE)
    decay = np.log(2.0) / ref.half_life_h * 24.0
    flow = np.zeros((len(names), len(names)))
    for (a, b), rate in ref.rate_per_d.items():
        flow[names.index(b), names.index(a)] += rate
        flow[names.index(a), names.index(a)] -= rate
    start = np.zeros(2 * len(names))
    start[names.index("Blood1")] = 1.0

    def change(_: float, y):
        x = y[: len(names)]
        return np.concatenate([flow @ x - decay * x, x])

    end = solve_ivp(change, (0.0, 120.0), start, method="LSODA", rtol=1e-10, atol=1e-13).y[len(names) :, -1]
    assert end.sum() == pytest.approx(1.0 / decay, rel=1e-6)  # nothing is lost
    stepped = dict(zip(names, 24.0 * end, strict=True))
    for region, parts in zirconium.REGIONS.items():
        assert tiac[region] == pytest.approx(sum(stepped[p] for p in parts), rel=1e-6), region


def test_published_retention_to_every_printed_digit(kinetics) -> None:
    """Whole body; skeleton and liver with the blood in them (7 % and 10 % of all blood, ICRP 89)."""
    ref = kinetics[0]
    assert len(ref.retention) == 9
    for days, published in ref.retention.items():
        ours = zirconium.retained(ref, days)
        assert tuple(float(f"{v:.1e}") for v in ours.values()) == published, f"{days} d"


def test_tiacs_of_an_independent_trial(kinetics) -> None:
    """Solved once before by another program (shared/data/icrp_oir_zr)."""
    tiac = kinetics[1]
    trial = {"Blood": 38.78, "C-bone-S": 17.27, "T-bone-S": 17.22, "Other": 30.58, "Liver": 2.492}
    for region, hours in trial.items():
        assert tiac[region] == pytest.approx(hours, rel=2e-4)


def test_every_organ_within_four_percent(result) -> None:
    ref, _, rows, _ = result
    assert len(ref.coefficient) == 29 and len(rows) == 54
    assert {f"{r.organ} {r.sex}": round(r.deviation, 3) for r in rows if abs(r.deviation) > ORGAN_LIMIT} == {}
    assert {(r.organ, r.sex) for r in rows if not r.same_digits} == OTHER_DIGIT


def test_effective_dose_within_one_percent(result) -> None:
    ref, _, _, ours = result
    assert ours == pytest.approx(ref.effective_mSv_per_MBq, rel=EFFECTIVE_LIMIT)


def test_every_icrp103_tissue_has_a_dose_of_its_own(result, adults) -> None:
    """No tissue of ICRP 103 is taken from a stand-in on the ICRP phantoms."""
    from dosimetry import effective_dose
    from dosimetry.doses.absorbed import absorbed_dose

    tiac = result[1]
    pair = tuple(absorbed_dose(tiac, "Zr-89", adults[sex]) for sex in ("male", "female"))
    table = effective_dose(pair, "ICRP 103").to_frame()
    assert list(table.loc[table["stand_in"] != "", "stand_in"]) == []
    assert table["weight"].sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("sex", "organ", "s_mGy_per_MBq_s"),
    [
        ("male", "liver", 1.3713e-5),
        ("male", "spleen", 1.5967e-4),
        ("female", "liver", 1.7533e-5),
        ("female", "spleen", 1.8361e-4),
    ],
)
def test_opendose_self_s_of_177lu_on_masses_without_blood(adults, sex, organ, s_mGy_per_MBq_s) -> None:
    from dosimetry.svalues.folding import s_values
    from phantoms.library.target_masses import with_masses

    s = s_values("Lu-177", with_masses(adults[sex], "ICRP 89"))
    assert s.loc[organ, organ] == pytest.approx(s_mGy_per_MBq_s, rel=0.03)
    assert s.attrs["phantom masses"] == "ICRP 89"


@pytest.mark.parametrize("sex", ["male", "female"])
@pytest.mark.parametrize("masses", ["ICRP 133", "ICRP 89"])
def test_the_reference_masses_change_no_dose(adults, sex, masses) -> None:
    """A wall has its own mass, not its layer's (the stomach's: 0.6 g of 150 g); an organ has its blood."""
    from dosimetry.doses.absorbed import absorbed_dose
    from dosimetry.svalues.patient_masses import reference_kg
    from phantoms.library.target_masses import with_masses

    library = with_masses(adults[sex], masses)
    walls = (
        {"stomach wall": 0.15, "RC-wall": 0.15} if sex == "male" else {"stomach wall": 0.14, "RC-wall": 0.145}
    )
    organs = ("liver", "lungs", "stomach contents", "kidneys")
    known = {**walls, **{r: reference_kg(library, r) for r in organs}}
    if masses == "ICRP 133" and sex == "male":
        assert known["liver"] == 2.36
    tiac = {**dict.fromkeys(known, 1.0), "remainder": 10.0}
    body = {"male": 73.0, "female": 60.0}[sex]
    plain = absorbed_dose(tiac, "Ac-225", library, daughters="equilibrium")
    for given in (
        {"organ_mass_kg": known},
        {"body_mass_kg": body},
        {"organ_mass_kg": known, "body_mass_kg": body},
    ):
        scaled = absorbed_dose(tiac, "Ac-225", library, daughters="equilibrium", **given)
        assert dict(scaled) == pytest.approx(dict(plain), rel=2e-3), given


def test_remainder_is_the_mean_by_mass_of_what_is_not_named(adults) -> None:
    from dosimetry.doses.absorbed import absorbed_dose

    library = adults["female"]
    left = [r for r in library.conventions.remainder_sources if r not in ("liver", "Lung-Tis")]
    mass = {r: library.source_mass_kg[r] for r in left}
    parts = {r: 10.0 * m / sum(mass.values()) for r, m in mass.items()}
    named = {"liver": 2.0, "lungs": 1.0}
    direct = absorbed_dose({**named, **parts}, "Cu-64", library)
    remainder = absorbed_dose({**named, "remainder": 10.0}, "Cu-64", library)
    assert dict(remainder) == pytest.approx(dict(direct), rel=1e-9)


def test_the_tables_of_the_docs_are_those_of_this_run(adults) -> None:
    """docs/icrp133.md was written by validation/pages/icrp133_tables.py from this code."""
    from validation.pages import icrp133_tables as tables
    from validation.report.markdown import spliced

    text = tables.DOC.read_text(encoding="utf-8")
    again = spliced(text, tables.all_tables(adults), str(tables.DOC))
    assert again == text, "run: python -m validation.pages.icrp133_tables"
