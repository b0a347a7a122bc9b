"""The gateway of a demo: a folder. A letter is a file under its key, so that sent twice it lies there once."""

import os
import tempfile
from pathlib import Path

from django.conf import settings

from notifications.channels import PermanentRefusal, Sent
from notifications.notice import sha256


def drop(kind: str, key: str, letter: bytes) -> Sent:
    """Put a letter into the folder of its kind. Raises PermanentRefusal where no folder was named for it."""
    named = getattr(settings, "NOTIFICATIONS_DROP", None)
    if not named:
        raise PermanentRefusal("there is no folder for dropped letters")
    folder = Path(named) / kind
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{sha256(key)[:32]}.txt"
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(letter)
    os.replace(file.name, folder / name)
    return Sent(receipt=f"drop:{kind}/{name}".encode())
