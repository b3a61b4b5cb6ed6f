from __future__ import annotations

import os
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from celerify.live.client import Client, ClientError

if TYPE_CHECKING:
    from celerify.live.session import Started


def test_bytes_that_trickle_do_not_put_off_the_end() -> None:
    reading, writing = os.pipe()
    stop = threading.Event()

    def trickle() -> None:
        while not stop.wait(0.02):
            os.write(writing, b"x")

    writer = threading.Thread(target=trickle)
    with os.fdopen(reading, "rb") as pipe:
        client = Client(cast("Started", SimpleNamespace(popen=SimpleNamespace(stdout=pipe), alive=True)))
        writer.start()
        begun = time.monotonic()
        try:
            with pytest.raises(ClientError, match="no answer within 0 s"):
                client.answer(0.2)
        finally:
            stop.set()
            writer.join()
            os.close(writing)
    assert time.monotonic() - begun < 1
