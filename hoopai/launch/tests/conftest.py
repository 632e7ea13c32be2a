import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hoopai.launch.embedded import Services
from hoopai.launch.folder import Folder


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty folder that the database's own user may enter, unlike pytest's."""
    path = Path(tempfile.mkdtemp(prefix="hoopai-launch-"))
    if os.geteuid() == 0:
        path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def services(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """Embedded services on an empty folder, not started; stopped afterwards."""
    for name in ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "SECRET_KEY", "MEDIA_URL"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    folder = Folder(place / "data")
    folder.open()
    made = Services(folder)
    yield made
    made.stop()
