import json
import re

import pytest

from hoopai.launch.bootstrap import npm_of_the_machine
from hoopai.launch.embedded import ROOT

FILES = ("requirements.txt", "requirements-dev.txt", "requirements-node.txt")


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_names_one_exact_version(name):
    for line in (ROOT / name).read_text().splitlines():
        wanted = line.split("#")[0].strip()
        if wanted and wanted != "-r requirements.txt":
            assert re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.]+(; .+)?", wanted), wanted


def test_the_lock_file_pins_every_script_and_names_no_server():
    text = (ROOT / "package-lock.json").read_text()
    assert "resolved" not in text
    assert "registry" not in text
    packages = json.loads(text)["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)


def test_the_scripts_are_named_with_exact_versions():
    wanted = json.loads((ROOT / "package.json").read_text())
    for versions in (wanted["dependencies"], wanted["devDependencies"]):
        assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())


def test_an_npm_that_does_not_answer_is_no_npm(tmp_path, monkeypatch):
    for name in ("npm", "node"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert npm_of_the_machine() is None


def test_every_app_is_known_to_the_layers_the_types_and_the_tests():
    settings = (ROOT / "pyproject.toml").read_text()
    roots = settings.split("root_packages = [")[1].split("]")[0]
    tested = (ROOT / "pytest.ini").read_text().split("testpaths =")[1].splitlines()[0].split()
    for app in sorted(path.parent.name for path in ROOT.glob("*/apps.py")):
        assert f'"{app}"' in roots, f"{app} is missing in pyproject.toml, root_packages"
        assert app in tested, f"{app} is missing in pytest.ini, testpaths"
