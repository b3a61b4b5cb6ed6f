from __future__ import annotations

import pytest

from celerify.edits.splice import is_subsequence
from celerify.edits.yaml_splice import Entry, YamlFile
from celerify.errors import CannotWriteError

WORKER = Entry(("services",), "worker", "worker:\n  image: app\n", apart=True)


def added(text: str, *entries: Entry) -> str:
    raw = text.encode()
    after = YamlFile.of(raw, "compose.yaml").with_entries(entries or (WORKER,))
    assert is_subsequence(raw, after)
    return after.decode()


def test_a_service_goes_behind_the_last_one_and_its_comments() -> None:
    before = "services:\n  web:\n    build: .\n    # - cache\n  # the end of services\n\nvolumes:\n  db:\n"
    after = added(before)
    assert after == before.replace("cache\n", "cache\n\n  worker:\n    image: app\n\n").replace(
        "app\n\n  # the", "app\n\n  # the"
    )


def test_one_blank_line_only_where_services_are_set_apart() -> None:
    dense = "services:\n  db:\n    image: x\n  web:\n    image: y\n"
    assert added(dense) == f"{dense}  worker:\n    image: app\n"
    airy = dense.replace("  web", "\n  web")
    assert added(airy) == f"{airy}\n  worker:\n    image: app\n"


def test_windows_line_ends_stay() -> None:
    assert added("services:\r\n  web:\r\n    image: y\r\n") == (
        "services:\r\n  web:\r\n    image: y\r\n\r\n  worker:\r\n    image: app\r\n"
    )


def test_a_missing_final_newline_is_added_first() -> None:
    assert added("services:\n  web:\n    image: y") == (
        "services:\n  web:\n    image: y\n\n  worker:\n    image: app\n"
    )


def test_a_byte_order_mark_and_four_columns_stay() -> None:
    before = "\ufeffservices:\n    web:\n        image: y\n"
    assert added(before) == f"{before}\n    worker:\n      image: app\n"
    assert YamlFile.of(before.encode()).step == 4


def test_a_block_scalar_at_the_end_keeps_its_text() -> None:
    before = "services:\n  web:\n    command: |\n      a\n      b\n\n\nvolumes: {}\n"
    assert added(before).startswith("services:\n  web:\n    command: |\n      a\n      b\n\n  worker:\n")


def test_an_entry_goes_into_a_mapping_with_an_anchor() -> None:
    before = "x: &env\n  A: 1\nservices:\n  web:\n    environment: &web\n      B: 2\n"
    after = added(before, Entry(("services", "web", "environment"), "C", "C: 3\n"))
    assert after == f"{before}      C: 3\n"


def test_an_item_goes_into_a_list() -> None:
    before = "services:\n  web:\n    environment:\n    - A=1\n    image: y\n"
    after = added(before, Entry(("services", "web", "environment"), None, "- B=2\n"))
    assert after == before.replace("A=1\n", "A=1\n    - B=2\n")


def test_what_is_merged_is_found_where_it_stands() -> None:
    text = "x-app: &app\n  environment:\n    A: 1\nservices:\n  web:\n    <<: *app\n    image: y\n"
    file = YamlFile.of(text.encode())
    assert file.holder(("services", "web"), "environment") == ("x-app", "environment")
    assert file.holder(("services", "web"), "image") == ("services", "web", "image")
    assert file.holder(("services", "web"), "ports") is None
    after = added(text, Entry(("x-app", "environment"), "B", "B: 2\n"))
    assert after == text.replace("A: 1\n", "A: 1\n    B: 2\n")


@pytest.mark.parametrize(
    "text",
    [
        '{"services": {"web": {"image": "y"}}}\n',
        "services: {web: {image: y}}\n",
        "services:\n  web:\n    image: y\n---\nservices: {}\n",
        "services:\n  web:\n    image: y\n  web:\n    image: z\n",
        "services:\n\tweb:\n\t\timage: y\n",
        "services:\n",
        "volumes:\n  db:\n",
        "- services\n",
        "",
        "services: [\n",
        "x: &s\n  web:\n    image: y\nservices: *s\n",
    ],
)
def test_what_cannot_be_spliced_is_left_alone(text: str) -> None:
    with pytest.raises(CannotWriteError):
        added(text)


def test_a_scalar_that_would_change_refuses() -> None:
    with pytest.raises(CannotWriteError):
        added("services:\n  web:\n    command: |+\n      a\n\n\n")


def test_bytes_that_are_no_utf_8_stay() -> None:
    raw = b"# caf\xe9\nservices:\n  web:\n    image: y\n"
    with pytest.raises(CannotWriteError):
        YamlFile.of(raw, "compose.yaml").with_entries([WORKER])
