"""Doses in a patient's own library: sides, lesions, sums, the remainder, tissues that are missing."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from patient_body import LEFT, LESION, LESION_KG, RIGHT, for_nuclide, patient_library

from dosimetry import DosimetryError, absorbed_dose, doses_in_bodies, effective_dose, read_doses, s_values
from dosimetry.commands import app as cli
from dosimetry.svalues.folding import s_arrays
from dosimetry.svalues.remainder import remainder_of
from phantoms.library.installed import load_phantom
from phantoms.library.locality import parts_of

TIAC = {"liver": 11.0, LEFT: 2.0, RIGHT: 1.5, LESION: 0.5, "remainder": 60.0}


def test_kidneys_by_their_sides_are_the_kidneys() -> None:
    body, man = patient_library(), load_phantom("adult male")
    one = absorbed_dose({"kidneys": 4.0, "liver": 3.0}, "Zr-89", body)
    two = absorbed_dose({LEFT: 2.0, RIGHT: 2.0, "liver": 3.0}, "Zr-89", body)
    theirs = absorbed_dose({"kidneys": 4.0, "liver": 3.0}, "Zr-89", man)
    for target in set(body.targets) & set(man.targets):
        assert one[target] == pytest.approx(two[target], rel=1e-12)
        assert one[target] == pytest.approx(theirs[target], rel=1e-12)
    # the mean of a pair is of its sides by mass
    assert one["kidneys"] == pytest.approx((one[LEFT] + one[RIGHT]) / 2, rel=1e-12)
    assert (
        absorbed_dose({LEFT: 2.0}, "Zr-89", body)[LEFT] > 5 * absorbed_dose({RIGHT: 2.0}, "Zr-89", body)[LEFT]
    )


def test_one_side_alone_leaves_the_other_in_the_remainder() -> None:
    body = patient_library()
    rest, both = remainder_of(body, ["liver", LEFT]), remainder_of(body, ["liver", "kidneys"])
    assert rest.mass_kg == pytest.approx(both.mass_kg + body.source_mass_kg[RIGHT], rel=1e-12)
    assert rest.share.sum() == pytest.approx(1.0)
    dose = absorbed_dose({LEFT: 2.0, "remainder": 60.0}, "Zr-89", body)
    assert 0.0 < dose[RIGHT] < dose[LEFT]


@pytest.mark.parametrize("given", [("kidneys", LEFT), (RIGHT, "kidneys")])
def test_a_part_beside_its_sum_counts_twice(given: tuple[str, str]) -> None:
    with pytest.raises(DosimetryError, match="'kidneys' is the sum of left kidney, right kidney, so"):
        absorbed_dose(dict.fromkeys(given, 1.0), "Zr-89", patient_library())


def test_parts_of_sums() -> None:
    body = patient_library()
    assert parts_of(body, "kidneys") == {LEFT, RIGHT} and parts_of(body, LEFT) == {LEFT}
    man = load_phantom("adult male")
    assert parts_of(man, "kidneys") == {"kidneys"}


def test_a_lesion_is_a_region_like_any_other() -> None:
    body = patient_library()
    s = s_values("Zr-89", body)
    dose = absorbed_dose({LESION: 0.5, "liver": 11.0}, "Zr-89", body)
    expected = 3600.0 * (0.5 * s.loc[LESION, LESION] + 11.0 * s.loc[LESION, "liver"])
    assert dose["Lesion-1"] == pytest.approx(expected, rel=1e-12)
    alone = absorbed_dose({LESION: 0.5}, "Zr-89", body)
    assert alone["liver"] > alone["brain"] > 0.0
    per_s = 1.602176634e-13 * 1e9 / LESION_KG  # mGy per MBq.s of 1 MeV that stays
    y90 = absorbed_dose({LESION: 1.0}, "Y-90", body)[LESION]
    assert y90 == pytest.approx(3600.0 * per_s * 0.9331, rel=0.002)  # mean beta energy, MeV (ICRP 107)
    # a tumour is no tissue of the effective dose, but what it gives to tissues is in it
    complete = patient_library(missing=())
    tissues = absorbed_dose(TIAC, "Zr-89", complete).effective("ICRP 103").tissues
    assert not any(LESION in t.regions for t in tissues)
    without = {k: v for k, v in TIAC.items() if k != LESION}
    assert float(absorbed_dose(TIAC, "Zr-89", complete).effective("ICRP 103")) > float(
        absorbed_dose(without, "Zr-89", complete).effective("ICRP 103")
    )


def test_statistics_of_the_library_are_in_the_doses() -> None:
    body = patient_library()
    dose, s = absorbed_dose({"liver": 2.0}, "Zr-89", body), s_arrays("Zr-89", body)
    assert s.variance is not None and dose.se_from_saf_mGy_per_MBq is not None
    j = body.sources.index("liver")
    expected = 7200.0 * np.sqrt(s.variance["photon"][:, j])
    np.testing.assert_allclose(dose.se_from_saf_mGy_per_MBq, expected, rtol=1e-12)
    one = absorbed_dose({"liver": 2.0}, "Zr-89", for_nuclide(body, "Zr-89"))
    assert one.se_from_saf_mGy_per_MBq is not None
    np.testing.assert_allclose(one.se_from_saf_mGy_per_MBq, expected, rtol=1e-5)


def test_a_missing_tissue_leaves_the_effective_dose_missing() -> None:
    dose = absorbed_dose(TIAC, "Zr-89", patient_library())
    with pytest.raises(
        DosimetryError,
        match=r"effective dose by ICRP 103 needs doses for 5 .*: breast \(breasts\); gonads .*; adrenals",
    ):
        effective_dose(dose, "ICRP 103")
    both = doses_in_bodies({"liver": 11.0}, "Zr-89", {"patient": patient_library(), "man": "adult male"})
    e = both.effective("ICRP 60")
    assert np.isnan(float(e["patient"])) and "thymus" in e["patient"].lacking
    assert str(e["patient"]).startswith(
        "effective dose (ICRP 60, patient): not given: effective dose by ICRP 60"
    )
    assert float(e["man"]) > 0.0 and not e["man"].lacking
    assert set(both.lacking) == {(w, "patient") for w in (
        "ICRP 60", "ICRP 103", "ICRP 26", "ICRP 60 OLINDA/EXM 1.x")}  # fmt: skip
    frame = both.effective_frame()
    assert frame.loc[frame["body"] == "patient", "effective_dose_mSv_per_MBq"].isna().all()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    patient_library().save(tmp_path / "patient.h5")
    for_nuclide(patient_library(), "Zr-89").save(tmp_path / "zr.h5")
    rows = "\n".join(f"{source},{h}" for source, h in TIAC.items())
    (tmp_path / "tiac.csv").write_text(f"source,tiac_h\n{rows}\n")
    return tmp_path


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        cli.main(words)
    told = capsys.readouterr()
    return int(end.value.code or 0), told.out, told.err


def test_the_command_takes_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("dose", "--nuclide", "Zr-89", "--tiac", "tiac.csv", "--phantom")
    status, out, _ = _run(capsys, *words, "patient.h5", "--json")
    told = json.loads(out)
    assert status == 0 and {LESION, "kidneys"} <= {row["target"] for row in told["doses"]}
    assert told["provenance"]["phantom file"] == "patient.h5"
    assert len(told["provenance"]["phantom file sha256"]) == 64
    assert all(e["effective_dose_mSv_per_MBq"] is None for e in told["effective_doses"])
    assert all("thymus" in e["missing"] for e in told["effective_doses"])
    status, out, _ = _run(capsys, *words, "patient.h5", "--activity-MBq", "70")
    assert status == 0 and out.count("not given") == 4 and "Not given: effective dose by ICRP 60 needs" in out
    status, _, _ = _run(capsys, *words, "patient.h5", "--csv", "doses.csv", "--activity-MBq", "70")
    assert status == 0 and read_doses("doses.csv")[LESION] > 0.0
    status, out, _ = _run(capsys, "svalues", "Zr-89", "--phantom", "zr.h5")
    assert status == 0 and LESION in out
    status, out, err = _run(capsys, "svalues", "Lu-177", "--phantom", "zr.h5")
    assert (status, out) == (2, "") and "zr.h5 was made for Zr-89 alone" in err and err.count("\n") == 1
    status, out, _ = _run(capsys, "phantoms", "show", "zr.h5")
    assert status == 0 and "Zr-89 alone; any other nuclide is refused" in out
    status, _, err = _run(capsys, *words, "nobody.h5")
    assert status == 2 and "nobody.h5: there is no such file" in err and err.count("\n") == 1


def test_a_body_of_images_has_its_own_masses(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with h5py.File("patient.h5", "r+") as f:
        f.create_group("voxels")
    words = (
        "dose",
        "--nuclide",
        "Zr-89",
        "--tiac",
        "tiac.csv",
        "--phantom",
        "patient.h5",
        "--body-mass-kg",
        "80",
    )
    status, _, err = _run(capsys, *words)
    assert status == 2 and "--body-mass-kg: patient.h5 was made of images" in err


def test_the_command_completes_a_library(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("phantoms", "complete", "zr.h5", "--reference", "adult male", "--out", "full.h5")
    status, _, err = _run(capsys, *words)
    assert status == 2 and "no counterpart of lesion 1" in err and not Path("full.h5").exists()
    status, _, err = _run(capsys, *words, "--stand-in", "lesion 1")
    assert status == 2 and "REGION=REGION is needed" in err
    status, out, _ = _run(capsys, *words, "--stand-in", "lesion 1 = liver")
    assert status == 0 and "doses to adrenals, breasts, testes, thymus" in out
    assert "not taken: ovaries: no organ of a male body" in out
    words = ("dose", "--nuclide", "Zr-89", "--tiac", "tiac.csv", "--phantom", "full.h5")
    status, out, _ = _run(capsys, *words, "--json")
    told = json.loads(out)
    lent = {row["target"] for row in told["doses"] if row.get("of_reference_body") == "adult male"}
    assert lent == {"adrenals", "breasts", "testes", "thymus"}
    assert all(e["effective_dose_mSv_per_MBq"] > 0.0 for e in told["effective_doses"])
    status, out, _ = _run(capsys, *words)
    assert "adrenals *" in out and "liver *" not in out and "*: of a reference body" in out
    status, _, err = _run(
        capsys, "phantoms", "complete", "full.h5", "--reference", "adult male", "--out", "x.h5"
    )
    assert status == 2 and "has regions of the reference body 'adult male' already" in err
    patient_library(missing=("ovaries", "uterus")).save(folder / "all.h5")
    words = ("phantoms", "complete", "all.h5", "--reference", "adult male", "--out", "x.h5")
    status, _, err = _run(capsys, *words)
    assert status == 2 and "nothing is missing that 'adult male' has" in err and not Path("x.h5").exists()
