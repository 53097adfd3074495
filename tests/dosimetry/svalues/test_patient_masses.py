"""A patient's masses: closed forms for each kind of radiation, region and way to give a mass."""

from dataclasses import replace

import numpy as np
import pytest
from toy_body import MASS_KG, MEV_TO_MGY, lines, make_library

from dosimetry import DosimetryError, absorbed_dose
from phantoms.library.conventions import Conventions
from phantoms.library.installed import load_phantom
from phantoms.library.saf import SafLibrary, SafTable

ELECTRON, PHOTON = lines(IE=(0.3, 1.0)), lines(gamma=(0.3, 1.0))
ALL = {"liver": 10.0, "kidneys": 1.0, "heart contents": 3.0, "red marrow": 4.0, "remainder": 60.0}
REFERENCE = 73.7


@pytest.fixture(scope="module")
def male():
    return load_phantom("adult male")


@pytest.mark.parametrize("nuclide", ["Y-90", "Ac-225"])
def test_heart_wall_of_one_blood_concentration(male, nuclide):
    """0.5 per mass of the contents, whose activity goes with their mass: the same at 50, 73.7 and 110 kg."""
    found = []
    for body in (50.0, REFERENCE, 110.0):
        contents_kg = male.source_mass_kg["heart contents"] * body / REFERENCE
        tiac = {"heart contents": 5.0 * contents_kg}
        both = [
            absorbed_dose(tiac, nuclide, male, body_mass_kg=body),
            absorbed_dose(tiac, nuclide, male, organ_mass_kg={"heart contents": contents_kg}),
        ]
        i = male.targets.index("heart wall")
        for kind in ("electron", "alpha"):
            assert both[0].part_mGy_per_MBq[kind][i] == pytest.approx(both[1].part_mGy_per_MBq[kind][i])
        found.append(both[0].part_mGy_per_MBq["electron"][i])
    assert found[0] == pytest.approx(found[1], rel=1e-12) == pytest.approx(found[2], rel=1e-12)


def test_heart_wall_in_closed_form(male):
    dose = absorbed_dose({"heart contents": 2.0}, ELECTRON, male, organ_mass_kg={"heart contents": 0.6})
    assert dose["heart wall"] == pytest.approx(2.0 * 3600 * 0.3 * MEV_TO_MGY * 0.5 / 0.6, rel=1e-12)


def test_photons_from_contents_to_their_wall_are_between_regions(male):
    i = male.targets.index("heart wall")
    ref, own = (
        absorbed_dose({"heart contents": 2.0}, "Zr-89", male, organ_mass_kg={"heart contents": m})
        for m in (0.4, 0.8)
    )
    assert own.part_mGy_per_MBq["photon"][i] == pytest.approx(ref.part_mGy_per_MBq["photon"][i], rel=1e-12)
    assert own.part_mGy_per_MBq["electron"][i] == pytest.approx(0.5 * ref.part_mGy_per_MBq["electron"][i])


def test_self_dose_scales_with_the_patients_mass(toy):
    ref = absorbed_dose({"liver": 10.0, "kidneys": 1.0}, "Zr-89", toy)
    mass = {"liver": 2 * MASS_KG["liver"]}
    own = absorbed_dose({"liver": 10.0, "kidneys": 1.0}, "Zr-89", toy, organ_mass_kg=mass)
    only = absorbed_dose({"liver": 10.0}, "Zr-89", toy)
    liver, kidneys = toy.targets.index("liver"), toy.targets.index("kidneys")
    for kind, factor in (("photon", 2 ** (-2 / 3)), ("electron", 0.5)):
        cross = ref.part_mGy_per_MBq[kind][liver] - only.part_mGy_per_MBq[kind][liver]
        expected = factor * only.part_mGy_per_MBq[kind][liver] + cross
        assert own.part_mGy_per_MBq[kind][liver] == pytest.approx(expected, rel=1e-12)
        assert own.part_mGy_per_MBq[kind][kidneys] == ref.part_mGy_per_MBq[kind][kidneys]
    assert "liver 3.8 kg (reference 1.9 kg)" in " ".join(own.notes)


@pytest.mark.parametrize("body", ["adult male", "adult female", "5-year-old"])
@pytest.mark.parametrize("nuclide", ["Y-90", "Zr-89", "Ac-225"])
def test_charged_particles_of_a_body_twice_as_heavy_give_half_the_dose(body, nuclide):
    """The same absorbed fractions in twice the mass: every electron and alpha dose of every target halves."""
    library = load_phantom(body)
    mass = library.source_mass_kg["total body"]
    ref, heavy = (absorbed_dose(ALL, nuclide, library, body_mass_kg=f * mass) for f in (1.0, 2.0))
    for kind in ("electron", "alpha"):
        np.testing.assert_allclose(
            heavy.part_mGy_per_MBq[kind], 0.5 * ref.part_mGy_per_MBq[kind], rtol=1e-9, atol=1e-30
        )


def test_a_body_of_the_reference_mass_is_the_reference(male):
    a, b = absorbed_dose(ALL, "Zr-89", male), absorbed_dose(ALL, "Zr-89", male, body_mass_kg=REFERENCE)
    np.testing.assert_allclose(a, b, rtol=1e-12)
    organs = {n: male.source_mass_kg[n] for n in ALL if n != "remainder"}
    np.testing.assert_allclose(a, absorbed_dose(ALL, "Zr-89", male, organ_mass_kg=organs), rtol=1e-12)


def test_energy_of_electrons_in_the_patient_is_what_is_emitted(male):
    """Mean dose of the patient's body times its mass, whatever the sources and the organs' masses."""
    dose = absorbed_dose(ALL, ELECTRON, male, body_mass_kg=110.0, organ_mass_kg={"liver": 3.0})
    assert 110.0 * dose["total body"] == pytest.approx(sum(ALL.values()) * 3600 * 0.3 * MEV_TO_MGY, rel=1e-9)


def test_photons_of_the_remainder_and_the_body_go_with_the_power_two_thirds(male):
    """Tissue of the remainder and the body's mean by mass^(-2/3); a named organ's dose from it unchanged."""
    tiac = {"liver": 0.0, "remainder": 60.0}
    ref, light = (absorbed_dose(tiac, PHOTON, male, body_mass_kg=m) for m in (REFERENCE, REFERENCE / 8))
    for target in ("brain", "muscle", "red marrow", "osteogenic cells", "heart wall", "small intestine"):
        assert light[target] == pytest.approx(4.0 * ref[target], rel=1e-9), target
    assert light["total body"] == pytest.approx(4.0 * ref["total body"], rel=1e-9)
    assert light["liver"] == pytest.approx(ref["liver"], rel=1e-12)
    liver = [absorbed_dose({"liver": 1.0}, PHOTON, male, body_mass_kg=m) for m in (REFERENCE, REFERENCE / 8)]
    assert liver[1]["kidneys"] == pytest.approx(liver[0]["kidneys"], rel=1e-12)
    assert liver[1]["liver"] == pytest.approx(4.0 * liver[0]["liver"], rel=1e-12)
    assert liver[1]["total body"] == pytest.approx(4.0 * liver[0]["total body"], rel=1e-12)


def test_osteogenic_cells_leave_the_remainder_with_the_bone(male):
    """Both parts of the mineral named: photons to its lining come from outside; electrons go by mass."""
    bones = ("cortical bone", "trabecular bone")
    for named, photon in ((bones[:1], 4.0), (bones, 1.0)):
        tiac = {**dict.fromkeys(named, 0.0), "remainder": 60.0}
        ref, light = (absorbed_dose(tiac, "Zr-89", male, body_mass_kg=m) for m in (REFERENCE, REFERENCE / 8))
        i = male.targets.index("osteogenic cells")
        for kind, factor in (("photon", photon), ("electron", 8.0)):
            found = light.part_mGy_per_MBq[kind][i] / ref.part_mGy_per_MBq[kind][i]
            assert found == pytest.approx(factor, rel=1e-9), (named, kind)


def test_the_total_body_as_a_source(male):
    ref, heavy = (absorbed_dose({"total body": 80.0}, ELECTRON, male, body_mass_kg=m) for m in (73.7, 100.0))
    np.testing.assert_allclose(heavy, 0.737 * np.asarray(ref), rtol=1e-12)
    ref, heavy = (absorbed_dose({"total body": 80.0}, PHOTON, male, body_mass_kg=m) for m in (73.7, 100.0))
    np.testing.assert_allclose(heavy, 0.737 ** (2 / 3) * np.asarray(ref), rtol=1e-12)


def test_the_remainder_is_the_body_less_the_named_regions(male):
    """110 kg with a liver of 5 kg measured and kidneys in proportion."""
    dose = absorbed_dose(
        {"liver": 0.0, "kidneys": 0.0, "remainder": 10.0},
        ELECTRON,
        male,
        body_mass_kg=110.0,
        organ_mass_kg={"liver": 5.0},
    )
    rest_kg = 110.0 - 5.0 - male.source_mass_kg["kidneys"] * 110.0 / REFERENCE
    assert dose["brain"] == pytest.approx(10 * 3600 * 0.3 * MEV_TO_MGY / rest_kg, rel=1e-9)
    assert f"remainder {rest_kg:.4g} kg" in " ".join(dose.notes)
    alone = absorbed_dose({"liver": 0.0, "remainder": 10.0}, ELECTRON, male, organ_mass_kg={"liver": 5.0})
    rest_kg = REFERENCE - male.source_mass_kg["liver"]  # the rest of the body was not measured
    assert alone["brain"] == pytest.approx(10 * 3600 * 0.3 * MEV_TO_MGY / rest_kg, rel=1e-9)


def test_dose_over_concentration_in_bone_and_marrow_is_that_of_the_reference(male):
    """Marrow and mineral interwoven: the dose of electrons goes with the source's activity per mass."""
    for source in ("red marrow", "trabecular bone", "cortical bone"):
        m = male.source_mass_kg[source]
        ref = absorbed_dose({source: m}, ELECTRON, male)
        own = absorbed_dose({source: 1.7 * m}, ELECTRON, male, organ_mass_kg={source: 1.7 * m})
        for target in ("red marrow", "osteogenic cells"):
            assert own[target] == pytest.approx(ref[target], rel=1e-12)


def test_standard_error_from_the_safs_by_another_way():
    """Each pair's SAF moved by its standard error, one at a time: the quadrature sum of the changes.

    One energy on the grid, so a dose is linear in the SAFs, and the answer exact.
    """
    body = make_library()
    k = 5  # 0.5 MeV
    saf = body.tables["photon"].saf_per_kg[:, :, k : k + 1]
    rng = np.random.default_rng(3)
    relative = rng.uniform(0.01, 0.3, saf.shape)
    grid = np.array([0.5])
    nuclide = lines(gamma=(0.5, 1.0))
    tiac = {"liver": 10.0, "kidneys": 1.0, "stomach contents": 2.0, "remainder": 60.0}
    masses = {"organ_mass_kg": {"liver": 3.0, "stomach contents": 0.4}, "body_mass_kg": 100.0}

    def doses(values):
        tables = {**body.tables, "photon": SafTable(grid, values, relative)}
        return absorbed_dose(tiac, nuclide, replace(body, tables=tables), **masses)

    centre = doses(saf)
    variance = np.zeros(len(body.targets))
    for i, j, _ in np.ndindex(saf.shape):
        moved = saf.copy()
        moved[i, j, 0] *= 1.0 + 0.01 * relative[i, j, 0]
        variance += ((np.asarray(doses(moved)) - np.asarray(centre)) / 0.01) ** 2
    np.testing.assert_allclose(centre.se_from_saf_mGy_per_MBq, np.sqrt(variance), rtol=1e-6)


def icrp_like() -> SafLibrary:
    """A body with layers of walls as targets, a combined target, and a list of what "other" consists of."""
    targets = ("RC-stem", "LC-stem", "RS-stem", "liver", "muscle", "colon")
    sources = ("RC-cont", "LC-cont", "RS-cont", "RC-wall", "liver", "muscle", "blood")
    share = {"RC-stem": 0.4, "LC-stem": 0.4, "RS-stem": 0.2}
    charged = np.array(
        [
            [2.0, 0.0, 0.0, 5.0, 0.001, 0.002, 0.1],
            [0.0, 3.0, 0.0, 0.0, 0.001, 0.002, 0.1],
            [0.0, 0.0, 4.0, 0.0, 0.001, 0.002, 0.1],
            [0.0, 0.0, 0.0, 0.0, 0.42, 0.0, 0.2],
            [0.0, 0.0, 0.0, 0.0, 0.0, 0.033, 0.05],
        ]
    )
    charged = np.vstack([charged, np.array(list(share.values())) @ charged[:3]])
    table = SafTable(np.array([1.0]), charged[:, :, None])
    return SafLibrary(
        "layers", "male", targets, sources,
        {"RC-stem": 0.001, "LC-stem": 0.001, "RS-stem": 0.001, "liver": 2.36, "muscle": 30.0},
        {"RC-cont": 0.15, "LC-cont": 0.1, "RS-cont": 0.05, "RC-wall": 0.2, "liver": 1.8, "muscle": 29.0,
         "blood": 5.0},
        {"photon": SafTable(np.array([1.0]), 0.1 * charged[:, :, None]), "electron": table, "alpha": table},
        conventions=Conventions(combined={"colon": share}, remainder_sources=("RC-wall", "liver", "muscle")),
    )  # fmt: skip


def factors(source, **masses):
    body = icrp_like()
    ref, own = (
        absorbed_dose({source: 1.0}, ELECTRON, body),
        absorbed_dose({source: 1.0}, ELECTRON, body, **masses),
    )
    return {t: own[t] / ref[t] for t in body.targets if ref[t] > 0.0}


def test_contents_of_a_part_move_that_part_of_a_combined_target():
    found = factors("RC-cont", organ_mass_kg={"RC-cont": 0.3})
    assert found == pytest.approx({"RC-stem": 0.5, "colon": 0.5})


def test_the_mass_of_a_wall_is_the_walls_and_not_its_layers():
    assert factors("RC-wall", organ_mass_kg={"RC-wall": 0.1}) == pytest.approx({"RC-stem": 2.0, "colon": 2.0})


def test_the_mass_of_an_organ_has_its_blood_where_the_reference_has():
    found = factors("liver", organ_mass_kg={"liver": 4.72})
    assert found["liver"] == pytest.approx(0.5)
    assert found["colon"] == pytest.approx(1.0)  # electrons' bremsstrahlung from afar is not scaled


def test_the_blood_is_everywhere():
    found = factors("blood", body_mass_kg=2 * 36.3)
    assert found == pytest.approx(dict.fromkeys(icrp_like().targets, 0.5))


def test_a_remainder_of_listed_regions_scales_in_their_tissue_alone():
    body = icrp_like()
    tiac = {"liver": 0.0, "remainder": 1.0}
    whole = 0.2 + 1.8 + 29.0 + 5.0 + 0.3  # listed regions, blood, contents
    ref, own = (
        absorbed_dose(tiac, ELECTRON, body),
        absorbed_dose(tiac, ELECTRON, body, body_mass_kg=2 * whole),
    )
    assert own["muscle"] == pytest.approx(0.5 * ref["muscle"])
    assert own["RC-stem"] == pytest.approx(0.5 * ref["RC-stem"])
    assert own["LC-stem"] == pytest.approx(
        ref["LC-stem"]
    )  # no wall of it in the list: bremsstrahlung from afar
    blend = 0.4 * own["RC-stem"] + 0.4 * own["LC-stem"] + 0.2 * own["RS-stem"]
    assert own["colon"] == pytest.approx(blend)


@pytest.mark.parametrize(
    ("masses", "message"),
    [
        ({"organ_mass_kg": {"liver": 0.0}}, "mass of 'liver' is 0 kg; a mass must be above 0"),
        ({"organ_mass_kg": {"liver": -1.0}}, "'liver' is -1 kg"),
        ({"organ_mass_kg": {"total body": 80.0}}, "give it as body_mass_kg"),
        ({"organ_mass_kg": {"remainder": 80.0}}, "mass of 'remainder': .* no dose that is scaled with it"),
        ({"body_mass_kg": 0.0}, "body mass is 0 kg"),
        ({"body_mass_kg": float("nan")}, "body mass is nan kg"),
        (
            {"body_mass_kg": 3.0, "organ_mass_kg": {"liver": 3.1}},
            "liver are 3.1 kg together, the body's is 3 kg",
        ),
    ],
)
def test_bad_masses_are_refused(toy, masses, message):
    with pytest.raises(DosimetryError, match=message):
        absorbed_dose({"liver": 1.0, "remainder": 2.0}, "Zr-89", toy, **masses)


def test_masses_that_leave_no_remainder_are_refused(toy):
    tiac = {"liver": 1.0, "kidneys": 1.0, "stomach wall": 1.0, "stomach contents": 1.0, "remainder": 2.0}
    masses = {"body_mass_kg": 3.0, "organ_mass_kg": {"liver": 2.98}, "confirmed_masses": ["liver"]}
    with pytest.raises(DosimetryError, match="leave nothing of a body of 3 kg"):
        absorbed_dose(tiac, "Zr-89", toy, **masses)


def test_a_mass_that_moves_nothing_is_named(toy):
    dose = absorbed_dose({"liver": 1.0}, "Zr-89", toy, organ_mass_kg={"kidneys": 0.4})
    assert "not used: kidneys" in " ".join(dose.notes)
