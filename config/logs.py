"""Logs say what happened and where, never about whom."""

import logging
import re

NUMBERS_OF_PEOPLE = re.compile(r"(?<![0-9A-Za-z])[0-9]{11,19}[Xx]?(?![0-9A-Za-z])")  # phone, identity, bank account
DETAILS_OF_ERRORS = re.compile(r"^DETAIL:.*$", re.MULTILINE)  # PostgreSQL quotes the row there


class Discreet(logging.Formatter):
    """A formatter that leaves out long numbers and the rows that database errors quote."""

    def format(self, record: logging.LogRecord) -> str:
        line = DETAILS_OF_ERRORS.sub("DETAIL: (left out)", super().format(record))
        return NUMBERS_OF_PEOPLE.sub("(number)", line)
