"""Rules of the house that no linter of others knows: read from the sources themselves."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from config import embedded

REPOSITORY = embedded.REPOSITORY
PACKAGES = ["config", "casedesk", "workflows", "notifications"]
SOURCES = sorted(file for package in PACKAGES for file in (REPOSITORY / package).rglob("*.py"))
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "core", "services", "service", "managers",
                "handlers", "engine", "signals"}  # fmt: skip
CLOCK = REPOSITORY / "workflows" / "clock.py"


def place(file: Path, node: ast.AST) -> str:
    return f"{file.relative_to(REPOSITORY)}:{getattr(node, 'lineno', 0)}"


def nodes() -> Iterator[tuple[Path, ast.AST]]:
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text())):
            yield file, node


def test_there_are_sources_to_look_at():
    assert len(SOURCES) > 10


def test_nothing_is_scheduled_through_the_broker():
    """Past the visibility timeout Redis delivers such a task again and again; a due time is a column."""
    found = [
        f"{place(file, keyword.value)} {keyword.arg}="
        for file, node in nodes()
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in ("eta", "countdown")
    ]
    assert found == []


def test_business_time_comes_from_the_clock():
    banned = {"date.today", "datetime.today", "datetime.now", "datetime.utcnow", "timezone.now", "timezone.localdate"}
    found = [
        f"{place(file, node)} {ast.unparse(node)}"
        for file, node in nodes()
        if isinstance(node, ast.Attribute)
        and file != CLOCK
        and "migrations" not in file.parts
        and ".".join(ast.unparse(node).split(".")[-2:]) in banned
    ]
    assert found == []


def test_no_sql_reads_the_day_of_the_server():
    """The server's zone need not be Asia/Shanghai, and its day is not the business day."""
    banned = re.compile(r"\b(CURRENT_DATE|LOCALTIMESTAMP|LOCALTIME)\b", re.IGNORECASE)
    found = []
    for file, node in nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and banned.search(node.value):
            found.append(place(file, node))
    for file in (one for package in PACKAGES for one in (REPOSITORY / package).rglob("*.sql")):
        code = re.sub(r"--.*", "", file.read_text())
        if banned.search(code):
            found.append(str(file.relative_to(REPOSITORY)))
    assert found == []


def test_no_module_has_a_name_that_says_nothing():
    found = [str(file.relative_to(REPOSITORY)) for file in SOURCES if {file.stem, file.parent.name} & BANNED_NAMES]
    assert found == []


def test_no_file_has_grown_out_of_sight():
    long = [
        f"{file.relative_to(REPOSITORY)} has {count} lines"
        for file in SOURCES
        if "migrations" not in file.parts and (count := len(file.read_text().splitlines())) > 500
    ]
    assert long == []


def test_no_line_is_longer_than_120_characters():
    long = [
        f"{file.relative_to(REPOSITORY)}:{number} has {len(line)}"
        for file in [*SOURCES, *(REPOSITORY / "tests").rglob("*.py")]
        if "migrations" not in file.parts
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if len(line) > 120
    ]
    assert long == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements.in", "requirements-dev.in"])
def test_requirements_name_versions_and_hashes_and_no_address(name):
    lines = (REPOSITORY / name).read_text().splitlines()
    assert [line for line in lines if re.search(r"://|^\s*--(?!hash=)|@ ", line)] == []
    if name.endswith(".txt"):
        pinned = [line for line in lines if re.match(r"[a-zA-Z0-9]", line)]
        assert pinned and all("==" in line and line.endswith("\\") for line in pinned)


def text_files() -> Iterator[Path]:
    skipped = {".git", ".venv", "var", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis",
               ".import_linter_cache"}  # fmt: skip
    kinds = {
        ".py",
        ".txt",
        ".in",
        ".toml",
        ".md",
        ".yml",
        ".yaml",
        ".sql",
        ".html",
        ".css",
        ".js",
        ".json",
        ".po",
        ".sh",
        "",
    }
    for file in REPOSITORY.rglob("*"):
        if file.is_file() and not skipped & set(file.relative_to(REPOSITORY).parts) and file.suffix in kinds:
            yield file


def test_no_file_names_a_path_of_one_machine():
    # Put together here so that this file does not name them either.
    ours = [f"/{folder}/" for folder in ("root", "work", "home", "opt/" + "pypi", "opt/" + "wheels")]
    pattern = re.compile("(?<![\\w./-])(" + "|".join(map(re.escape, ours)) + ")")
    found = [
        f"{file.relative_to(REPOSITORY)}: {match.group()}"
        for file in text_files()
        if (match := pattern.search(file.read_text(errors="replace")))
    ]
    assert found == []


def test_the_compose_file_has_the_services_it_should():
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    services = compose["services"]
    assert set(services) == {"postgres", "valkey", "migrate", "web", "worker", "beat"}
    assert services["postgres"]["image"].startswith("postgres:18")
    assert services["valkey"]["image"].startswith("valkey/valkey:")
    for name in ("web", "worker", "beat"):
        environment = services[name]["environment"]
        assert "casedesk_app:" in environment["DATABASE_URL"]
        assert "DATABASE_OWNER_URL" not in environment, "only the migration knows the owner's password"
        assert "migrate" in services[name]["depends_on"]
    assert "casedesk_owner:" in services["migrate"]["environment"]["DATABASE_OWNER_URL"]
    for volume in services["postgres"]["volumes"]:
        source = volume.split(":")[0]
        assert source in compose["volumes"] or (REPOSITORY / source).exists()
