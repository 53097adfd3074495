"""The remainder's electrons and alphas: 1/m_rem in its tissue, 0 in what is named, all energy in its mass."""

import numpy as np
import pytest
from toy_body import MEV_TO_MGY, lines

from dosimetry import absorbed_dose
from phantoms.library.installed import load_phantom

MEV = 0.3
ELECTRON = lines(IE=(MEV, 1.0))
#: Named source regions; contents without their walls, walls without contents, both, bone.
NAMED = [
    (),
    ("liver",),
    ("heart contents",),
    ("urinary bladder contents", "small intestine contents", "stomach contents", "gallbladder contents"),
    ("heart wall",),
    ("heart wall", "heart contents", "liver", "muscle"),
    ("stomach wall", "upper large intestine contents", "lower large intestine contents"),
]
BODIES = ["adult male", "adult female", "newborn"]


def electron_s(body, named, nuclide=ELECTRON):
    """S(T<-remainder) in mGy/(MBq.s) for 1 h in the remainder and 0 h in the named regions."""
    dose = absorbed_dose({**dict.fromkeys(named, 0.0), "remainder": 1.0}, nuclide, body)
    return {t: d / 3600.0 for t, d in dose.items()}


def remainder_kg(library, named):
    return library.source_mass_kg["total body"] - sum(library.source_mass_kg[n] for n in named)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("named", NAMED)
@pytest.mark.parametrize("radiation", ["IE", "alpha"])
def test_one_over_the_mass_in_its_tissue_and_nothing_in_what_is_named(body, named, radiation):
    library, energy = load_phantom(body), {"IE": MEV, "alpha": 5.0}[radiation]
    s = electron_s(library, named, lines(**{radiation: (energy, 1.0)}))
    emitted = energy * MEV_TO_MGY
    for target, value in s.items():
        if target == "total body":
            expected = emitted / library.source_mass_kg["total body"]
        elif target in named:
            expected = 0.0
        else:
            expected = emitted / remainder_kg(library, named)
        assert value == pytest.approx(expected, rel=1e-9, abs=1e-25), target


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("named", NAMED)
def test_its_energy_is_what_is_emitted(body, named):
    """Mass times dose over everything that is not named: targets, contents, and tissue that is no target.

    "Muscle" stands for the tissue that is in no list. Walls count, contents that are not named too.
    """
    library = load_phantom(body)
    s, mass = electron_s(library, named), library.source_mass_kg
    regions = [r for r in mass if r != "total body"]
    absorbed = sum(mass[r] * s.get(r, s["brain"]) for r in regions if r not in named)
    absorbed += sum(mass[r] * s[r] for r in named if r in s)  # nothing
    elsewhere = mass["total body"] - sum(mass[r] for r in regions)
    absorbed += elsewhere * s["brain"]
    assert absorbed == pytest.approx(MEV * MEV_TO_MGY, rel=1e-9)
    assert mass["total body"] * s["total body"] == pytest.approx(MEV * MEV_TO_MGY, rel=1e-9)


def test_90y_in_a_heart_wall_whose_contents_are_named():
    """A published-style case: 10 h of 90Y in the heart's blood, 60 h in the remainder of the adult male."""
    rest = load_phantom("adult male")
    dose = absorbed_dose({"heart contents": 0.0, "remainder": 60.0}, "Y-90", rest)
    other = absorbed_dose({"heart contents": 0.0, "remainder": 60.0}, "Y-90", rest)["brain"]
    assert dose["heart wall"] == pytest.approx(other, rel=1e-3)  # photons of 90Y bring less
    assert dose["heart wall"] == pytest.approx(60 * 3600 * 0.9337 * MEV_TO_MGY / 73.246, rel=2e-3)


@pytest.mark.parametrize("named", [("red marrow",), ("cortical bone",), ("red marrow", "trabecular bone")])
def test_marrow_and_bone_keep_what_the_named_ones_leave(named):
    """Uniform activity gives 1/m everywhere; in marrow and bone the named ones bring a part of it by crossing
    over, and the remainder the rest, so that the sum is uniform again."""
    library = load_phantom("adult male")
    mass = library.source_mass_kg
    tiac = {n: mass[n] for n in named} | {"remainder": remainder_kg(library, named)}
    dose = absorbed_dose(tiac, ELECTRON, library)
    np.testing.assert_allclose(dose, 3600.0 * MEV * MEV_TO_MGY, rtol=1e-9)
    s = electron_s(library, named)
    whole = MEV * MEV_TO_MGY / remainder_kg(library, named)
    assert 0.0 < s["red marrow"] < whole and 0.0 < s["osteogenic cells"] < whole
