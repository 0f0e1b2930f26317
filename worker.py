"""The worker's entrance: `python worker.py`, as often as there is work for."""

from portal import create_app
from portal.config import load_config
from portal.operations.stamps import check_stamp
from portal.runtime.worker import run_worker

if __name__ == "__main__":
    config = load_config()
    app = create_app(config)
    with app.app_context():
        check_stamp(is_demo=config.demo)
    run_worker(app, config)
