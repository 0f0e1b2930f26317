"""What the tests of the runtime start in processes of their own; each part is called by its name."""

import os
import signal
import sys
from pathlib import Path

from portal.runtime.supervisor import NeverReady, Program, Supervisor

# A program that notes its process id, has a child of its own, and waits.
WAITING = """
import os, pathlib, subprocess, sys, time
folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
child = subprocess.Popen(["sleep", "600"])
(folder / f"{name}.{os.getpid()}").write_text(str(child.pid))
time.sleep(600)
"""


def waiting(folder: Path, name: str, before: str | None = None) -> Program:
    """A program that is ready when its note is there; it may start only when the note of `before` is."""

    def is_ready() -> bool:
        if before is not None and not list(folder.glob(f"{before}.*")):
            raise AssertionError(f"{name} was started before {before} was ready")
        return bool(list(folder.glob(f"{name}.*")))

    return Program(name=name, command=(sys.executable, "-S", "-c", WAITING, str(folder), name), is_ready=is_ready)


def two_programs(folder: Path) -> None:
    """Supervise two programs, and say so in a note when both are ready."""
    programs = [waiting(folder, "first"), waiting(folder, "second", before="first")]
    Supervisor(programs, on_ready=(folder / "ready").touch).run()


def one_that_fails(folder: Path) -> None:
    """Supervise one program that waits and one that ends before it is ready."""
    broken = Program(name="broken", command=(sys.executable, "-c", "raise SystemExit(3)"), is_ready=lambda: False)
    try:
        Supervisor([waiting(folder, "first"), broken]).run()
    except NeverReady as error:
        (folder / "failed").write_text(str(error))


def own_queue_server(folder: Path) -> None:
    """Own an instance and run its queue server, as `portal up` does."""
    from portal.config import Config
    from portal.runtime.ownership import Ownership
    from portal.runtime.valkey import queue_server

    config = Config.for_tests("sqlite://", folder)
    owner = Ownership(folder)
    Supervisor([queue_server(config, owner.fileno())], on_ready=(folder / f"ready.{os.getpid()}").touch).run()


def work(folder: Path) -> None:
    """Run a worker with a small app whose jobs leave notes in the folder."""
    from flask import Flask

    from portal import jobs, queue
    from portal.config import Config
    from portal.extensions import db
    from portal.queue import JobName
    from portal.runtime.worker import run_worker

    os.environ["NOTES"] = str(folder)
    module = "tests.unit.runtime_children"
    jobs.JOBS |= dict.fromkeys(JobName, f"{module}:note_job")
    jobs.JOBS[JobName.MAKE_RECEIPT] = f"{module}:fail_once"
    queue.PAUSES = (1, 1)
    config = Config.for_tests("sqlite://", folder, queue_mode="redis")
    app = Flask("small")
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database_url
    db.init_app(app)
    run_worker(app, config)


def note_job(id: int | None = None) -> None:
    """Prove that the job runs in the app, in a process of its own."""
    from flask import current_app

    with (Path(os.environ["NOTES"]) / "jobs").open("a") as file:
        file.write(f"{id} {current_app.name} {os.getppid()}\n")


def fail_once(id: int) -> None:
    """Fail at the first attempt and leave a note at the second."""
    tried = Path(os.environ["NOTES"]) / f"tried.{id}"
    if not tried.exists():
        tried.touch()
        raise RuntimeError("the first attempt fails")
    note_job(id)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    globals()[sys.argv[1]](Path(sys.argv[2]))
