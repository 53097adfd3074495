"""Left and right: which words name a side, and that a side is never taken for the whole."""

import pytest

from phantoms import PhantomError, load_phantom
from phantoms.regions.names import ONE_OF, SOURCES, TARGETS, resolve
from phantoms.regions.sides import absent_sides, region_or_side


@pytest.mark.parametrize(
    "word",
    ["left kidney", "Left Kidney", "kidney left", "Kidney, left", "Kidney (L)", "l_kidney", "kidneys left"],
)
def test_words_for_the_left_kidney(word: str) -> None:
    named = region_or_side(word, SOURCES)
    assert (named.region, named.side, named.word, named.other) == (
        "kidneys", "left", "left kidney", "right kidney",
    )  # fmt: skip


@pytest.mark.parametrize("region", [r for r in ONE_OF if r in SOURCES])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_side_is_no_name_of_the_whole(region: str, side: str) -> None:
    assert region_or_side(f"{side} {ONE_OF[region]}", SOURCES) == (region, side)
    with pytest.raises(PhantomError, match=f"left and right are one region here, '{region}'"):
        resolve(f"{side} {ONE_OF[region]}", SOURCES, kind="source region")
    with pytest.raises(PhantomError, match="give the mean dose of both, weighted by their masses"):
        resolve(f"{side} {ONE_OF[region]}", TARGETS, kind="target region")


def test_a_region_of_its_own_is_no_side() -> None:
    own = region_or_side("left kidney", [*SOURCES, "left kidney"])
    assert own == ("left kidney", "")
    assert region_or_side("left colon contents", ["LC-cont", "kidneys"], kind="source region") == (
        "LC-cont",
        "",
    )
    assert region_or_side("kidney", SOURCES).side == ""


@pytest.mark.parametrize("word", ["left liver", "left", "right spleen", "kidney medial"])
def test_what_has_no_sides_is_unknown(word: str) -> None:
    with pytest.raises(PhantomError, match="unknown region"):
        region_or_side(word, SOURCES)


def test_absent() -> None:
    body = load_phantom("adult male")
    assert absent_sides(["Kidney, left", "right lung"], body.sources) == {"left kidney", "right lung"}
    assert absent_sides([], body.sources) == frozenset()
    with pytest.raises(
        PhantomError, match="'spleen' cannot be said to be absent: one side of a paired organ"
    ):
        absent_sides(["spleen"], body.sources)
    with pytest.raises(PhantomError, match="'right kidney' and 'left kidney' cannot both be absent"):
        absent_sides(["left kidney", "right kidney"], body.sources)
    with pytest.raises(PhantomError, match="unknown source region 'left kidny'"):
        absent_sides(["left kidny"], body.sources)
