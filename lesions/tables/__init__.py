"""The study's section [lesions]: its keys, its tables, read and checked."""
