"""What is generated from the code is current: migrations, rulebook, API description."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands

from config import embedded

DOCUMENT = embedded.REPOSITORY / "docs" / "openapi.yaml"


def test_every_change_of_a_model_has_its_migration(shared_database):
    said = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said)
    except SystemExit:
        pytest.fail(f"models and migrations differ:\n{said.getvalue()}")


def test_the_rulebook_is_current(shared_database):
    if "write_rulebook" not in get_commands():
        pytest.skip("there is no write_rulebook yet")
    said = io.StringIO()
    try:
        call_command("write_rulebook", check=True, stdout=said, stderr=said)
    except SystemExit as end:
        assert not end.code, said.getvalue()


def test_the_description_of_the_api_is_valid_and_current(tmp_path: Path):
    if not DOCUMENT.exists():
        pytest.skip("there is no docs/openapi.yaml yet")
    now = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(now), validate=True, fail_on_warn=True)
    assert now.read_text() == DOCUMENT.read_text(), (
        "the API has changed: manage.py spectacular --file docs/openapi.yaml --validate --fail-on-warn"
    )


def test_djangos_checks_find_nothing():
    call_command("check", fail_level="WARNING", stdout=io.StringIO())
