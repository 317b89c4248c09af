"""A data folder for this run alone, and with --postgres a database server. Loaded before the settings are."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest

FOLDER = tempfile.mkdtemp(prefix="hoiro-test-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

for name in [name for name in os.environ if name.startswith("HOIRO_")]:
    del os.environ[name]
os.environ["HOIRO_DATA"] = FOLDER


def pytest_addoption(parser: pytest.Parser) -> None:
    """--postgres"""
    parser.addoption(
        "--postgres", action="store_true", help="run on a PostgreSQL started for it, without what is about SQLite alone"
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Around pytest-django's, which reads the settings. A server that does not start ends the run."""
    if early_config.known_args_namespace.postgres:
        from tests.postgres import start

        os.environ["DATABASE_URL"] = start()
    yield
