"""The named rules that meet the effective doses that OLINDA/EXM 1.x printed."""

import pytest

from dosimetry.doses.effective import OLINDA_1, body_tissues, weight_set
from validation.pages.effective_dose_rules import HIGHER, OESOPHAGUS, OWN, published, ratio


def test_the_named_set_is_nearest_to_what_olinda_printed():
    """Of eight sets of rules, on three papers, its worst deviation is the least; 0.48 is met as printed."""
    papers = published()
    worst = {
        (g, r, w): max(abs(ratio(p, g, r, w) - 1.0) for p in papers)
        for g in (HIGHER, OWN)
        for r in ("mass", "arithmetic")
        for w in OESOPHAGUS.values()
    }
    assert min(worst, key=worst.__getitem__) == (OWN, "arithmetic", 0.05)
    for paper in papers:
        men, chosen = paper["men_among_patients"], weight_set(OLINDA_1)
        by_sex = [
            sum(r.weight * r.equivalent_dose_mSv_per_MBq for r in body_tissues(doses, chosen, sex))
            for sex in ("male", "female")
            for doses in [paper["dose_mGy_per_MBq"]]
        ]
        found = men * by_sex[0] + (1.0 - men) * by_sex[1]
        expected = ratio(paper, OWN, "arithmetic") * paper["effective_dose_mSv_per_MBq"]
        assert found == pytest.approx(expected, rel=1e-12)
        if paper["name"] == "89Zr-trastuzumab":
            assert round(found, 2) == paper["effective_dose_mSv_per_MBq"] == 0.48


def test_names_of_the_olinda_rules():
    for name in ("ICRP 60 OLINDA/EXM 1.x", "icrp 60 olinda/exm 1.X", "ICRP60 OLINDA/EXM1.x"):
        assert weight_set(name)["name"] == OLINDA_1
