"""What labels of one region must share, and which tissues a part of the skeleton can be made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from milligray.text_files import shown
from phantoms.regions.names import normal_form
from phantoms.transport.materials import Tissue
from phantoms.voxels.images.tables import tissues
from phantoms.voxels.images.tables.labels import Label

#: Tissues of the program that bones are made of.
OF_BONES = (tissues.BONE, "cortical bone", "red marrow", "yellow marrow")
#: A tissue of a user's own is one of bone where this share of its mass is calcium, or more.
LEAST_CALCIUM = 0.01
_CALCIUM = 20


def disagreements(labels: Mapping[int, Label], words: Mapping[int, str]) -> Iterator[str]:
    """What is wrong about labels that are one region, in words.

    Labels of one name are one region on purpose, and each keeps its own tissue in it. Two names that mean one
    region ("esophagus", "oesophagus") may be chance: of two tissues they are refused.

    words : the region of each label, as it is written in the table.
    """
    first_of: dict[str, int] = {}
    for number, label in labels.items():
        first = first_of.setdefault(label.region, number)
        other, word, before = labels[first], words[number], words[first]
        if (label.site, label.holds, label.rest) != (other.site, other.holds, other.rest):
            yield (
                f"labels.{number}: region '{label.region}' is also that of label {first}, with another"
                " site, holds or rest; they agree within a region"
            )
        elif normal_form(word) != normal_form(before) and label.tissue != other.tissue:
            yield (
                f"labels.{number}: '{shown(word)}' and '{shown(before)}' (label {first}) are both the region"
                f" '{label.region}', of two tissues ({label.tissue.name}, {other.tissue.name}): write one"
                " name for both if they are one region, else give one of them another name"
            )


def no_bone(tissue: Tissue, site: str) -> str:
    """Why a label of this tissue can be no part of the skeleton; "" where it can."""
    calcium = tissue.fractions.get(_CALCIUM, 0.0)
    if tissue.name in OF_BONES or (tissue.name not in tissues.catalogue() and calcium >= LEAST_CALCIUM):
        return ""
    return (
        f"site = '{site}' gives the label a share of the skeleton's marrow and bone, and '{tissue.name}' is"
        f" no tissue of bones: leave out the site, or take one of {', '.join(OF_BONES)}, or one of [tissues]"
        f" with {LEAST_CALCIUM * 100:g} % of calcium or more"
    )
