"""The kind of requirement that is the authentication of every Flower process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.facts.monitoring.credentials import Password, weakest_password
from celerify.model import Observation
from celerify.requirements.flower_process import FlowerProcess
from celerify.requirements.monitoring_files import flowers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.monitoring.flower import Flower
    from celerify.facts.monitoring.flower_options import Setting
    from celerify.project import Project

_VERDICTS: dict[Password, tuple[bool | None, str]] = {
    Password.GIVEN: (True, "demands a user and a password, by {how}"),
    Password.DEMANDED: (True, "demands a user and a password, by {how}, and does not start without one"),
    Password.UNSEEN: (
        None,
        "takes the whole of {how} from outside the repository: whether it holds a password cannot be seen",
    ),
    Password.NOBODY: (False, "is given no USER:PASSWORD by {how}: nobody can log in"),
    Password.OPTIONAL: (
        False,
        "lets in whoever sends an empty password while the variable in {how} is not set",
    ),
    Password.EMPTY: (False, "takes an empty password, by {how}"),
}


@dataclass(frozen=True, slots=True)
class FlowerAuthentication(FlowerProcess):
    """Every Flower process demands a password that is not empty, or a login at another service."""

    universal: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield for each Flower process how it lets people in."""
        for flower in flowers_of(project):
            holds, said, setting = _judged(flower)
            at = setting.at if setting else flower.process.at
            yield Observation(holds, f"{flower.name} {said}", at)


def _judged(flower: Flower) -> tuple[bool | None, str, Setting | None]:
    for option in ("basic_auth", "auth"):
        setting = flower.options.get(option)
        if setting is None:
            continue
        if setting.value is None:
            said = f"does not start with `--{option} VALUE`: Flower wants an equals sign, `--{option}=VALUE`"
            return False, said, setting
        found = _basic(flower, setting) if option == "basic_auth" else _login(flower, setting)
        if found is not None:
            return (*found, setting)
    return (*_without(flower), None)


def _basic(flower: Flower, setting: Setting) -> tuple[bool | None, str]:
    how = "FLOWER_BASIC_AUTH" if setting.source == "environment" else "basic_auth"
    if setting.value == "":
        if setting.source == "environment" and flower.process.target in {"systemd", "supervisor"}:
            return None, f"takes {how} from a file whose example leaves it empty"
        return False, f"is given an empty {how}: nobody can log in"
    kind = weakest_password(setting.value or "", flower.demanded, strict=flower.strict)
    holds, said = _VERDICTS[kind]
    if kind is Password.GIVEN and setting.source == "command":
        said += "; the password stands in the list of processes (FLOWER_BASIC_AUTH would not)"
    return holds, said.format(how=how)


def _login(flower: Flower, setting: Setting) -> tuple[bool | None, str] | None:
    text = setting.value or ""
    if text == "":
        return None
    if text.startswith("$") and "?" not in text and not flower.strict:
        return False, "is open to everybody while the variable in `auth` is not set"
    provider = flower.text("auth_provider")
    if provider is None:
        return (
            None
            if flower.text("basic_auth")
            else (False, "has `auth` without an `auth_provider`: nobody can log in")
        )
    return True, "lets in those whom `auth` names, by their login at another service"


def _without(flower: Flower) -> tuple[bool | None, str]:
    """Return what may give it a password though nothing that it declares does."""
    example = flower.outside.examples.get("FLOWER_BASIC_AUTH")
    kind = weakest_password(example) if example else Password.UNSEEN
    if example is not None and kind <= Password.UNSEEN and not _must_be_there(flower):
        return None, "may be given the FLOWER_BASIC_AUTH that an example names; unset, everybody is let in"
    if "FLOWER_BASIC_AUTH" in flower.passed:
        return False, "lets in everybody where the host does not set the FLOWER_BASIC_AUTH that it passes on"
    if example is not None:
        holds, said = _VERDICTS[kind]
        return holds, said.format(how="the FLOWER_BASIC_AUTH that the example of its environment file names")
    if flower.outside.unread:
        path = flower.outside.unread[0]
        said = f"takes variables from {path}, which no example shows: whether a password is among them"
        return None, f"{said} cannot be seen"
    return False, "has no authentication: everybody who reaches it can read and revoke every task"


def _must_be_there(flower: Flower) -> bool:
    """Tell whether it does not start without the file that the example shows."""
    return flower.service is not None and "FLOWER_BASIC_AUTH" not in flower.passed
