"""Hollow organs that a body has as one region, wall and contents together, as a segmented image shows them.

"stomach" is a usual word for the stomach's wall, and a tissue of effective dose takes the region of this name
where a body has no wall. What it gets then is the mean of wall and contents, and that must be said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from phantoms.regions.names import normal_form

#: Provenance key of a body whose image shows hollow organs as one; its fact is what :func:`hollow_fact` says.
HOLLOW = "hollow organs as one"
#: How keys end under which facts say which share of a tissue of the skeleton a body has.
IN_THE_IMAGE = " in the image"
#: Provenance key of where a segmented image ends, and its fact where nothing of the body is beyond.
IMAGE_ENDS, ALL_IN_IMAGE = "image ends", "the whole body is within the image"
_BEGIN = "wall and contents (or blood, or air) are one region: "
_END = "; their walls are not told apart"
#: Words for a whole organ that tissues of effective dose take for its wall, in whosever library they are.
_WORDS = ("stomach", "heart", "bladder", "urinary bladder", "gallbladder", "gall bladder")
#: The parts of the large intestine by the bodies that have it in parts, as their names begin.
_COLON = ("upper large intestine", "lower large intestine", "rc", "lc", "rs", "colon")


def hollow_fact(regions: Sequence[str]) -> str:
    """What a body's facts say of its hollow organs.

    >>> hollow_fact(["heart", "stomach"])
    'wall and contents (or blood, or air) are one region: heart, stomach; their walls are not told apart'
    """
    return f"{_BEGIN}{', '.join(regions)}{_END}"


def whole_organs(targets: Sequence[str], facts: Mapping[str, str]) -> tuple[str, ...]:
    """The targets of a body that are a hollow organ with its contents, by its facts and by their names.

    >>> whole_organs(["bladder", "liver", "colon", "stomach wall"], {HOLLOW: hollow_fact(["colon"])})
    ('bladder', 'colon')
    """
    told = facts.get(HOLLOW, "").removeprefix(_BEGIN).removesuffix(_END).split(", ")
    return tuple(t for t in targets if t in told or normal_form(t) in _WORDS)


def _stem(name: str) -> str:
    """The organ that a wall or contents are of, else the word itself; "bladder" is the urinary one."""
    words = normal_form(name)
    for end in (" wall", " contents", " stem", " cont", " mucosa"):
        words = words.removesuffix(end)
    return words.removeprefix("urinary ")


def whole_organ_of(region: str, whole: Sequence[str]) -> str:
    """The one of some whole organs that a wall or contents are a part of; "" where none is.

    >>> whole_organ_of("heart contents", ["heart"]), whole_organ_of("RC-cont", ["colon"])
    ('heart', 'colon')
    >>> whole_organ_of("liver", ["heart", "colon"])
    ''
    """
    stem = _stem(region)
    if stem == normal_form(region).removeprefix("urinary "):
        return ""
    names = (stem, "colon" if stem in _COLON else stem)
    return next((organ for organ in whole if _stem(organ) in names), "")


def hollow_note(targets: Sequence[str], facts: Mapping[str, str]) -> str:
    """One sentence on a body's hollow organs; "" where all walls are regions of their own.

    >>> hollow_note(["liver", "stomach wall"], {})
    ''
    """
    whole = whole_organs(targets, facts)
    if not whole:
        return ""
    return (
        f"Wall and contents are one region: {', '.join(whole)}; a dose to it is the mean of both,"
        " more than the wall's where the activity is in the contents (of electrons up to twice)."
    )


def is_cut(facts: Mapping[str, str]) -> bool:
    """Whether a part of the body is beyond the image that it was made of, by its facts.

    >>> is_cut({IMAGE_ENDS: "the image cuts the body at its upper end"}), is_cut({IMAGE_ENDS: ALL_IN_IMAGE})
    (True, False)
    """
    return facts.get(IMAGE_ENDS, ALL_IN_IMAGE) != ALL_IN_IMAGE


def in_part_note(facts: Mapping[str, str]) -> str:
    """One sentence on tissues of the skeleton that a body has a part of; "" where they are whole.

    >>> in_part_note({"red marrow in the image": "55.9 % of it; as target and source it is that part"})
    'In the image: red marrow 55.9 % of it; a TIAC of such a source is that of this part.'
    """
    parts = {
        key.removesuffix(IN_THE_IMAGE): text.partition(";")[0]
        for key, text in facts.items()
        if key.endswith(IN_THE_IMAGE)
    }
    told = ", ".join(f"{tissue} {share}" for tissue, share in parts.items())
    return f"In the image: {told}; a TIAC of such a source is that of this part." if told else ""
