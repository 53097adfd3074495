"""One set of TIACs in both sexes: whose organs the gonads, uterus and prostate are."""

from dataclasses import replace

import numpy as np
import pytest
from toy_body import lines, make_library

from dosimetry import DosimetryError, absorbed_dose, effective_dose
from dosimetry.doses.bodies.both_sexes import absorbed_dose_of_both
from phantoms import PhantomError
from phantoms.library.saf import SafLibrary

BODIES = ("adult male", "adult female")
COMMON = {"liver": 0.3, "remainder": 1.7}


def test_each_sex_gets_its_own_organs() -> None:
    given = COMMON | {"Ovary": 0.3, "uterus": 0.2, "testis": 0.1}
    both = absorbed_dose_of_both(given, "F-18", BODIES)
    male = absorbed_dose(COMMON | {"testes": 0.1}, "F-18", BODIES[0])
    female = absorbed_dose(COMMON | {"ovaries": 0.3, "uterus": 0.2}, "F-18", BODIES[1])
    assert dict(both.male.items()) == pytest.approx(dict(male.items()), rel=1e-12)
    assert dict(both.female.items()) == pytest.approx(dict(female.items()), rel=1e-12)
    assert [n.split(" (")[0] for n in both.notes] == ["TIAC of ovaries", "TIAC of uterus", "TIAC of testes"]
    assert [n.rpartition("of the ")[2] for n in both.notes] == ["female only.", "female only.", "male only."]
    assert float(both.effective()) == pytest.approx(
        float(effective_dose((male, female), "ICRP 103")), rel=1e-12
    )


def with_organ(sex: str, organ: str) -> SafLibrary:
    """The toy body with its kidneys called another organ, as ICRP's bodies have those of one sex alone."""
    made = make_library(sex=sex)

    def named(regions: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(organ if r == "kidneys" else r for r in regions)

    return replace(
        made,
        targets=named(made.targets),
        sources=named(made.sources),
        target_mass_kg={organ if k == "kidneys" else k: v for k, v in made.target_mass_kg.items()},
        source_mass_kg={organ if k == "kidneys" else k: v for k, v in made.source_mass_kg.items()},
    )


def test_a_body_that_lacks_the_other_sexs_organ_does_not_raise() -> None:
    man, woman = with_organ("male", "prostate"), with_organ("female", "ovaries")
    n = lines(gamma=[[0.1, 1.0]])
    both = absorbed_dose_of_both({"liver": 1.0, "ovaries": 2.0, "prostate": 3.0}, n, (man, woman))
    np.testing.assert_allclose(
        both.male["liver"], absorbed_dose({"liver": 1.0, "prostate": 3.0}, n, man)["liver"], rtol=1e-12
    )
    np.testing.assert_allclose(
        both.female["liver"], absorbed_dose({"liver": 1.0, "ovaries": 2.0}, n, woman)["liver"], rtol=1e-12
    )


def test_bad_input() -> None:
    with pytest.raises(
        DosimetryError, match=r"must be \(male, female\); 'adult female' in place of the male"
    ):
        absorbed_dose_of_both(COMMON, "F-18", BODIES[::-1])  # type: ignore[arg-type]
    with pytest.raises(PhantomError, match=r"unknown source region 'ovariess'.*near names: ovaries"):
        absorbed_dose_of_both(COMMON | {"ovariess": 1.0}, "F-18", BODIES)
    with pytest.raises(DosimetryError, match="TIAC of 'ovaries' is -1 h"):
        absorbed_dose_of_both(COMMON | {"ovaries": -1.0}, "F-18", BODIES)
