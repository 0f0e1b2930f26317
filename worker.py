"""The worker's entrance: `python worker.py`, as often as there is work for."""

from portal import create_app
from portal.config import load_config
from portal.runtime.worker import run_worker

if __name__ == "__main__":
    config = load_config()
    run_worker(create_app(config), config)
