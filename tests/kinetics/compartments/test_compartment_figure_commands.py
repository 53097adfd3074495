"""``milligray compartments --picture`` and ``--plot``: files of each kind, one clear line for another."""

import json

import pytest

from dosimetry.commands.app import main

MODEL = "examples/compartments/two-compartments.toml"


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return end.value.code, out, err


@pytest.mark.parametrize(("kind", "begins"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_both_are_written_beside_pure_json(capsys, tmp_path, kind, begins):
    picture, plot = tmp_path / f"picture.{kind}", tmp_path / f"plot.{kind}"
    code, out, err = run(capsys, "compartments", MODEL, "--picture", picture, "--plot", plot, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["warnings"] == []
    for file in (picture, plot):
        assert file.read_bytes().startswith(begins)
    if kind == "svg":  # the rates are those of the fit, not those it began with
        fitted = json.loads(out)["parameters"]["k10"]["value"]
        assert f"k10 = {fitted:.5g}" in picture.read_text(encoding="utf-8")


def test_graphviz_text_and_a_kind_that_there_is_not(capsys, tmp_path):
    assert run(capsys, "compartments", MODEL, "--picture", tmp_path / "model.dot")[0] == 0
    text = (tmp_path / "model.dot").read_text(encoding="utf-8")
    assert text.startswith("digraph model {") and "rates per hour" in text
    for option, name in (("--picture", "model.gif"), ("--plot", "model.dot"), ("--plot", "none/model.svg")):
        code, _, err = run(capsys, "compartments", MODEL, option, tmp_path / name)
        assert code == 2 and err.count("\n") == 1 and name.split("/")[-1] in err


def test_names_that_no_font_has_are_said_to_be_so(capsys, tmp_path):
    file = tmp_path / "model.toml"
    file.write_text(
        'name = "m"\ntime_unit = "h"\nhalf_life_h = 1.0\ncompartments = ["\U0002a6d6"]\nsinks = ["out"]\n'
        '[bolus]\n"\U0002a6d6" = 1.0\n[transfers]\n"\U0002a6d6 -> out" = 0.1\n',
        encoding="utf-8",
    )
    code, out, _ = run(capsys, "compartments", file, "--picture", tmp_path / "model.svg", "--json")
    assert code == 0 and "no installed font has" in json.loads(out)["warnings"][0]


def test_a_file_that_names_its_nuclide_needs_no_half_life_and_a_chain_has_all_of_its_nuclides(capsys):
    code, out, _ = run(capsys, "compartments", "examples/models/fdg-icrp128.toml", "--json")
    assert code == 0 and json.loads(out)["half_life_h"] == pytest.approx(1.8295, rel=1e-3)  # 109.77 min
    code, out, _ = run(capsys, "compartments", "examples/models/lead-icrp137.toml", "--json")
    found = json.loads(out)
    assert (
        code == 0
        and found["tiac_h"]["Bi-212: kidneys"]["value"] > found["tiac_h"]["Pb-212: kidneys"]["value"]
    )
    code, out, _ = run(capsys, "compartments", "examples/models/lead-icrp137.toml")
    assert code == 0 and "Bi-212: activity per administered activity" in out and "Bi-212: kidneys" in out


def test_a_nuclide_that_there_is_not_is_told_with_the_file(capsys, tmp_path):
    file = tmp_path / "model.toml"
    file.write_text('time_unit = "h"\nnuclide = "F-99"\n', encoding="utf-8")
    code, _, err = run(capsys, "compartments", file)
    assert code == 2 and "model.toml: nuclide: unknown nuclide 'F-99'" in err


def test_both_pictures_or_none(capsys, tmp_path):
    same, nowhere = tmp_path / "p.svg", tmp_path / "none" / "q.svg"
    code, _, err = run(capsys, "compartments", MODEL, "--picture", same, "--plot", same)
    assert code == 2 and "--picture writes this file already" in err
    code, _, err = run(capsys, "compartments", MODEL, "--picture", same, "--plot", nowhere)
    assert code == 2 and "there is no such folder" in err
    assert list(tmp_path.iterdir()) == []
