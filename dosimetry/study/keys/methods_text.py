"""[methods] of a study file: what was done before there were tables, in the words of those who did it.

No setting of the program holds these; a report's methods statement prints them as they stand. A key that is
left out reads "not stated" there. The subjects follow the EANM's guidance on reporting clinical dosimetry
(Lassmann et al., Eur J Nucl Med Mol Imaging 2011;38:192-200) and on dosimetry in first-in-human studies
(Stokke et al., 2024;51:1268-1286).
"""

from __future__ import annotations

from pydantic import Field

from dosimetry.study.keys.curve_settings import Section, Text


class MethodsText(Section):
    """What was measured with what, how, and by whom; each a line of free text, each may be left out."""

    administration: Text | None = Field(
        default=None, description="route, duration of the infusion or injection, carrier, residual"
    )
    preparation: Text | None = Field(
        default=None, description="how patients were prepared: fasting, drinking, blocking, voiding"
    )
    activity_meter: Text | None = Field(
        default=None, description="which activity meter, to which standard it is traced, how it is checked"
    )
    camera: Text | None = Field(
        default=None, description="maker and model of scanner or camera, with collimator and crystal"
    )
    calibration: Text | None = Field(
        default=None, description="how counts became activity: source or phantom, factor, checks"
    )
    acquisition: Text | None = Field(
        default=None, description="field of view, time per position, energy windows, matrix, CT"
    )
    reconstruction: Text | None = Field(
        default=None, description="algorithm, iterations and subsets, filter, voxel size"
    )
    corrections: Text | None = Field(
        default=None, description="attenuation, scatter, randoms, dead time, partial volume, background"
    )
    regions_drawn: Text | None = Field(
        default=None, description="who drew the regions, on which image, by which rule, with which software"
    )
    whole_body_counting: Text | None = Field(
        default=None, description="probe, camera or PET, geometry, whether the first count was before voiding"
    )
    blood_samples: Text | None = Field(
        default=None, description="volumes, what was separated how, counter, its standard"
    )
    other_software: Text | None = Field(
        default=None, description="programs that made the input tables, with their versions"
    )
