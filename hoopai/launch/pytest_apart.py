"""A pytest plugin: each xdist worker has a cache of its own, as it has a database of its own.

Loaded with -p, before the settings are read.
"""

import os
import re

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    url = os.environ.get("CACHE_URL", "")
    number = int(worker.removeprefix("gw"))
    os.environ["CACHE_URL"] = re.sub(r"/(\d+)$", lambda found: f"/{int(found[1]) + number}", url)
