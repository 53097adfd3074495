"""The classes of voxels of a label volume: outside, the rest of the body, and each label that has voxels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from milligray.text_files import shown
from phantoms.errors import PhantomError
from phantoms.voxels.images.nifti import Volume
from phantoms.voxels.images.tables.labels import Label, LabelTable

#: Numbers that a message names one by one.
NAMED = 10
#: The class of what is inside the body without a label (0 is the space around).
REST = 1


class Classes(NamedTuple):
    """What the classes of voxels are.

    entries : label of each class; entries[0] stands for the space around and entries[1] for the rest, whose
        region labels have that are the rest too.
    numbers : number of each class in the label volume; 0 for the first two.
    counts : voxels of each number in the label volume, by number.
    """

    entries: tuple[Label, ...]
    numbers: tuple[int, ...]
    counts: NDArray[np.int64]

    def assign(self, labels: NDArray[Any], inside: NDArray[np.bool_]) -> NDArray[Any]:
        """The class of each voxel, (I, J, K), slice by slice."""
        kind = np.uint8 if len(self.entries) < 256 else np.uint16
        lookup = np.zeros(self.counts.size, dtype=kind)
        for c, number in enumerate(self.numbers):
            if number:
                lookup[number] = REST if self.entries[c].as_unlabelled else c
        which = np.empty(labels.shape, dtype=kind, order="F")
        for k in range(labels.shape[2]):
            part = lookup[labels[:, :, k]]
            which[:, :, k] = np.where((part == 0) & inside[:, :, k], REST, part)
        return which

    def several_tissues(self, mass_kg: NDArray[Any]) -> str:
        """The regions whose voxels are of several tissues, with these, in words; "" where there is none.

        mass_kg : by class, (classes,); those without a mass have no voxel.
        """
        found: dict[str, dict[str, None]] = {}
        for c in np.flatnonzero(mass_kg):
            label = self.entries[c]
            found.setdefault(label.region, {})["unlabelled" if c == REST else label.tissue.name] = None
        return ", ".join(f"{r} ({', '.join(names)})" for r, names in found.items() if len(names) > 1)


def classes_of(labels: Volume, table: LabelTable) -> Classes:
    """The classes of a label volume, by its table.

    Raises
    ------
    PhantomError : no voxel has a label; numbers that the table has not, with how many voxels have them.
    """
    highest = int(labels.values.max())
    counts = np.zeros(highest + 1, dtype=np.int64)
    for k in range(labels.values.shape[2]):
        counts += np.bincount(labels.values[:, :, k].ravel(order="K"), minlength=highest + 1)
    there = [int(n) for n in np.flatnonzero(counts) if n]
    if not there:
        raise PhantomError(f"{labels.path}: no voxel has a label; all are 0")
    if unknown := [n for n in there if n not in table.labels]:
        named = ", ".join(f"{n} ({counts[n]} voxels)" for n in unknown[:NAMED])
        more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
        raise PhantomError(
            f"{labels.path}: labels that the table '{table.name}' has not: {named}{more}. Is it another"
            " task, or another version of the segmentation? Name them in a label table of your own (extends"
            " = ... keeps the others)"
        )
    _check_names(labels, table, there)
    rest = table.rest._replace(rest=True)
    entries = (table.labels[n] for n in there)
    of_the_rest = (e._replace(region=rest.region) if e.rest else e for e in entries)
    return Classes((rest, rest, *of_the_rest), (0, 0, *there), counts)


def _check_names(labels: Volume, table: LabelTable, there: list[int]) -> None:
    """Nothing, where the header's own names of the labels are those that the table's are called."""
    pairs = [(n, labels.names.get(n, ""), table.labels[n].called) for n in there]
    other = [
        f"{n} is '{shown(own)}', here '{ours}'" for n, own, ours in pairs if own and ours and own != ours
    ]
    if other:
        more = f" and {len(other) - NAMED} more" if len(other) > NAMED else ""
        raise PhantomError(
            f"{labels.path}: its header has other names for the labels than the table '{table.name}':"
            f" {', '.join(other[:NAMED])}{more}. It is another task, or another version of the segmentation"
        )
