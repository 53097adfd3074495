"""PP's parameters against formulas written out here, by quadrature and numpy; routes, limits, reasons."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cdisc_study import write_study
from scipy.integrate import quad

from dosimetry import CdiscOptions, DosimetryError, cdisc_datasets, run_study
from dosimetry.cdisc.terminology import pk_parameters
from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.curves.pharmacokinetics import pharmacokinetics_table

CODES = (
    "C0 CMAX TMAX CLST TLST AUCLST AUCALL AUCIFO AUCIFP AUCPEO AUCPEP AUMCLST AUMCIFO AUMCIFP LAMZ LAMZHL"
    " LAMZNPT LAMZLL LAMZUL LAMZSPN R2 R2ADJ MRTLST MRTIFO MRTIFP MRTIBLST MRTIBIFO CLO CLP VZO VSSO VSSP"
    " EFFHL"
)
THE_33 = CODES.split()
#: Falls, but for one point that rises; the best adjusted R2 has the last four points.
FALLING = [(1.0, 38.0), (4.0, 31.0), (24.0, 20.5), (48.0, 21.0), (72.0, 16.3), (120.0, 10.1), (168.0, 6.1)]
LAMBDA = math.log(2) / 78.41


def by_hand(
    points: list[tuple[float, float]], *, infusion_h: float = 0.0, bolus: bool = True
) -> dict[str, float]:
    """Every parameter of a curve that is measured throughout, from its definition.

    Areas are integrals of the interpolant (straight where it rises, exponential where it falls) by
    quadrature; the tail is an exponential from the last value, integrated to infinity by quadrature too.
    """
    t, c = (np.array(x) for x in zip(*points, strict=True))
    n = len(t)
    best = None
    for first in range(n - 3, -1, -1) if bolus else range(n - 3, int(np.argmax(c)), -1):
        r = np.corrcoef(t[first:], np.log(c[first:]))[0, 1]
        m = n - first
        adjusted = 1 - (1 - r**2) * (m - 1) / (m - 2)
        slope, intercept = np.polyfit(t[first:], np.log(c[first:]), 1)
        if slope < 0 and (best is None or adjusted > best[0] - 1e-4):
            best = (max(adjusted, best[0]) if best else adjusted, adjusted, r**2, first, -slope, intercept)
    assert best is not None
    _, adjusted, r2, first, lz, intercept = best
    zero = float(c[0] * (c[0] / c[1]) ** (t[0] / (t[1] - t[0]))) if bolus else 0.0
    tt, cc = np.append(0.0, t), np.append(zero, c)

    def at(x: float) -> float:
        i = min(int(np.searchsorted(tt, x, side="right")) - 1, len(tt) - 2)
        part = (x - tt[i]) / (tt[i + 1] - tt[i])
        if cc[i + 1] < cc[i]:
            return float(cc[i] * (cc[i + 1] / cc[i]) ** part)
        return float(cc[i] + (cc[i + 1] - cc[i]) * part)

    def whole(moment: int) -> float:
        return sum(
            quad(lambda x: x**moment * at(x), a, b, epsabs=0, epsrel=1e-12)[0]
            for a, b in itertools.pairwise(tt)
        )

    def moment_rule() -> float:
        """First moments are straight in t c where the curve rises, by the linear rule."""
        found = 0.0
        for i in range(len(tt) - 1):
            if cc[i + 1] < cc[i]:
                found += quad(lambda x: x * at(x), tt[i], tt[i + 1], epsabs=0, epsrel=1e-12)[0]
            else:
                found += (tt[i] * cc[i] + tt[i + 1] * cc[i + 1]) / 2 * (tt[i + 1] - tt[i])
        return found

    last, first_moment = whole(0), moment_rule()
    end = float(t[-1])

    def tail(start: float, moment: int) -> float:
        return quad(lambda x: x**moment * start * math.exp(-lz * (x - end)), end, np.inf, epsabs=0)[0]

    line = math.exp(intercept - lz * end)
    auc = {k: last + tail(s, 0) for k, s in (("O", c[-1]), ("P", line))}
    aumc = {k: first_moment + tail(s, 1) for k, s in (("O", c[-1]), ("P", line))}
    mrt = {k: aumc[k] / auc[k] - infusion_h / 2 for k in "OP"}
    peak = int(np.argmax(c))
    return {
        "C0": zero, "CMAX": c[peak], "TMAX": t[peak], "CLST": c[-1], "TLST": end, "AUCLST": last,
        "AUCALL": last, "AUCIFO": auc["O"], "AUCIFP": auc["P"], "AUCPEO": 100 * tail(c[-1], 0) / auc["O"],
        "AUCPEP": 100 * tail(line, 0) / auc["P"], "AUMCLST": first_moment, "AUMCIFO": aumc["O"],
        "AUMCIFP": aumc["P"], "LAMZ": lz, "LAMZHL": math.log(2) / lz, "LAMZNPT": n - first,
        "LAMZLL": t[first], "LAMZUL": end, "LAMZSPN": (end - t[first]) * lz / math.log(2), "R2": r2,
        "R2ADJ": adjusted, "MRTLST": first_moment / last - infusion_h / 2, "MRTIFO": mrt["O"],
        "MRTIFP": mrt["P"], "MRTIBLST": first_moment / last, "MRTIBIFO": mrt["O"], "CLO": 100 / auc["O"],
        "CLP": 100 / auc["P"], "VZO": 100 / auc["O"] / lz, "VSSO": 100 / auc["O"] * mrt["O"],
        "VSSP": 100 / auc["P"] * mrt["P"], "EFFHL": math.log(2) * mrt["O"],
    }  # fmt: skip


def pp(study: Path, **options: object) -> dict[str, dict[str, dict[str, object]]]:
    """PP by subject and parameter."""
    made = cdisc_datasets(run_study(study), CdiscOptions(study_id="S", **options))  # type: ignore[arg-type]
    names = [v.name for v in made["PP"].variables]
    found: dict[str, dict[str, dict[str, object]]] = {}
    for row in made["PP"].rows:
        record = dict(zip(names, row, strict=True))
        found.setdefault(str(record["USUBJID"])[2:], {})[str(record["PPTESTCD"])] = record
    return found


def serum(points: list[tuple[float, float]]) -> list[tuple[float, str]]:
    return [(t, repr(v)) for t, v in points]


def test_the_33_of_a_bolus_by_hand(tmp_path: Path) -> None:
    exact = by_hand(FALLING)
    found = pp(write_study(tmp_path, {"P1": serum(FALLING)}))["P1"]
    assert tuple(found) == tuple(THE_33)
    assert set(exact) == set(THE_33)
    for code, value in exact.items():
        assert found[code]["PPSTRESN"] == pytest.approx(value, rel=1e-6), code  # seven digits are written
        assert float(str(found[code]["PPSTRESC"])) == found[code]["PPSTRESN"]
        assert (found[code]["PPSTAT"], found[code]["PPREASND"]) == ("", "")
    assert exact["LAMZNPT"] == 4 and exact["AUCPEO"] != pytest.approx(exact["AUCPEP"], rel=1e-3)


def test_the_33_of_an_infusion_by_hand(tmp_path: Path) -> None:
    exact = by_hand(FALLING, infusion_h=0.5, bolus=False)
    found = pp(write_study(tmp_path, {"P1": serum(FALLING)}), route="infusion", infusion_h=0.5)["P1"]
    not_done = {"C0": "no C0 after an infusion"} | {
        f"MRTIB{x}": f"not defined after an infusion; see MRTIC{x}" for x in ("LST", "IFO")
    }
    for code in THE_33:
        if code in not_done:
            assert (found[code]["PPSTAT"], found[code]["PPSTRESN"]) == ("NOT DONE", None)
            assert (found[code]["PPREASND"], found[code]["PPORRES"]) == (not_done[code], "")
            assert found[code]["PPORRESU"] == ""
        else:
            assert found[code]["PPSTRESN"] == pytest.approx(exact[code], rel=1e-6), code
    assert set(found) - set(THE_33) == {"MRTICLST", "MRTICIFO"}
    assert found["MRTICIFO"]["PPSTRESN"] == found["MRTIFO"]["PPSTRESN"]
    assert found["MRTICLST"]["PPSTRESN"] == pytest.approx(exact["MRTLST"], rel=1e-6)


def test_extravascular_dose_gives_apparent_clearance_by_its_own_code(tmp_path: Path) -> None:
    found = pp(write_study(tmp_path, {"P1": serum(FALLING)}), route="extravascular")["P1"]
    exact = by_hand(FALLING, bolus=False)
    assert found["CLO"]["PPREASND"] == "not defined after an extravascular dose; see CLFO"
    assert found["CLFO"]["PPSTRESN"] == pytest.approx(exact["CLO"], rel=1e-6)
    assert found["VZFO"]["PPSTRESN"] == pytest.approx(exact["VZO"], rel=1e-6)
    assert found["EFFHL"]["PPREASND"] == found["VSSO"]["PPREASND"] == "needs an intravenous dose"


def test_counted_serum_is_corrected_for_decay(tmp_path: Path) -> None:
    """The same curve written as counted: PCORRES is as counted, PCSTRESN and PP are of the corrected."""
    decayed = [(t, v * math.exp(-LAMBDA * t)) for t, v in FALLING]
    study = run_study(write_study(tmp_path, {"P1": serum(decayed)}, corrected=False))
    made = cdisc_datasets(study)
    rate = math.log(2) / 78.41
    assert made["PC"].column("PCSTRESN") == pytest.approx([v for _, v in FALLING], rel=1e-4)
    for row, (t, v) in zip(made["PC"].column("PCORRES"), decayed, strict=True):
        assert float(str(row)) == pytest.approx(v, rel=1e-6), t
    assert abs(study.curves[0].curve.constant() - rate) < 1e-4 * rate
    assert any("is not decay-corrected" in note for note in made.notes)
    codes, values = made["PP"].column("PPTESTCD"), made["PP"].column("PPSTRESN")
    for code, value in by_hand(FALLING).items():
        assert dict(zip(codes, values, strict=True))[code] == pytest.approx(value, rel=1e-3), code


BLQ = [
    (1.0, "30"),
    (24.0, "<0.5"),
    (48.0, "18"),
    (96.0, "9"),
    (144.0, "4.5"),
    (192.0, "<0.5"),
    (240.0, "<0.5"),
]


@pytest.mark.parametrize("rule", ["M1", "M5"])
def test_samples_below_the_limit(rule: str, tmp_path: Path) -> None:
    """PC and ADNCA have every sample; what the study makes of them for its TIACs changes neither."""
    made = cdisc_datasets(run_study(write_study(tmp_path, {"P1": BLQ}, blq=rule)))
    pc, adnca = made["PC"], made["ADNCA"]
    assert pc.column("PCORRES") == ["30", "<0.5", "18", "9", "4.5", "<0.5", "<0.5"]
    assert pc.column("PCSTRESN") == [30, None, 18, 9, 4.5, None, None]
    assert pc.column("PCLLOQ") == [None, 0.5, None, None, None, 0.5, 0.5]
    assert adnca.column("AVAL") == [30, None, 18, 9, 4.5, 0, 0]
    assert adnca.column("NCAXFL") == ["", "Y", "", "", "", "", ""]
    assert adnca.column("BLQFL") == ["", "Y", "", "", "", "Y", "Y"]
    assert adnca.column("NCA1XRS")[1] == "Below the limit of quantification between measured values"
    found = dict(zip(made["PP"].column("PPTESTCD"), made["PP"].column("PPSTRESN"), strict=True))
    exact = by_hand([(t, float(v)) for t, v in BLQ if "<" not in v])
    for code in THE_33:
        more = 4.5 * 48 / 2 if code == "AUCALL" else 0.0
        assert found[code] == pytest.approx(exact[code] + more, rel=1e-6), code


def test_limit_of_counted_serum_is_corrected_like_its_values(tmp_path: Path) -> None:
    points = [(1.0, "30"), (24.0, "20"), (48.0, "12"), (96.0, "<0.5")]
    study = write_study(tmp_path, {"P1": points}, corrected=False, blq="M1")
    pc = cdisc_datasets(run_study(study))["PC"]
    assert pc.column("PCORRES")[3] == "<0.5"
    limit = pc.column("PCLLOQ")[3]
    assert limit == pytest.approx(0.5 * math.exp(LAMBDA * 96), rel=1e-4)
    assert pc.column("PCSTRESC")[3] == f"<{limit:.7g}"


def test_an_unknown_limit_is_blq(tmp_path: Path) -> None:
    points = [(1.0, "30"), (24.0, "20"), (48.0, "12"), (96.0, "BLQ")]
    pc = cdisc_datasets(run_study(write_study(tmp_path, {"P1": points}, blq="M1")))["PC"]
    assert (pc.column("PCORRES")[3], pc.column("PCSTRESC")[3], pc.column("PCLLOQ")[3]) == ("BLQ", "BLQ", None)


def test_reasons_where_there_is_no_slope(tmp_path: Path) -> None:
    """Two samples: what rests on lambda_z has the reason, the rest its value."""
    found = pp(write_study(tmp_path, {"P1": [(1.0, "30"), (24.0, "20")]}))["P1"]
    given = [code for code in THE_33 if found[code]["PPSTRESN"] is not None]
    assert given == [
        "C0",
        "CMAX",
        "TMAX",
        "CLST",
        "TLST",
        "AUCLST",
        "AUCALL",
        "AUMCLST",
        "MRTLST",
        "MRTIBLST",
    ]
    for code in set(THE_33) - set(given):
        assert found[code]["PPSTAT"] == "NOT DONE"
        assert found[code]["PPREASND"] == "no terminal slope: 2 points from the peak; 3 are needed"


def test_slope_points_and_trapezoids_as_asked(tmp_path: Path) -> None:
    study = write_study(tmp_path, {"P1": serum(FALLING)})
    found = pp(study, method="linear", slope_points=4)["P1"]
    assert (found["LAMZNPT"]["PPSTRESN"], found["LAMZLL"]["PPSTRESN"]) == (4, 48)
    zero = 38 * (38 / 31) ** (1 / 3)
    t, c = np.array([(0.0, zero), *FALLING]).T
    assert found["AUCLST"]["PPSTRESN"] == pytest.approx(np.trapezoid(c, t), rel=1e-6)
    assert found["AUCLST"]["PPANMETH"] == "LINEAR TRAPEZOIDAL METHOD"
    assert found["EFFHL"]["PPANMETH"] == "LN(2) TIMES MRT INFINITY OBS, OF THE DECAY-CORRECTED CURVE"


def test_ten_patients_have_33_each_with_units(trastuzumab: Results) -> None:
    made = cdisc_datasets(trastuzumab)
    assert made["PP"].column("PPTESTCD") == THE_33 * 10
    units = dict(zip(THE_33, made["PP"].column("PPSTRESU"), strict=False))
    assert {units[c] for c in ("C0", "CMAX", "CLST")} == {"%IA/L"}
    assert {units[c] for c in THE_33 if c.startswith("AUC")} == {"h*%IA/L", "%"}
    assert {units[c] for c in THE_33 if c.startswith("AUMC")} == {"h2*%IA/L"}
    assert (units["CLO"], units["VZO"], units["LAMZ"], units["EFFHL"], units["R2"]) == (
        "L/h",
        "L",
        "/h",
        "h",
        "",
    )
    assert made["ADPP"].column("AVAL") == made["PP"].column("PPSTRESN")
    assert made["ADPP"].column("PARAMCD") == made["PP"].column("PPTESTCD")


def test_the_pharmacokinetic_table_of_a_dossier_says_the_same(trastuzumab: Results) -> None:
    """T10 is of all digits of the curve, PP of PC's seven, so that who has PC can make PP of it.

    Seven digits are 5e-7 of a value at most; moments to infinity pass on some times that (2 for 1/lambda_z^2,
    over the range of lambda_z in units of ln 2 half-lives, 0.8 and more).
    """
    table = pharmacokinetics_table(trastuzumab, TableOptions())[-1]
    made = cdisc_datasets(trastuzumab, CdiscOptions(study_id="S"))
    codes, values = made["PP"].column("PPTESTCD"), made["PP"].column("PPSTRESN")
    ours = dict(zip(zip(made["PP"].column("USUBJID"), codes, strict=True), values, strict=True))
    code_of = {p.quantity: p.code for p in reversed(pk_parameters()) if p.asked}
    compared = 0
    for row in (r for r in table.rows if r.kind == "body"):
        subject, *cells = row.cells
        for column, cell in zip(table.columns[1:], cells, strict=True):
            wanted = ours[f"S-{subject.value}", code_of[column.name]]
            assert cell.value == pytest.approx(wanted, rel=5e-6), (subject.value, column.name)
            compared += 1
    assert compared == 10 * 15


def test_the_administration_that_a_study_states_is_told(trastuzumab: Results) -> None:
    """By the key that a study file has ([methods] administration), as this example's own."""
    told = "of the administration the study states: SIMULATED: intravenous infusion; time 0 is its end"
    assert any(n.startswith(told) for n in cdisc_datasets(trastuzumab).notes)
    plain = {k: v for k, v in trastuzumab.settings.items() if k != "methods.administration"}
    assert not any("study states" in n for n in cdisc_datasets(replace(trastuzumab, settings=plain)).notes)


def test_names_of_parameters_are_short_and_of_one_code() -> None:
    codes = [p.code for p in pk_parameters()]
    assert len(set(codes)) == len(codes) and max(map(len, codes)) <= 8
    assert max(len(p.name) for p in pk_parameters()) <= 40
    assert [p.code for p in pk_parameters() if p.terminology != "CT"] == ["MRTLST", "MRTIFO", "MRTIFP"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"route": "oral"}, "route 'oral' is unknown; there are: bolus, infusion, extravascular"),
        ({"route": "infusion"}, "an infusion, and only it, has a duration above 0"),
        ({"infusion_h": 0.5}, "an infusion, and only it, has a duration above 0"),
        ({"route": "infusion", "infusion_h": 0.0}, "has a duration above 0"),
        ({"method": "spline"}, "trapezoid method 'spline' is unknown"),
        ({"slope_points": 1}, "a slope needs 2 points or more; 1 asked for"),
        ({"analyte_code": "89ZR"}, "'89ZR' as code of the analyte"),
        ({"study_id": " "}, "the study identifier .STUDYID. is empty"),
    ],
)
def test_options_that_cannot_be(options: dict[str, object], said: str) -> None:
    with pytest.raises(DosimetryError, match=said):
        CdiscOptions(**options)  # type: ignore[arg-type]
