"""Contents and their walls are found by the names that label tables give them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from phantoms.voxels.body import VoxelBody
from phantoms.voxels.saf.charged import alpha_table, walls_of
from phantoms.voxels.saf.emissions import Emissions, spectrum
from phantoms.voxels.saf.regions import Regions

WALL, CONTENTS = "urinary bladder wall", "urinary bladder contents"


@pytest.mark.parametrize(
    ("wall", "contents"),
    [
        ("RC-wall", "RC-cont"), ("LC-wall", "LC-cont"), ("RS-wall", "RS-cont"),
        ("SI-wall", "small intestine contents"), ("small intestine", "small intestine contents"),
        ("colon wall", "colon contents"), ("stomach wall", "stomach contents"),
    ],
)  # fmt: skip
def test_a_wall_gets_its_share_of_alphas_under_each_name(small: VoxelBody, wall: str, contents: str) -> None:
    """In ICRP 110's phantoms "RC-cont" was taken for its own wall, and kept a 200th of its alphas."""
    name = {WALL: wall, CONTENTS: contents}
    body = replace(
        small,
        kinds=tuple(k._replace(region=name.get(k.region, k.region)) for k in small.kinds),
        mass_kg={name.get(r, r): m for r, m in small.mass_kg.items()},
    )
    assert walls_of(body) == {contents: (wall,)}
    regions = Regions(body, (contents,))
    none = spectrum()
    table = alpha_table(regions, Emissions("alphas", none, none, spectrum([5.0], [5.0])))
    found = table.saf_per_kg[regions.targets.index(wall), regions.sources.index(contents), 0]
    assert found == pytest.approx(0.005 / body.mass_of(contents))
    own = table.saf_per_kg[regions.targets.index(contents), regions.sources.index(contents), 0]
    assert own == pytest.approx(1.0 / body.mass_of(contents))
