"""What runs by the clock."""

from __future__ import annotations

from arq.cron import CronJob, cron

from workers import jobs

SCHEDULE: list[CronJob] = [
    cron(jobs.keep_days, name="keep_days", minute={7}, run_at_startup=False, timeout=60),
]
