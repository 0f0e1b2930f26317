"""The registry of jobs: which function does which, how often the periodic ones run, and how one is run."""

from collections.abc import Callable
from importlib import import_module

from portal.queue import JobName

# Resolved when a job runs: the makers of documents are heavy, and most jobs do not need them.
JOBS: dict[JobName, str] = {
    JobName.DELIVER_OUTBOX: "portal.jobs.outbox:deliver_outbox",
    JobName.MAKE_DOCUMENT: "portal.jobs.papers:make_document",
    JobName.SIGN_DOCUMENTS: "portal.jobs.papers:sign_documents",
    JobName.MAKE_RECEIPT: "portal.jobs.papers:make_receipt",
    JobName.SWEEP: "portal.jobs.upkeep:sweep",
    JobName.EXPIRE_TIMERS: "portal.jobs.upkeep:expire_timers",
    JobName.ERASE_STALE: "portal.jobs.upkeep:erase_stale",
    JobName.ANCHOR_AUDIT: "portal.jobs.upkeep:anchor_audit",
    JobName.END_DUTIES: "portal.jobs.duties:end_duties",
    JobName.SEND_RESET: "portal.jobs.accounts:send_reset",
    JobName.END_RECOVERIES: "portal.jobs.accounts:end_recoveries",
    JobName.MAKE_DATA_COPY: "portal.jobs.privacy:make_data_copy",
    JobName.TELL_OF_BREACH: "portal.jobs.privacy:tell_of_breach",
}

# (job, every so many seconds), counted in UTC from midnight of 1970-01-01, so that a day begins at 07:00 in Jakarta.
PERIODIC: tuple[tuple[JobName, int], ...] = (
    (JobName.SWEEP, 30),
    (JobName.EXPIRE_TIMERS, 60),
    (JobName.END_RECOVERIES, 60),
    (JobName.ERASE_STALE, 3600),
    (JobName.ANCHOR_AUDIT, 24 * 3600),
    (JobName.END_DUTIES, 600),
)


def run_job(name: str, id: int | str | None = None) -> None:
    """Do one job in the current app context; a job for one row takes its id, the others take nothing."""
    job = resolve(JobName(name))
    if id is None:
        job()
    else:
        job(id)


def resolve(name: JobName) -> Callable[..., object]:
    """The function that does a job; a name without one is a KeyError, which a test makes impossible."""
    module, _, function = JOBS[name].partition(":")
    found: Callable[..., object] = getattr(import_module(module), function)
    return found
