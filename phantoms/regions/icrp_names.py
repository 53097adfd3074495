"""Region names of the ICRP reference phantoms: ICRP's own, this project's, and other programs' (aliases).

Where the published dose tables have a name it is used ("red marrow" for R-marrow); the other regions keep
ICRP's name. Sources: ICRP Publication 133 (2016), Tables 2.1 to 2.3 and its lists of source and target
regions; organ names of OLINDA/EXM 2 as it prints them, and usual names of other programs.
"""

from __future__ import annotations

#: ICRP 133 target region -> canonical name, where it is not ICRP's.
TARGET_NAMES: dict[str, str] = {
    "O-mucosa": "oral mucosa", "Oesophagus": "oesophagus", "St-stem": "stomach wall",
    "SI-stem": "small intestine", "R-marrow": "red marrow", "Endost-BS": "osteogenic cells",
    "Brain": "brain", "Eye-lens": "eye lens", "P-gland": "pituitary gland", "Tongue": "tongue",
    "Tonsils": "tonsils", "S-glands": "salivary glands", "Thyroid": "thyroid", "Breast": "breasts",
    "Thymus": "thymus", "Ht-wall": "heart wall", "Adrenals": "adrenals", "Liver": "liver",
    "Pancreas": "pancreas", "Kidneys": "kidneys", "Spleen": "spleen", "GB-wall": "gallbladder wall",
    "Ureters": "ureters", "UB-wall": "urinary bladder wall", "Ovaries": "ovaries", "Testes": "testes",
    "Prostate": "prostate", "Uterus": "uterus", "Skin": "skin", "Adipose": "adipose tissue",
    "Muscle": "muscle",
}  # fmt: skip

#: ICRP 133 source region -> canonical name, where it is not ICRP's.
SOURCE_NAMES: dict[str, str] = {
    **{k: v for k, v in TARGET_NAMES.items() if k not in ("St-stem", "SI-stem", "Endost-BS", "Oesophagus")},
    "St-cont": "stomach contents", "St-wall": "stomach wall", "SI-cont": "small intestine contents",
    "Blood": "blood", "GB-cont": "gallbladder contents",
    "UB-cont": "urinary bladder contents", "Cartilage": "cartilage",
}  # fmt: skip

#: Targets made of several regions -> {ICRP's target: share of its dose}. Colon, lungs and ET: ICRP 133,
#: section 2 and ICRP 66 (1/3 each to bronchial, bronchiolar, alveolar-interstitial; bronchial half basal,
#: half secretory); lymph nodes: ICRP 130, the masses' shares.
COMBINED_TARGETS: dict[str, dict[str, float]] = {
    "colon": {"RC-stem": 0.4, "LC-stem": 0.4, "RS-stem": 0.2},
    "lungs": {"Bronch-bas": 1 / 6, "Bronch-sec": 1 / 6, "Bchiol-sec": 1 / 3, "AI": 1 / 3},
    "extrathoracic region": {"ET1-bas": 0.001, "ET2-bas": 0.999},
    "lymphatic nodes": {"LN-ET": 0.08, "LN-Th": 0.08, "LN-Sys": 0.84},
}

#: Source regions made of others, by mass -> ICRP's sources. Activity in the lungs is in their tissue, airways
#: and all (ICRP 133's Lung-Tis).
COMBINED_SOURCES: dict[str, tuple[str, ...]] = {
    "lungs": ("Lung-Tis",),
    "colon contents": ("RC-cont", "LC-cont", "RS-cont"),
    "colon wall": ("RC-wall", "LC-wall", "RS-wall"),
    "lymphatic nodes": ("LN-ET", "LN-Th", "LN-Sys"),
}

#: Sources whose mass is that of another of ICRP's regions: the lungs weigh what they do with their blood
#: (1.2 kg in the male), which is what a concentration or a CT is about; Lung-Tis is their tissue alone.
SOURCE_MASSES: dict[str, str] = {"lungs": "Lungs"}

#: Source regions of the files that are not taken. "Lungs" has no alphas for any target, and hardly any
#: electrons for the bronchi: as a source of a nuclide it would give a lung dose some 500 times too low.
LEFT_OUT: tuple[str, ...] = ("Lungs",)

#: Named source (ICRP's name) -> the sources of the remainder that it stands for, where that is not itself.
COVERS: dict[str, tuple[str, ...]] = {
    "ALV": ("Lung-Tis",), "T-marrow": ("R-marrow", "Y-marrow"),
    "St-mucosa": (), "SI-mucosa": (), "SI-villi": (), "RC-mucosa": (), "LC-mucosa": (), "RS-mucosa": (),
}  # fmt: skip

#: Names of OLINDA/EXM 2 and other programs (in normal form) -> canonical names; ICRP's own names are
#: taken from the tables above.
ALIASES: dict[str, str] = {
    "esophagus": "oesophagus", "oesophagus wall": "Oesophag-w", "esophagus wall": "Oesophag-w",
    "eyes": "eye lens", "lens": "eye lens", "lens of eye": "eye lens", "pituitary": "pituitary gland",
    "salivary": "salivary glands", "salivary gland": "salivary glands", "fat": "adipose tissue",
    "prostate gland": "prostate", "uterus cervix": "uterus", "tonsil": "tonsils", "ureter": "ureters",
    "lung tissue": "Lung-Tis",
    "et region": "extrathoracic region", "et": "extrathoracic region",
    "extrathoracic airways": "extrathoracic region", "et airways": "extrathoracic region",
    "lymph nodes": "lymphatic nodes", "lymph": "lymphatic nodes", "lymphatic tissue": "lymphatic nodes",
    "large intestine": "colon", "colon cont": "colon contents", "large intestine contents": "colon contents",
    "blood pool": "blood", "yellow marrow": "Y-marrow", "inactive marrow": "Y-marrow",
    "yellow bone marrow": "Y-marrow",
    "trabecular bone surface": "T-bone-S", "trabecular bone surfaces": "T-bone-S",
    "trabbone surf": "T-bone-S",
    "trabecular bone volume": "T-bone-V", "trabbone vol": "T-bone-V",
    "cortical bone surface": "C-bone-S", "cortical bone surfaces": "C-bone-S", "cortbone surf": "C-bone-S",
    "cortical bone volume": "C-bone-V", "cortbone vol": "C-bone-V",
    "trabecular bone mineral surface": "T-bone-S", "trabecular bone mineral volume": "T-bone-V",
    "cortical bone mineral surface": "C-bone-S", "cortical bone mineral volume": "C-bone-V",
    "trabecular marrow": "T-marrow", "cortical marrow": "C-marrow",
    "right colon contents": "RC-cont", "right colon cont": "RC-cont", "left colon contents": "LC-cont",
    "left colon cont": "LC-cont", "rectosigmoid contents": "RS-cont",
    "rectosigmoid colon contents": "RS-cont",
    "rectum contents": "RS-cont", "rectum cont": "RS-cont", "rectum": "RS-stem",
    "right colon wall": "RC-wall", "left colon wall": "LC-wall", "rectosigmoid wall": "RS-wall",
    "rectosigmoid colon wall": "RS-wall", "right colon": "RC-stem", "left colon": "LC-stem",
    "rectosigmoid": "RS-stem", "rectosigmoid colon": "RS-stem",
    "systemic lymph nodes": "LN-Sys", "thoracic lymph nodes": "LN-Th", "extrathoracic lymph nodes": "LN-ET",
    "alveolar interstitial": "AI", "oral cavity": "O-cavity",
}  # fmt: skip

#: The same words where activity is meant: a part of the colon named as a source means its contents.
SOURCE_ALIASES: dict[str, str] = {
    "oesophagus": "Oesophag-w", "esophagus": "Oesophag-w", "colon": "colon contents",
    "large intestine": "colon contents", "right colon": "RC-cont", "left colon": "LC-cont",
    "rectosigmoid": "RS-cont", "rectosigmoid colon": "RS-cont", "rectum": "RS-cont",
    "small intestine wall": "SI-wall", "si wall": "SI-wall", "alveolar interstitial": "ALV",
    "cartilage": "cartilage",
}  # fmt: skip


def target_name(icrp: str) -> str:
    """Canonical name of an ICRP 133 target region."""
    return TARGET_NAMES.get(icrp, icrp)


def source_name(icrp: str) -> str:
    """Canonical name of an ICRP 133 source region."""
    return SOURCE_NAMES.get(icrp, icrp)
