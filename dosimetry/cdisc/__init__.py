"""Datasets in CDISC's form: PC, PP, ADNCA, ADPP and doses (ADRD), as SAS transport files and Dataset-JSON."""
