"""Backup and restore as a person meets them: through manage.py, on servers of their own."""

import json
import shutil
import subprocess
import sys
import tarfile

import psycopg
import pytest

from hoopai.launch.embedded import ROOT, Services, environment
from hoopai.launch.folder import Folder

SLOW = 120  # seconds one command may take


def manage(services: Services, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", str(ROOT / "manage.py"), *arguments],
        env=environment(services.settings(DEBUG="0")),
        capture_output=True,
        text=True,
        timeout=SLOW,
    )


def ask(services: Services, query: str) -> list:
    with psycopg.connect(services.postgres.url, connect_timeout=5) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def installation(services):
    """A small table of ours and an upload; the application's own tables would only make this slow."""
    services.start()
    with psycopg.connect(services.postgres.url, connect_timeout=5) as connection:
        connection.execute("create extension pg_trgm")
        connection.execute("create table person (id int primary key, name text)")
        connection.execute("create index on person using gin (name gin_trgm_ops)")
        connection.execute("insert into person select n, 'Person ' || n from generate_series(1, 500) n")
    upload = services.folder.path / "media" / "acme" / "picture.webp"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"picture" * 1000)
    return services


@pytest.fixture
def elsewhere(place):
    folder = Folder(place / "elsewhere")
    folder.open()
    made = Services(folder)
    made.start()
    yield made
    made.stop()


def test_a_backup_comes_back_whole_in_another_folder(installation, elsewhere, place):
    made = manage(installation, "backup", str(place / "all.tar"))
    assert made.returncode == 0, made.stderr
    assert "500 rows in 1 tables, 1 uploads (7000 bytes)" in made.stdout
    assert (place / "all.tar").stat().st_mode & 0o077 == 0

    back = manage(elsewhere, "restore", str(place / "all.tar"))
    assert back.returncode == 0, back.stderr
    assert ask(elsewhere, "select count(*), max(name) from person") == [(500, "Person 99")]
    assert (elsewhere.folder.path / "media/acme/picture.webp").read_bytes() == b"picture" * 1000
    assert ask(elsewhere, "select count(*) from django_migrations")[0][0] > 0
    assert [name for (name,) in ask(elsewhere, "select datname from pg_database where datname like 'hoopai%'")] == [
        "hoopai"
    ]
    kept = json.loads((elsewhere.folder.path / "instance.json").read_text())
    assert kept["secret_key"] == installation.folder.values["secret_key"]


def test_a_restore_over_data_needs_force_and_nobody_connected(installation, place):
    manage(installation, "backup", str(place / "all.tar"))
    refused = manage(installation, "restore", str(place / "all.tar"))
    assert refused.returncode == 1
    assert "There is data here already" in refused.stderr

    with psycopg.connect(installation.postgres.url, connect_timeout=5):
        refused = manage(installation, "restore", "--force", str(place / "all.tar"))
    assert refused.returncode == 1
    assert "Stop HoopAI" in refused.stderr
    assert ask(installation, "select count(*) from person") == [(500,)]


def test_a_damaged_or_foreign_file_changes_nothing(installation, place):
    manage(installation, "backup", str(place / "all.tar"))
    damaged, cut, foreign, tampered = (
        place / name for name in ("damaged.tar", "cut.tar", "foreign.tar", "tampered.tar")
    )
    content = bytearray((place / "all.tar").read_bytes())
    content[2000:2004] = b"XXXX"
    damaged.write_bytes(content)
    cut.write_bytes(content[:6000])
    foreign.write_text("name,email\n")
    shutil.copy(place / "all.tar", tampered)
    with tarfile.open(tampered, "a") as tar:
        entry = tarfile.TarInfo("media/../../escaped")
        tar.addfile(entry)
    for path, said in (
        (damaged, "is damaged"),
        (cut, "cannot be read as a backup"),
        (foreign, "cannot be read as a backup"),
        (tampered, "is not an upload"),
    ):
        refused = manage(installation, "restore", "--force", str(path))
        assert refused.returncode == 1, path
        assert said in refused.stderr, path
        assert "Traceback" not in refused.stderr
    assert ask(installation, "select count(*) from person") == [(500,)]
    assert not (place / "escaped").exists()


def test_a_backup_never_overwrites_a_file(installation, place):
    (place / "all.tar").write_text("precious")
    refused = manage(installation, "backup", str(place / "all.tar"))
    assert refused.returncode == 1
    assert (place / "all.tar").read_text() == "precious"
