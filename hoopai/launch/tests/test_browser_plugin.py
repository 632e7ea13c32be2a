import os
import subprocess
import sys
from pathlib import Path

from hoopai.launch.embedded import ROOT

TESTS = """
import pytest

@pytest.mark.browser
def test_a_page():
    pass

def test_something_else():
    pass
"""


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_pages.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    browser: x\n")
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "hoopai.launch.pytest_browser",
            "-p",
            "no:django",
            "-p",
            "no:cacheprovider",
        ],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_without_a_browser_the_run_passes_but_says_loudly_what_did_not_run(tmp_path):
    done = run(tmp_path, CHROMIUM="/nonexistent/chromium")
    assert done.returncode == 0
    assert "1 passed, 1 skipped" in done.stdout
    assert "1 BROWSER TESTS DID NOT RUN" in done.stdout
    assert "apt-get install chromium" in done.stdout


def test_in_ci_a_missing_browser_is_a_failure(tmp_path):
    done = run(tmp_path, CHROMIUM="/nonexistent/chromium", CI="true")
    assert done.returncode == 1
    assert "1 passed, 1 error" in done.stdout


def test_with_a_browser_nothing_is_skipped(tmp_path):
    done = run(tmp_path, CHROMIUM="/bin/true")
    assert "2 passed" in done.stdout
    assert "DID NOT RUN" not in done.stdout
