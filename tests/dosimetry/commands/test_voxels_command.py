"""``milligray phantoms voxels``: from a label volume to a library, in small."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import phantoms.voxels.saf.emissions as emissions
import phantoms.voxels.saf.precision as precision
import phantoms.voxels.walk.media as media
import phantoms.voxels.walk.photons as photons
from dosimetry.commands.app import main
from dosimetry.errors import DosimetryError
from dosimetry.svalues.folding import s_arrays, s_values, spectra
from dosimetry.svalues.voxel_bodies import emissions_of
from phantoms.library.saf import SafLibrary
from phantoms.voxels.storing import load_voxel_body
from phantoms.voxels.walk.photons import Walker

#: Tables of cross-sections, which take longer than these small runs, by what they are of.
_MADE: dict[str, Any] = {}


def once(body: Any) -> Any:
    key = repr((body.code.tobytes(), body.kinds, body.spread, body.cranial))
    if key not in _MADE:
        _MADE[key] = media.media(body)
    return _MADE[key]


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with labels and outline of a made-up trunk in voxels of 8 mm; and few photons a batch."""
    nibabel = pytest.importorskip("nibabel")
    monkeypatch.setattr(precision, "Wanted", partial(precision.Wanted, histories_per_batch=200, batches=10))
    monkeypatch.setattr(photons, "media", once)
    inside, labels = (np.zeros((24, 20, 16), dtype=np.uint8) for _ in range(2))
    inside[2:22, 2:18, 1:15] = 1
    labels[4:9, 5:12, 4:10] = 5  # numbers of TotalSegmentator: liver
    labels[11:13, 8:11, 4:7] = 3  # left kidney
    labels[11:13, 8:11, 9:12] = 2  # right kidney
    labels[10:14, 14:16, 2:14] = 31  # vertebra L1
    for name, values in (("labels", labels), ("outline", inside)):
        image = nibabel.Nifti1Image(values, np.diag([-8.0, -8.0, 8.0, 1.0]))
        nibabel.save(image, tmp_path / f"{name}.nii.gz")
    return tmp_path


def run(folder: Path, *words: str, **options: str) -> int:
    given = {
        "labels": "totalsegmentator", "outline": str(folder / "outline.nii.gz"), "nuclide": "Lu-177",
        "sources": "liver,kidneys", "precision": "20", "units": str(folder / "units"), "workers": "2",
        **options,
    }  # fmt: skip
    flags = [word for name, value in given.items() if value for word in (f"--{name}", value)]
    with pytest.raises(SystemExit) as end:
        main(["phantoms", "voxels", str(folder / "labels.nii.gz"), *flags, *words])
    return int(end.value.code or 0)


def tables(path: Path) -> dict[str, Any]:
    return {k: (t.saf_per_kg, t.relative_se) for k, t in SafLibrary.load(path).tables.items()}


def same(a: Path, b: Path) -> bool:
    one, two = tables(a), tables(b)
    return all(
        np.array_equal(x, y) for k in one for x, y in zip(one[k], two[k], strict=True) if x is not None
    )


def test_a_library_for_one_nuclide_and_its_body(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = images / "patient.h5"
    assert run(images, "--name", "somebody", "--sex", "female", out=str(out)) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "regions without a voxel: spleen" in told and "somebody: 10 targets, 5 sources" in told
    library, body = SafLibrary.load(out), load_voxel_body(out)
    assert (library.phantom, library.sex, library.spectrum) == ("somebody", "female", "Lu-177")
    assert {"left kidney", "kidneys", "red marrow", "total body"} <= set(library.targets)
    assert set(library.sources) == {"left kidney", "right kidney", "liver", "total body", "kidneys"}
    assert library.target_mass_kg["liver"] == pytest.approx(body.mass_of("liver"))
    for fact in ("labels", "label table", "version milligray", "precision reached", "fingerprint", "seed"):
        assert library.provenance[fact], fact
    # S values by that nuclide alone: energy per decay of liver's electrons stays in the liver
    s = s_arrays("Lu-177", library)
    at = library.targets.index("liver"), library.sources.index("liver")
    energy = s.nuclide.energy_per_decay_MeV["electron"]
    local = energy * 1.602176634e-4 / body.mass_of("liver")  # mGy/(MBq.s) from MeV/kg
    assert 0.97 * local < s.value["electron"][at] < local
    with pytest.raises(DosimetryError, match="was made for Lu-177 alone"):
        s_values("Zr-89", library)


@pytest.mark.parametrize(("name", "daughters"), [("Zr-89", "none"), ("Ac-225", "equilibrium")])
def test_all_that_a_decay_emits_is_given_to_the_transport(name: str, daughters: str) -> None:
    given, emitted = emissions_of(name, daughters), spectra(name, daughters)
    total = sum(part.total_MeV for part in (given.photon, given.electron, given.alpha))
    assert total == pytest.approx(sum(part.total_MeV for part in emitted.values()), rel=1e-12)
    soft = emitted["photon"].between(0.0, 0.001).total_MeV
    assert soft > 0.0 and given.photon.energy_MeV.min() >= 0.001
    assert given.electron.total_MeV == pytest.approx(emitted["electron"].total_MeV + soft, rel=1e-12)
    assert given.alpha.total_MeV == emitted["alpha"].total_MeV


def test_units_merged_are_the_library_made_at_once(images: Path, tmp_path: Path) -> None:
    whole, merged = images / "whole.h5", images / "merged.h5"
    assert run(images, out=str(whole), units=str(images / "one"), workers="1") == 0
    folder = str(images / "shared")
    assert run(images, "--unit", "1/2", units=folder) == 0
    assert run(images, "--merge", units=folder, out=str(merged)) == 2
    assert not merged.exists()
    assert run(images, "--unit", "2/2", units=folder) == 0
    assert run(images, "--merge", units=folder, out=str(merged)) == 0
    assert same(whole, merged)


def test_a_merge_without_all_units_says_which_are_missing(
    images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(images, "--merge", out=str(images / "a.h5")) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "no library is made, for want of 4 of 4 units" in told
    assert "total body (0 of 20 batches)" in told and not (images / "a.h5").exists()


def test_a_stopped_run_writes_no_library_and_goes_on(
    images: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, whole = images / "patient.h5", images / "whole.h5"
    walk, calls = Walker.batch, iter(range(10**6))

    def stopped(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == 35:
            raise KeyboardInterrupt
        return walk(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Walker, "batch", stopped)
        assert run(images, out=str(out), workers="1") == 130
    assert "the same command goes on from it" in " ".join(capsys.readouterr().err.split())
    assert not out.exists() and list((images / "units").glob("*.batches"))
    assert run(images, out=str(out)) == 0
    assert run(images, out=str(whole), units=str(images / "fresh")) == 0
    assert same(out, whole)


def test_a_library_by_energy_serves_every_nuclide(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emissions, "PHOTON_MEV", (0.1, 0.5))
    monkeypatch.setattr(emissions, "ELECTRON_MEV", (0.1, 1.0))
    out = images / "all.h5"
    assert run(images, out=str(out), nuclide="", sources="liver", precision="30") == 0
    library = SafLibrary.load(out)
    assert library.spectrum == "" and library.table("photon").energy_MeV.tolist() == [0.1, 0.5]
    assert (
        s_values("Zr-89", library).loc["liver", "liver"] > s_values("Tc-99m", library).loc["liver", "liver"]
    )
    assert "by energy, 2 energies" in library.provenance["photons"]


def test_time_that_is_up_is_said_in_the_library(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = images / "patient.h5"
    assert run(images, out=str(out), minutes="0") == 2
    assert "were followed yet: give the work more time" in " ".join(capsys.readouterr().err.split())
    assert run(images, out=str(out)) == 0
    # the first rounds are there, and the time is up before any other: what is known counts
    assert run(images, out=str(out), minutes="0", precision="1") == 0
    facts = SafLibrary.load(out).provenance
    assert "since the time was up" in facts["warning precision"]
    assert facts["precision asked"].startswith("standard error of photon SAFs 1 %")
    assert "warning: the wanted precision was reached for" in " ".join(capsys.readouterr().err.split())


def test_what_the_image_lacks_comes_from_a_reference_body_that_is_named(
    images: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = images / "patient.h5"
    rest = {"out": str(out), "sources": "liver", "sex": "male", "rest-from": "adult male"}
    with monkeypatch.context() as patch:  # mistakes are told before photons are followed
        patch.setattr(Walker, "batch", None)
        assert run(images, **rest) == 2
        assert "no counterpart of other tissue" in (told := " ".join(capsys.readouterr().err.split()))
        assert "--rest-others" in told
        assert run(images, **{**rest, "sex": "female"}) == 2
        assert "a reference body of the same sex is needed" in " ".join(capsys.readouterr().err.split())
    assert run(images, **rest, **{"rest-others": "total body"}) == 0
    library = SafLibrary.load(out)
    assert {"pancreas", "liver"} <= set(library.targets)
    assert "pancreas" in library.provenance["targets of the reference body"]


@pytest.mark.parametrize(
    ("words", "options", "lines"),
    [
        (["--unit", "1/2", "--merge"], {"units": ""},
         ["--unit needs --units", "give one of the two", "--merge needs --units"]),
        ([], {}, ["--out is needed"]),
        ([], {"out": "no/such/folder/a.h5"}, ["there is no such folder"]),
        ([], {"out": "a.h5", "sources": "liver,spleen"}, ["unknown source region 'spleen'"]),
        ([], {"out": "a.h5", "nuclide": "Xx-1"}, ["unknown nuclide 'Xx-1'"]),
        ([], {"out": "a.h5", "labels": "other"}, ["other"]),
        ([], {"out": "a.h5", "precision": "0"}, ["precision 0 %"]),
        (["--unit", "3/2"], {}, ["which of how many is needed"]),
        ([], {"out": "a.h5", "rest-from": "nobody"}, ["unknown phantom 'nobody'"]),
        ([], {"out": "a.h5", "rest-others": "total body"}, ["name both"]),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said_in_a_line_each(
    images: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    words: list[str], options: dict[str, str], lines: list[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(images)
    assert run(images, *words, **options) == 2
    told = capsys.readouterr().err
    for line in lines:
        assert line in told
    assert "Traceback" not in told and not (images / "a.h5").exists()
