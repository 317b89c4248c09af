"""What can be run is in the README, and what is in the README can be run."""

import argparse
import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

from hoiro import cli
from tests.conftest import REPO

README = (REPO / "README.md").read_text(encoding="utf-8")


def options(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """Every subcommand with each of its long options."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield name, ""
                for option in command._actions:
                    yield from (
                        (name, flag) for flag in option.option_strings if flag.startswith("--") and flag != "--help"
                    )


def test_every_command_and_option_is_in_the_readme() -> None:
    for name, flag in options(cli._parser()):
        assert re.search(rf"`hoiro {name}\b[^|]*{re.escape(flag)}", README), f"hoiro {name} {flag}"


def test_every_management_command_of_ours_is_in_the_readme() -> None:
    for path in (REPO / "hoiro/claims/management/commands").glob("[a-z]*.py"):
        assert f"hoiro manage {path.stem}" in README


def test_every_make_target_is_in_the_readme() -> None:
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    for line in re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE):
        for target in line.split():
            assert f"make {target}`" in README, target


def test_every_setting_is_documented() -> None:
    settings = (REPO / "hoiro/settings.py").read_text(encoding="utf-8")
    documented = (REPO / "docs/settings.md").read_text(encoding="utf-8")
    for name in set(re.findall(r'"(HOIRO_[A-Z_]+|DATABASE_URL)"', settings)):
        assert f"`{name}`" in documented, name


def test_only_the_settings_read_the_environment() -> None:
    for path in (REPO / "hoiro").rglob("*.py"):
        if path.name in {"settings.py", "cli.py", "wsgi.py"} or "matching" in path.parts:
            continue
        assert "environ" not in path.read_text(encoding="utf-8"), path


def test_every_link_in_the_documents_leads_somewhere() -> None:
    for page in [REPO / "README.md", *(REPO / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / Path(target)).exists(), f"{page}: {target}"


def test_a_decision_says_its_five_things() -> None:
    for page in (REPO / "docs/decisions").glob("*.md"):
        said = re.findall(r"^(Date|Choice|Because|Instead of|Revisit when): ", page.read_text("utf-8"), re.MULTILINE)
        assert said == ["Date", "Choice", "Because", "Instead of", "Revisit when"], page


def test_every_word_that_people_see_has_a_vietnamese_one() -> None:
    """msgids are read off the sources by Python itself, so that no gettext tools are needed."""
    catalogue = gettext.GNUTranslations((REPO / "hoiro/locale/vi/LC_MESSAGES/django.mo").open("rb"))
    said: set[str] = set()
    for path in [*(REPO / "hoiro").rglob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", "")
            if name in {"_", "lazy", "gettext", "gettext_lazy"} and call.args:
                first = call.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    said.add(first.value)
    assert len(said) > 50
    known = {key for key in catalogue._catalog if isinstance(key, str)}  # type: ignore[attr-defined]
    assert not said - known
