"""How the Admin side may misbehave: every knob is off by default and can be turned at run time."""

from typing import Annotated, Any, Literal

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0)]
Rate = Annotated[float, msgspec.Meta(gt=0)]
ErrorCode = Literal["ACCESS_DENIED", "INTERNAL_SERVER_ERROR", "TIMEOUT"]


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`..._next` counts down: so many of the next requests or operations are concerned, then none."""

    # HTTP
    status: Annotated[int, msgspec.Meta(ge=400, le=599)] = 500
    status_next: Count = 0  # requests answered with `status`
    retry_after: float | None = None  # seconds; goes with them
    html: bool = False  # their body is a page, not JSON
    html_next: Count = 0  # requests answered 200 with a page instead of JSON
    drop_next: Count = 0  # connections closed without an answer
    hang_next: Count = 0  # requests never answered
    renamed_to: str | None = None  # another host, to which every request is redirected
    version: str | None = None  # answers, whatever version was asked for
    # GraphQL
    internal_error_next: Count = 0
    throttle_next: Count = 0
    bucket: Rate = 2000.0
    restore_rate: Rate = 100.0
    protected: Literal["open", "fields", "objects"] = "open"  # customer data: shown, blanked, refused
    # Mutations
    lost_next: Count = 0  # mutations that are done, and whose answer is lost
    unheard_next: Count = 0  # mutations that are lost on their way, before anything is done
    lost_of: str = ""  # only operations of this name are lost; any, if empty
    lost_as: Literal["drop", "hang", "502"] = "drop"  # what the caller sees of it
    concurrent_next: Count = 0  # keys said to be in use by a request under way
    # Tokens
    token_lifetime: Rate = 86_399.0
    foreign_organization: bool = False  # the app belongs to somebody else than the shop
    # Bulk operations
    bulk_created: Annotated[float, msgspec.Meta(ge=0)] = 0.01  # seconds until an operation begins
    bulk_running: Annotated[float, msgspec.Meta(ge=0)] = 0.02  # seconds that it runs at least
    bulk_stuck_next: Count = 0  # operations that never end
    bulk_fail_next: Count = 0  # operations that fail with `bulk_error`
    bulk_error: ErrorCode = "INTERNAL_SERVER_ERROR"
    bulk_partial: bool = True  # a failed one leaves what it had written
    # Their files
    reorder: bool = False  # children may come before their parents
    duplicate: Annotated[int, msgspec.Meta(ge=0)] = 0  # every so-manieth line comes twice
    cut_mid_line: Annotated[int, msgspec.Meta(ge=0)] = 0  # the file ends within its so-manieth line
    cut_at_line: Annotated[int, msgspec.Meta(ge=0)] = 0  # the file ends after its so-manieth line
    foreign_lines: Count = 0  # lines of types nobody asked for
    long_line: bool = False  # one line of more than a megabyte
    not_json: Count = 0  # lines that are no JSON
    break_after_bytes: Count = 0  # a download ends early after so many bytes
    break_next: Count = 0  # downloads that do
    expire_after_downloads: Count = 0  # downloads after which the URL is dead
    expire_after_bytes: Count = 0  # bytes in all after which the URL is dead
    expired_status: Literal[403, 404] = 403

    def spent(self, counter: str) -> "Faults":
        """With one less to go of what counts down."""
        return msgspec.structs.replace(self, **{counter: max(0, getattr(self, counter) - 1)})


def turned(faults: Faults, changes: dict[str, Any]) -> Faults:
    """The faults with some knobs turned; msgspec.ValidationError names what does not fit."""
    return msgspec.convert(msgspec.to_builtins(faults) | changes, Faults)
