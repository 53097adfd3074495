"""The one class of error of this room."""


class DosimetryError(ValueError):
    """What was asked cannot be computed or written; the message says what is wrong and what is allowed."""
