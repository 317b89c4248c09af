"""A data folder for this run alone. Loaded before the settings are, which `conftest.py` is not."""

import atexit
import os
import shutil
import tempfile

FOLDER = tempfile.mkdtemp(prefix="hoiro-test-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

for name in [name for name in os.environ if name.startswith("HOIRO_")]:
    del os.environ[name]
os.environ["HOIRO_DATA"] = FOLDER
