"""Uncertainties from the literature that a study may take by the word "default"."""

from __future__ import annotations

from dosimetry.uncertainty.inputs import Effect, Input

#: Standard deviations of a normal distribution between its 10th and its 90th percentile.
SD_10_TO_90 = 2.0 * 1.2815515655446004
#: Largest difference of the SAFs of organs in the trunk between adults of the 10th and the 90th percentile of
#: size and normal stature: 15 to 30 % where an organ irradiates itself, 8 to 33 % where it irradiates another
#: (Marine et al., J Nucl Med 2010;51:806-811, abstract; 0.3 to 1.1 % per kg of body weight).
LARGEST_DIFFERENCE = 0.33
PATIENT_AND_PHANTOM_U = LARGEST_DIFFERENCE / SD_10_TO_90
PATIENT_AND_PHANTOM = "patient and phantom"

SOURCE = (
    "Marine et al., J Nucl Med 2010;51:806-811: SAFs of normal-stature adults of different size differ by"
    " 33 % at most, read as the range from the 10th to the 90th percentile; no disease or odd anatomy in it"
)


def patient_and_phantom() -> Input:
    """How far doses of a patient are from those of the phantom, by body size alone.

    All targets have one error: a larger body has smaller SAFs throughout.

    >>> round(patient_and_phantom().effects[0].u, 3)
    0.129
    """
    return Input(
        name=PATIENT_AND_PHANTOM,
        effects=(Effect("dose", PATIENT_AND_PHANTOM_U, "all"),),
        kind="B",
        distribution="log-normal",
        shared_by="patient",
        source=SOURCE,
        apart=True,
    )
