"""`make screenshots`: hands tests/browser/pictures.py to pytest, whose fixtures it needs; no part of `make test`."""

import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    sys.exit(pytest.main([str(Path(__file__).parent / "browser" / "pictures.py"), "-q", "-p", "no:cacheprovider"]))
