"""Regions that a patient's body lacks, from a reference body: which pairs, which factors, what is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from patient_body import LEFT, LESION, MISSING, RIGHT, for_nuclide, patient_library

from dosimetry import absorbed_dose, with_regions_of
from dosimetry.svalues.folding import s_arrays, s_values
from dosimetry.svalues.remainder import remainder_of
from phantoms.errors import PhantomError
from phantoms.library.installed import load_phantom
from phantoms.library.reference_regions import reference_note, with_reference_regions
from phantoms.library.saf import METHODS, SafLibrary, SafTable, reference_targets

MAN = "adult male"
STAND_IN = {LESION: "liver"}
TAKEN = tuple(r for r in MISSING if r not in ("ovaries", "uterus"))


def _scaled(library: SafLibrary, ratio: float) -> SafLibrary:
    """The same with the mass of its whole body changed, and no SAF."""
    mass = {**library.source_mass_kg, "total body": ratio * library.source_mass_kg["total body"]}
    return replace(library, source_mass_kg=mass)


def _without(library: SafLibrary, region: str) -> SafLibrary:
    """The same without a region, as target and as source."""
    t, s = ([n for n in names if n != region] for names in (library.targets, library.sources))
    pick = np.ix_([library.targets.index(n) for n in t], [library.sources.index(n) for n in s])
    tables = {k: SafTable(own.energy_MeV, own.saf_per_kg[pick]) for k, own in library.tables.items()}
    return replace(library, targets=tuple(t), sources=tuple(s), tables=tables)


def test_rows_and_columns_are_the_references_and_own_pairs_stay() -> None:
    own, man = patient_library(), load_phantom(MAN)
    whole = with_reference_regions(own, man, stand_ins=STAND_IN)
    assert whole.targets == (*own.targets, *TAKEN) and reference_targets(whole) == TAKEN
    assert set(whole.sources) - set(own.sources) == set(TAKEN)
    for kind, table in whole.tables.items():
        t, s = len(own.targets), len(own.sources)
        np.testing.assert_array_equal(table.saf_per_kg[:t, :s], own.tables[kind].saf_per_kg)
        theirs = man.tables[kind].saf_per_kg
        for target, source in (("adrenals", "liver"), ("liver", "adrenals"), ("testes", "testes")):
            found = table.saf_per_kg[whole.targets.index(target), whole.sources.index(source)]
            expected = theirs[man.targets.index(target), man.sources.index(source)]
            np.testing.assert_allclose(found, expected, rtol=1e-12)
    photon = whole.table("photon")
    assert photon.method is not None and photon.relative_se is not None
    codes = photon.method[whole.targets.index("adrenals")]
    assert set(codes.ravel().tolist()) == {METHODS.index("reference body")}
    assert METHODS.index("reference body") not in photon.method[:t, :s]
    i, j = whole.targets.index("adrenals"), whole.sources.index("spleen")
    m, n = man.targets.index("adrenals"), man.sources.index("spleen")
    np.testing.assert_allclose(photon.relative_se[i, j], man.table("photon").relative_se[m, n])  # type: ignore[index]


def test_sides_and_lesions_take_what_they_are_a_part_of() -> None:
    own, man = patient_library(), load_phantom(MAN)
    whole = with_reference_regions(own, man, stand_ins=STAND_IN)
    photon, theirs = whole.table("photon").saf_per_kg, man.table("photon").saf_per_kg

    def pair(target: str, source: str) -> np.ndarray:
        return photon[whole.targets.index(target), whole.sources.index(source)]

    def of(target: str, source: str) -> np.ndarray:
        return theirs[man.targets.index(target), man.sources.index(source)]

    for side in (LEFT, RIGHT, "kidneys"):
        np.testing.assert_allclose(pair("adrenals", side), of("adrenals", "kidneys"))
        np.testing.assert_allclose(pair(side, "adrenals"), of("kidneys", "adrenals"))
    np.testing.assert_allclose(pair("adrenals", LESION), of("adrenals", "liver"))
    np.testing.assert_allclose(pair(LESION, "adrenals"), of("liver", "adrenals"))
    # what merely stands in for a region sends no electrons into another
    electron = with_reference_regions(own, man, others="total body").table("electron").saf_per_kg
    assert not electron[whole.targets.index("adrenals"), whole.sources.index(LESION)].any()
    assert not electron[whole.targets.index(LESION), whole.sources.index("adrenals")].any()
    assert "liver for lesion 1" in reference_note(whole)


def test_a_spread_source_goes_with_the_mass_of_the_body() -> None:
    man, own = load_phantom(MAN), _scaled(patient_library(), 0.5)
    whole = with_reference_regions(own, man, stand_ins=STAND_IN)
    for kind, factor in (("electron", 2.0), ("photon", 2.0 ** (2 / 3))):
        found = whole.table(kind).saf_per_kg[whole.targets.index("testes"), whole.sources.index("total body")]
        theirs = man.table(kind).saf_per_kg[man.targets.index("testes"), man.sources.index("total body")]
        np.testing.assert_allclose(found, factor * theirs, rtol=1e-12)
        found = whole.table(kind).saf_per_kg[whole.targets.index("total body"), whole.sources.index("testes")]
        theirs = man.table(kind).saf_per_kg[man.targets.index("total body"), man.sources.index("testes")]
        np.testing.assert_allclose(found, factor * theirs, rtol=1e-12)


def test_contents_irradiate_a_wall_that_is_lent_by_their_own_mass() -> None:
    man = load_phantom(MAN)
    own = patient_library(missing=("urinary bladder wall",))
    mass = {
        **own.source_mass_kg,
        "urinary bladder contents": 2 * own.source_mass_kg["urinary bladder contents"],
    }
    whole = with_reference_regions(replace(own, source_mass_kg=mass), man, stand_ins=STAND_IN, sources=[])
    i, j = whole.targets.index("urinary bladder wall"), whole.sources.index("urinary bladder contents")
    m, n = man.targets.index("urinary bladder wall"), man.sources.index("urinary bladder contents")
    np.testing.assert_allclose(
        whole.table("electron").saf_per_kg[i, j], 0.5 * man.table("electron").saf_per_kg[m, n]
    )
    np.testing.assert_allclose(whole.table("photon").saf_per_kg[i, j], man.table("photon").saf_per_kg[m, n])


@pytest.mark.parametrize("name", ["Zr-89", "Lu-177", "Y-90"])
def test_a_library_of_one_nuclide_takes_means_over_it(name: str) -> None:
    own = for_nuclide(patient_library(), name)
    whole = with_regions_of(own, MAN, stand_ins=STAND_IN)
    assert whole.spectrum == own.spectrum
    found, theirs = s_values(name, whole), s_values(name, MAN)
    for target in TAKEN:
        for source in ("liver", "spleen", "total body", "adrenals"):
            assert found.loc[target, source] == pytest.approx(theirs.loc[target, source], rel=1e-9)
    s, s_ref = s_arrays(name, whole), s_arrays(name, MAN)
    assert s.variance is not None and s_ref.variance is not None
    i, j = whole.targets.index("adrenals"), whole.sources.index("liver")
    m, n = s_ref.library.targets.index("adrenals"), s_ref.library.sources.index("liver")
    assert s.variance["photon"][i, j] == pytest.approx(s_ref.variance["photon"][m, n], rel=1e-5)  # stored f4


def test_a_body_that_lent_and_took_the_same_has_the_same_doses() -> None:
    man = load_phantom(MAN)
    keep_t = [i for i, t in enumerate(man.targets) if t not in MISSING]
    keep_s = [i for i, s in enumerate(man.sources) if s not in MISSING]
    tables = {k: SafTable(t.energy_MeV, t.saf_per_kg[np.ix_(keep_t, keep_s)]) for k, t in man.tables.items()}
    lacking = replace(
        man,
        targets=tuple(man.targets[i] for i in keep_t),
        sources=tuple(man.sources[i] for i in keep_s),
        tables=tables,
    )
    whole = with_regions_of(lacking, man)
    tiac = {"liver": 11.0, "kidneys": 2.0, "testes": 0.01, "remainder": 60.0}
    ours, theirs = absorbed_dose(tiac, "Zr-89", whole), absorbed_dose(tiac, "Zr-89", man)
    for target in whole.targets:
        assert ours[target] == pytest.approx(theirs[target], rel=1e-12)
    assert ours.reference_targets == TAKEN and ours.reference_body == MAN
    e, e_of_man = ours.effective("ICRP 103"), theirs.effective("ICRP 103")
    assert float(e) == pytest.approx(float(e_of_man), rel=1e-12)
    lent = "adrenals, breasts, testes, thymus of the reference body 'adult male'"
    assert e.note == f"not sex-averaged; {lent}"
    assert "of the reference body" not in e_of_man.note
    assert any(note.startswith("Of the reference body 'adult male', not of this body: doses to adrenals")
               for note in ours.notes)  # fmt: skip


def test_both_sides_make_the_pair_and_one_side_is_no_pair() -> None:
    own, man = patient_library(), load_phantom(MAN)
    i = own.targets.index("kidneys")

    def without(*regions: str) -> SafLibrary:
        keep = [k for k, t in enumerate(own.targets) if t not in regions]
        also = [k for k, s in enumerate(own.sources) if s not in regions]
        return replace(
            own,
            targets=tuple(own.targets[k] for k in keep),
            sources=tuple(own.sources[k] for k in also),
            tables={
                k: SafTable(t.energy_MeV, t.saf_per_kg[np.ix_(keep, also)],
                            None if t.relative_se is None else t.relative_se[np.ix_(keep, also)])
                for k, t in own.tables.items()
            },
            conventions=replace(own.conventions, combined={}),
        )  # fmt: skip

    joined = with_reference_regions(without("kidneys"), man, stand_ins=STAND_IN, sources=[])
    assert "kidneys" not in reference_targets(joined)
    assert joined.conventions.combined == {"kidneys": {LEFT: 0.5, RIGHT: 0.5}}
    k, liver = joined.targets.index("kidneys"), joined.sources.index("liver")
    expected = own.table("photon").saf_per_kg[i, own.sources.index("liver")]
    np.testing.assert_allclose(joined.table("photon").saf_per_kg[k, liver], expected, rtol=1e-12)
    one = with_reference_regions(without("kidneys", LEFT), man, stand_ins=STAND_IN)
    assert "kidneys" not in one.targets and "kidneys" not in one.sources
    assert "kidneys: the body has it as right kidney" in one.provenance["not of the reference body"]


def test_a_source_that_was_not_run_is_not_lent() -> None:
    own, man = patient_library(), load_phantom(MAN)
    keep = [own.sources.index(s) for s in ("liver", "total body")]
    few = replace(
        own,
        sources=("liver", "total body"),
        tables={k: SafTable(t.energy_MeV, t.saf_per_kg[:, keep]) for k, t in own.tables.items()},
    )
    whole = with_reference_regions(few, man, stand_ins=STAND_IN)
    assert set(whole.sources) - set(few.sources) == set(TAKEN)  # those that go with what is lent
    asked = with_reference_regions(few, man, stand_ins=STAND_IN, sources=["spleen", "cortical bone"])
    assert set(asked.sources) - set(few.sources) == {"cortical bone"}
    assert "spleen: the body has it, but" in asked.provenance["not of the reference body"]


def test_contents_get_what_their_wall_gets_from_a_lent_source() -> None:
    own, man = patient_library(), load_phantom(MAN)
    targets = tuple("stomach contents" if t == "spleen" else t for t in own.targets)
    mass = {("stomach contents" if t == "spleen" else t): m for t, m in own.target_mass_kg.items()}
    voxels = replace(own, targets=targets, target_mass_kg=mass)
    whole = with_reference_regions(voxels, man, stand_ins=STAND_IN)
    assert "stomach wall for stomach contents" in whole.provenance["stand-ins in the reference body"]
    i, j = whole.targets.index("stomach contents"), whole.sources.index("adrenals")
    m, n = man.targets.index("stomach wall"), man.sources.index("adrenals")
    np.testing.assert_allclose(whole.table("photon").saf_per_kg[i, j], man.table("photon").saf_per_kg[m, n])
    assert "spleen" in reference_targets(whole) and not whole.table("electron").saf_per_kg[i, j].any()


def test_a_library_lent_marrow_takes_its_bone_too() -> None:
    own = patient_library(missing=("red marrow", "osteogenic cells", "cortical bone", "trabecular bone"))
    whole = with_reference_regions(own, load_phantom(MAN), stand_ins=STAND_IN)
    assert set(whole.targets) - set(own.targets) == {"red marrow", "osteogenic cells"}
    assert set(whole.sources) - set(own.sources) == {"red marrow", "cortical bone", "trabecular bone"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, r"no counterpart of lesion 1: .*stand_ins = \{'lesion 1': 'liver'\}"),
        ({"stand_ins": {"lesion 2": "liver"}}, "unknown region 'lesion 2'"),
        ({"stand_ins": {LESION: "livver"}}, "unknown region 'livver'.*near names: liver"),
        ({"others": "no such"}, "unknown region 'no such'"),
        ({"stand_ins": STAND_IN, "targets": ["tail"]}, "unknown target region 'tail'"),
    ],
)
def test_what_is_not_known_is_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(PhantomError, match=said):
        with_regions_of(patient_library(), MAN, **options)  # type: ignore[arg-type]


def test_bodies_that_are_no_reference() -> None:
    own = patient_library()
    with pytest.raises(PhantomError, match="a reference body of the same sex is needed"):
        with_regions_of(own, "adult female", stand_ins=STAND_IN)
    with pytest.raises(PhantomError, match="was made for Zr-89 alone and is no reference body"):
        with_regions_of(own, for_nuclide(own, "Zr-89"))
    with pytest.raises(PhantomError, match="must be averaged over the same emissions"):
        with_reference_regions(for_nuclide(own, "Zr-89"), load_phantom(MAN), stand_ins=STAND_IN)
    with pytest.raises(PhantomError, match="has regions of the reference body 'adult male' already"):
        with_regions_of(with_regions_of(own, MAN, stand_ins=STAND_IN, targets=["thymus"]), MAN)
    assert with_regions_of(MAN, MAN) is load_phantom(MAN)


@pytest.mark.parametrize("cut", [False, True])
def test_a_lent_source_is_not_taken_off_a_body_that_its_image_cuts(cut: bool) -> None:
    """The total body of a cut body is what the image shows: 51 kg of lent muscle are not all in it."""
    ends = "the image cuts the body at its lower end" if cut else "the whole body is within the image"
    man = load_phantom(MAN)
    mine = _without(man, "muscle")
    mine = replace(mine, provenance={**mine.provenance, "image ends": ends})
    lent = with_reference_regions(mine, man)
    assert "muscle" in lent.sources and "muscle" in lent.targets
    rest = remainder_of(lent, ["liver", "muscle"])
    whole, muscle = lent.source_mass_kg["total body"], lent.source_mass_kg["muscle"]
    off = lent.source_mass_kg["liver"] + (0.0 if cut else muscle)
    assert rest.mass_kg == pytest.approx(whole - off)
    assert rest.taken == (("liver",) if cut else ("liver", "muscle"))
    share = rest.share[lent.sources.index("muscle")]
    assert share == pytest.approx(0.0 if cut else -muscle / rest.mass_kg)
    assert ("Not taken off: muscle, lent by a reference body" in rest.note) == cut
    assert ("muscle" in rest.tissue) == cut
    # what it gives is the same with it as without, where nothing of it is in the body
    if cut:
        alone = remainder_of(mine, ["liver"])
        s, t = s_arrays("Lu-177", lent), s_arrays("Lu-177", mine)
        here, there = rest.s_values(s)[0], alone.s_values(t)[0]
        for kind, values in there.items():
            assert here[kind][: len(mine.targets)] == pytest.approx(values, rel=1e-12)
