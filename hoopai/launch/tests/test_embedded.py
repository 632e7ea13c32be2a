import os
import signal
import socket
import stat

import psycopg
import pytest
import redis

from hoopai.launch.embedded import Services
from hoopai.launch.folder import Folder, InUse
from hoopai.launch.steps import Problem


def rows(services: Services, query: str) -> list:
    with psycopg.connect(services.postgres.url, connect_timeout=5) as connection:
        return connection.execute(query).fetchall()


def make_table(services: Services, count: int) -> None:
    with psycopg.connect(services.postgres.url, connect_timeout=5) as connection:
        connection.execute(f"create table kept as select generate_series(1, {count}) as n")


def kill(server) -> None:
    os.kill(server.pid, signal.SIGKILL)
    server.child.process.wait(10)
    server.clear()


def test_an_empty_folder_becomes_a_database_with_a_role_that_is_no_superuser(services):
    services.start()
    assert rows(services, "select current_user, rolsuper from pg_roles where rolname = current_user") == [
        ("hoopai", False)
    ]
    assert rows(
        services, "select datname, pg_encoding_to_char(encoding) from pg_database where datname = 'hoopai'"
    ) == [("hoopai", "UTF8")]


def test_the_database_and_the_broker_ask_for_a_password(services):
    services.start()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(services.postgres.url.replace(services.postgres.password, "guess"), connect_timeout=5)
    with socket.create_connection(("127.0.0.1", services.valkey.port), timeout=5) as line:
        line.sendall(b"PING\r\n")
        assert line.recv(100).startswith(b"-NOAUTH")


def test_secrets_are_readable_by_their_owner_only(services):
    services.start()
    for name in ("instance.json", "valkey/valkey.conf", "logs/postgres.log", "logs/valkey.log"):
        assert stat.S_IMODE((services.folder.path / name).stat().st_mode) == 0o600, name
    for name in ("postgres", "valkey", "logs"):
        assert stat.S_IMODE((services.folder.path / name).stat().st_mode) == 0o700, name


def test_a_second_start_keeps_data_ports_and_keys(services):
    services.start()
    make_table(services, 10)
    settings = services.settings()
    services.stop()
    folder = Folder(services.folder.path)
    folder.open()
    again = Services(folder)
    try:
        again.start()
        assert again.settings() == settings
        assert rows(again, "select count(*) from kept") == [(10,)]
    finally:
        again.stop()


def test_a_killed_database_comes_back_with_everything_that_was_committed(services):
    services.start()
    make_table(services, 1000)
    kill(services.postgres)
    services.postgres.start()
    assert rows(services, "select count(*) from kept") == [(1000,)]


def test_a_killed_broker_comes_back_with_everything_it_accepted(services):
    services.start()
    with redis.Redis.from_url(services.valkey.url(0)) as broker:
        for number in range(500):
            broker.rpush("default", number)
    kill(services.valkey)
    services.valkey.start()
    with redis.Redis.from_url(services.valkey.url(0)) as broker:
        assert broker.llen("default") == 500


def test_a_first_start_that_was_interrupted_is_simply_done_again(services):
    half_made = services.folder.path / "postgres.new"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")
    services.start()
    assert not half_made.exists()
    assert rows(services, "select 1") == [(1,)]


def test_a_database_of_another_major_version_is_refused_with_a_way_out(services):
    services.start()
    services.stop()
    (services.folder.path / "postgres" / "PG_VERSION").write_text("14\n")
    with pytest.raises(Problem, match="was made by PostgreSQL 14") as problem:
        services.start()
    assert "backup" in problem.value.remedy


def test_what_the_environment_names_is_not_started(services, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")
    monkeypatch.setenv("BROKER_URL_FILE", "/run/secrets/broker")
    monkeypatch.setenv("CACHE_URL", "redis://somewhere/1")
    services.start()
    assert services.servers == []
    assert not {"DATABASE_URL", "BROKER_URL", "CACHE_URL"} & services.settings().keys()


def test_a_folder_in_use_is_refused_and_says_by_whom(place):
    first, second = Folder(place / "data"), Folder(place / "data")
    first.open()
    first.lock("run")
    with pytest.raises(InUse, match=f"process {os.getpid()}") as problem:
        second.lock("manage")
    assert problem.value.kind == "run"
    first.unlock()
    second.lock("manage")
    second.unlock()


def test_a_folder_that_cannot_be_written_is_a_problem_and_not_a_traceback(place):
    (place / "file").write_text("in the way")
    with pytest.raises(Problem, match="cannot be used"):
        Folder(place / "file" / "data").open()
