"""The embedded queue server: one owner, a private socket, and nothing lost when it is killed."""

import os
import signal

import pytest
from redis import ConnectionError as QueueAway
from redis import Redis

from portal.config import Config, embedded_socket
from portal.queue import redis_connection
from portal.runtime.ownership import AlreadyOwned, Ownership
from portal.runtime.valkey import UnsafeFolder, make_private
from tests.unit.runtime_steps import is_alive, started, until


def server_process(client: Redis) -> int:
    return client.info("server")["process_id"]


def test_what_was_written_is_there_after_everything_was_killed(tmp_path):
    client = redis_connection(Config.for_tests("sqlite://", tmp_path))
    with started("own_queue_server", tmp_path) as first:
        until((tmp_path / f"ready.{first.pid}").exists)
        client.set("kept", "yes")
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        server = server_process(client)
        first.kill()
        # The next start waits for the old server's end by itself.
        with started("own_queue_server", tmp_path) as second:
            until((tmp_path / f"ready.{second.pid}").exists)
            assert not is_alive(server)
            assert client.get("kept") == b"yes"
    client.close()


def test_a_killed_server_comes_back_with_its_data(tmp_path):
    client = redis_connection(Config.for_tests("sqlite://", tmp_path))
    with started("own_queue_server", tmp_path) as owner:
        until((tmp_path / f"ready.{owner.pid}").exists)
        client.set("kept", "yes")
        os.kill(server_process(client), signal.SIGKILL)
        with pytest.raises(QueueAway):
            until(lambda: client.get("kept") is None, seconds=5)
        assert until(lambda: reached(client)) == b"yes"
    client.close()


def reached(client: Redis) -> bytes | None:
    try:
        return client.get("kept")
    except QueueAway:
        return None


def test_a_second_owner_is_refused_at_once_with_the_first_one_named(tmp_path):
    owner = Ownership(tmp_path)
    with pytest.raises(AlreadyOwned, match=f"process {os.getpid()}"):
        Ownership(tmp_path, patience=60)
    owner.release()
    Ownership(tmp_path).release()


def test_a_program_that_outlives_its_owner_keeps_the_lock(tmp_path):
    owner = Ownership(tmp_path)
    inherited = os.dup(owner.fileno())
    (tmp_path / "owner.lock").write_text("999999999")
    owner.release()
    with pytest.raises(AlreadyOwned, match="earlier start"):
        Ownership(tmp_path, patience=0.1)
    os.close(inherited)
    Ownership(tmp_path).release()


def test_the_folder_of_the_socket_is_private(tmp_path):
    folder = embedded_socket(tmp_path).parent
    make_private(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.rmdir()


def test_a_link_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafeFolder):
        make_private(tmp_path / "link")
