"""One bulk operation as the Admin API tells of it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

ENDED: Final = {"COMPLETED", "CANCELED", "FAILED", "EXPIRED"}


@dataclass(slots=True, kw_only=True, eq=False)
class Operation:
    id: int
    query: str
    created_at: datetime
    file: Path
    status: str = "CREATED"
    error_code: str | None = None
    completed_at: datetime | None = None
    objects: int = 0
    roots: int = 0
    size: int | None = None
    url: str | None = None
    partial_url: str | None = None
    downloads: int = 0  # of its file
    served: int = 0  # bytes

    @property
    def running(self) -> bool:
        return self.status not in ENDED
