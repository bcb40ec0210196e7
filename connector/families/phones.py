"""The digits by which a telephone number is found, however it is typed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

#: What stands before the digits of a number whose country is not known: SQL tries them as its shop's.
NOWHERE = "?"
#: Fewer digits are no number that a till looks for.
FEWEST = 4
LONGEST = 20


def forms(numbers: Iterable[tuple[str, str | None]]) -> list[str]:
    """The digits of each number as it is dialled from abroad and at home, sorted; with its country's code.

    A number is read by its own +, else by the country (ISO 3166 alpha-2). Where neither tells, its digits are
    given as they stand, without zeros at the beginning, and those after NOWHERE.
    """
    return sorted({form for number, country in numbers for form in _forms(number, country)})


@lru_cache(maxsize=4096)
def _forms(number: str, country: str | None) -> frozenset[str]:
    try:
        read = phonenumbers.parse(number, country and country.upper())
    except NumberParseException:
        return _as_it_stands(number)
    code, significant = read.country_code or 0, phonenumbers.national_significant_number(read)
    trunk = phonenumbers.ndd_prefix_for_region(phonenumbers.region_code_for_country_code(code), True) or ""
    read.extension = None
    at_home = _digits(phonenumbers.format_number(read, PhoneNumberFormat.NATIONAL))
    return _long_enough(f"{code}{significant}", significant, f"{trunk}{significant}", at_home)


def _as_it_stands(number: str) -> frozenset[str]:
    digits = _digits(number)
    bare = digits.lstrip("0")
    return _long_enough(digits, bare, NOWHERE + bare) if FEWEST <= len(bare) <= LONGEST else frozenset()


def _long_enough(*found: str) -> frozenset[str]:
    return frozenset(form for form in found if len(form) >= FEWEST)


def _digits(number: str) -> str:
    return "".join(str(int(sign)) for sign in number if sign.isdecimal())
