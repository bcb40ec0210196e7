"""How badly deliveries may behave: every knob is off by default and can be turned at run time."""

from typing import Annotated, Any

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Chaos(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    duplicates: Share = 0.0  # share of the events that are sent twice
    reorder: Annotated[float, msgspec.Meta(ge=0)] = 0.0  # seconds: each is held back for a random part of it
    drops: Share = 0.0  # share of the events that are never sent
    bursts: Annotated[int, msgspec.Meta(ge=1)] = 1  # acts of trade that come at once


def turned(chaos: Chaos, changes: dict[str, Any]) -> Chaos:
    """The chaos with some knobs turned; msgspec.ValidationError names what does not fit."""
    return msgspec.convert(msgspec.to_builtins(chaos) | changes, Chaos)
