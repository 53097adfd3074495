"""The whole body in a table of TIACs: the remainder by subtraction where it is said, never in silence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dosimetry import DosimetryError, absorbed_dose
from dosimetry.commands.app import main
from dosimetry.tiacs.whole_body import AS_GIVEN, SUBTRACT, by_rule

TIAC = {"total body": 81.0, "liver": 11.0, "spleen": 2.0}
SE = {"total body": 4.0, "liver": 1.0, "spleen": 0.5}


def test_the_remainder_and_its_covariance() -> None:
    """var(r) = 4^2 + 1^2 + 0.5^2; cov(r, liver) = -1^2; cov(r, spleen) = -0.5^2; cov(liver, spleen) = 0."""
    found, covariance, said = by_rule(TIAC, SE, SUBTRACT)
    assert found == {"liver": 11.0, "spleen": 2.0, "remainder": 68.0}
    assert said == "remainder: whole body 81 h - liver, spleen"
    assert covariance is not None
    expected = [[1.0, 0.0, -1.0], [0.0, 0.25, -0.25], [-1.0, -0.25, 17.25]]
    assert covariance.to_numpy() == pytest.approx(np.array(expected))
    assert by_rule(TIAC, None, SUBTRACT)[1] is None


def test_below_zero_within_the_error_it_is_0_and_said() -> None:
    found, _, said = by_rule({"total body": 10.0, "liver": 11.0}, {"total body": 1.0, "liver": 1.0}, SUBTRACT)
    assert found["remainder"] == 0.0 and "set to 0" in said
    with pytest.raises(DosimetryError, match="negative remainder"):
        by_rule({"total body": 1.0, "liver": 11.0}, {"total body": 1.0, "liver": 1.0}, SUBTRACT)


@pytest.mark.parametrize(
    ("tiac", "rule", "message"),
    [
        (TIAC, None, "say --remainder 'whole body minus sources'"),
        (TIAC, "rest", "rule is 'rest'; allowed: 'whole body minus sources', 'as given'"),
        ({"liver": 1.0}, SUBTRACT, "no row 'whole body'"),
        ({"total body": 9.0, "liver": 1.0, "remainder": 8.0}, SUBTRACT, "it has the remainder too"),
    ],
)
def test_what_is_not_clear_is_refused(tiac: dict[str, float], rule: str | None, message: str) -> None:
    with pytest.raises(DosimetryError, match=message):
        by_rule(tiac, None, rule)


def test_a_whole_body_alone_and_a_table_without_one_are_as_they_stand() -> None:
    for tiac in ({"total body": 81.0}, {"liver": 1.0, "remainder": 3.0}):
        for rule in (None, AS_GIVEN):
            assert by_rule(tiac, None, rule) == (tiac, None, "")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "t.csv"
    table.write_text("source,tiac_h,sd_h\nwhole body,81,4\nliver,11,1\nspleen,2,0.5\n")
    command = ["dose", "--nuclide", "Zr-89", "--phantom", "adult male", "--tiac", str(table), "--json"]
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code == 2
    assert "t.csv: the table of TIACs has the total body and other regions" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main([*command, "--remainder", "as given"])
    assert ended.value.code == 2
    assert "t.csv: the table of TIACs has the total body and other regions" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main([*command, "--remainder", SUBTRACT])
    assert not ended.value.code
    found = json.loads(capsys.readouterr().out)
    made, covariance, _ = by_rule(TIAC, SE, SUBTRACT)
    expected = absorbed_dose(made, "Zr-89", "adult male", tiac_covariance_h2=covariance)
    doses = {row["target"]: row for row in found["doses"]}
    assert doses["liver"]["dose_mGy_per_MBq"] == expected["liver"]
    assert doses["liver"]["se_mGy_per_MBq"] == expected.to_frame().loc["liver", "se_mGy_per_MBq"]
    assert "remainder: whole body 81 h - liver, spleen." in found["provenance"]["notes"]
    effective = {e["weights"]: e for e in found["effective_doses"]}
    assert effective["ICRP 103"]["note"] == "not sex-averaged" and effective["ICRP 60"]["note"] == ""
    assert effective["ICRP 60"]["se_from_tiac_mSv_per_MBq"] > 0
