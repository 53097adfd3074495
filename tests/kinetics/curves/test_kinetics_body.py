"""Body-size formulas against published reference persons and by hand.

The original papers' own worked examples could not be had; the published values used instead are named at each
test: ICRP Publication 89 (2002) reference adults (1.76 m, 73 kg; 1.63 m, 60 kg), which rest on other data
than
the formulas, and what the literature says of a formula.
"""

import pytest

from kinetics import (
    KineticsError,
    body_mass_index,
    icsh_plasma_volume_L,
    icsh_red_cell_volume_L,
    lean_body_mass_kg,
    nadler_blood_volume_L,
    nadler_plasma_volume_L,
    retzlaff_plasma_volume_L,
    sul,
    surface_area_m2,
    suv,
)

MAN, WOMAN = (1.76, 73.0), (1.63, 60.0)


@pytest.mark.parametrize("formula", ["Du Bois", "Mosteller", "Haycock"])
def test_surface_area_of_the_reference_adults(formula):
    """ICRP 89: 1.90 and 1.66 m2."""
    assert surface_area_m2(*MAN, formula) == pytest.approx(1.90, rel=0.012)
    assert surface_area_m2(*WOMAN, formula) == pytest.approx(1.66, rel=0.012)


def test_surface_area_by_hand():
    """170 cm, 70 kg: 0.007184 x 6.0825 x 41.411 = 1.8097; sqrt(170 x 70/3600) = 1.8181."""
    assert surface_area_m2(1.70, 70) == pytest.approx(1.8097, abs=1e-4)
    assert surface_area_m2(1.70, 70, "Mosteller") == pytest.approx(1.8181, abs=1e-4)


def test_blood_of_the_reference_adults():
    """ICRP 89: blood 5.3 and 3.9 L, plasma 3.0 and 2.4 L, red cells 2.3 and 1.5 L."""
    assert nadler_blood_volume_L("male", *MAN) == pytest.approx(5.3, rel=0.08)
    assert nadler_blood_volume_L("female", *WOMAN) == pytest.approx(3.9, rel=0.08)
    assert icsh_plasma_volume_L("male", *MAN) == pytest.approx(3.0, rel=0.01)
    assert icsh_plasma_volume_L("female", *WOMAN) == pytest.approx(2.4, rel=0.05)
    assert icsh_red_cell_volume_L("male", *MAN) == pytest.approx(2.3, rel=0.16)
    assert icsh_red_cell_volume_L("female", *WOMAN, age_y=40) == pytest.approx(1.5, rel=0.08)


def test_nadler_by_hand():
    """1.80 m, 80 kg: 0.3669 x 5.832 + 0.03219 x 80 + 0.6041 = 5.3191 L; 1.65 m, 60 kg woman: 3.7678 L."""
    assert nadler_blood_volume_L("male", 1.80, 80) == pytest.approx(5.3191, abs=1e-4)
    assert nadler_blood_volume_L("female", 1.65, 60) == pytest.approx(3.7678, abs=1e-4)
    assert nadler_plasma_volume_L("male", 1.80, 80, 0.45, 1.0) == pytest.approx(5.3191 * 0.55, abs=1e-4)
    assert nadler_plasma_volume_L("male", 1.80, 80, 0.45) == pytest.approx(
        5.3191 * (1 - 0.91 * 0.45), abs=1e-4
    )


def test_fat_free_mass_of_the_standard_man():
    """Janmahasatian: 56.1 kg in a man of 70 kg and 1.76 m, the standard of size scaling."""
    assert round(lean_body_mass_kg("male", 1.76, 70), 1) == 56.1


def test_james_has_its_known_maximum():
    """It is known to fall above a BMI of about 43 (men) and 37 (women) (Janmahasatian 2005)."""
    for sex, published in (("male", 43), ("female", 37)):
        at = [lean_body_mass_kg(sex, 1.7, bmi * 1.7**2, "James") for bmi in (published - 3, published - 1.2)]
        assert at[0] < at[1]
        with pytest.raises(KineticsError, match="falls with mass"):
            lean_body_mass_kg(sex, 1.7, (published + 1) * 1.7**2, "James")
    assert lean_body_mass_kg("male", 1.80, 80, "James") == pytest.approx(88 - 128 * (80 / 180) ** 2)


def test_body_mass_index_and_uptake_values():
    assert body_mass_index(2.0, 80) == 20
    assert suv(5.0, 100.0, 70.0) == pytest.approx(3.5)
    lean = lean_body_mass_kg("female", 1.6, 60)
    assert sul(5.0, 100.0, "female", 1.6, 60) == pytest.approx(5.0 * lean / 100)
    assert suv(1.0, 70.0, 70.0) == 1.0  # uniform distribution at 1 g/mL


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: surface_area_m2(175, 70), "height is 175 m.*175 cm is 1.75"),
        (lambda: surface_area_m2(1.75, 0), "body mass is 0 kg"),
        (lambda: surface_area_m2(1.75, 70_000), "body mass is 70000 kg; 1 to 400 kg is allowed"),
        (lambda: suv(1.0, 70.0, 70_000), "body mass is 70000 kg; 1 to 400 kg is allowed"),
        (lambda: lean_body_mass_kg("x", 1.75, 70), "sex is 'x'"),
        (lambda: nadler_plasma_volume_L("male", 1.75, 70, 45), "haematocrit is 45.*45 % is 0.45"),
        (lambda: surface_area_m2(1.75, 70, "Boyd"), "unknown formula"),
        (lambda: lean_body_mass_kg("male", 1.75, 70, "Hume"), "unknown formula"),
        (lambda: icsh_red_cell_volume_L("female", 1.6, 60), "needs her age"),
        (lambda: retzlaff_plasma_volume_L("male", 1.75, 70), "could not be sourced"),
        (lambda: suv(1, 0, 70), "administered activity is 0"),
    ],
)
def test_bad_input(call, says):
    with pytest.raises(KineticsError, match=says):
        call()
