"""What a message carries: secrets by name and by form, and what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.sending.secret_values import carried
from celerify.project import Project
from celerify.rules.verification.messages import USERS
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """\
from celery import chain

from .tasks import send_welcome


def view(request, user, form, data, settings, reset_token, tokens):
    """


def found(folder: Path, call: str) -> list[tuple[str, bool]]:
    tree = Tree.at(folder)
    for path, text in (USERS | {"users/views.py": HEAD + call + "\n"}).items():
        tree = tree.write(path, text.encode())
    (one,) = Project(tree).calls
    return [(item.what, item.whole) for item in carried(one)]


@pytest.mark.parametrize(
    ("call", "what"),
    [
        ("send_welcome.delay(reset_token)", "reset_token"),
        ("send_welcome.delay(1, user.make())", "the argument token"),
        ("send_welcome.delay(1, token=user.make())", "the argument token"),
        ("send_welcome.delay_on_commit(user.api_key)", "user.api_key"),
        ("send_welcome.delay(data['password'])", "data['password']"),
        ("send_welcome.delay(data.get('password', ''))", "data.get('password')"),
        ("send_welcome.delay({'id': 1, 'secret': data['x']})", "the argument secret"),
        ("send_welcome.delay([1, user.password])", "user.password"),
        ("send_welcome.delay(str(reset_token))", "reset_token"),
        ("send_welcome.delay(reset_token.strip())", "reset_token"),
        ("send_welcome.delay(f'/reset/{reset_token}')", "reset_token"),
        ("send_welcome.delay('/reset/' + reset_token)", "reset_token"),
        ("send_welcome.delay('/reset/%s' % reset_token)", "reset_token"),
        ("send_welcome.delay(reset_token if user else None)", "reset_token"),
        ("send_welcome.delay(make_token(user))", "what make_token() gives"),
        ("send_welcome.delay(settings.STRIPE_SECRET_KEY)", "settings.STRIPE_SECRET_KEY"),
        ("send_welcome.apply_async((1, user.make()))", "the argument token"),
        ("send_welcome.apply_async(args=[reset_token])", "reset_token"),
        ("send_welcome.apply_async(kwargs={'token': user.make()})", "the argument token"),
        ("send_welcome.apply_async(kwargs=dict(token=user.make()))", "the argument token"),
        ("chain(send_welcome.s(reset_token), send_welcome.s())()", "reset_token"),
        ("send_welcome.delay('sk_live_' 'abcdefghijkl')", "a credential written out"),
        ("send_welcome.delay('amqp://u:pw@host//')", "a credential written out"),
    ],
)
def test_secrets(tmp_path: Path, call: str, what: str) -> None:
    assert (what, False) in found(tmp_path, call)


@pytest.mark.parametrize(
    "call",
    [
        "send_welcome.delay(user.pk)",
        "send_welcome.delay(user.token_id)",
        "send_welcome.delay(1, token=reset_token.pk)",
        "send_welcome.delay(1, token=str(reset_token.id))",
        "send_welcome.delay(1, token=None)",
        "send_welcome.delay(1, token=True)",
        "send_welcome.delay(1, token=reset_token is not None)",
        "send_welcome.delay(1, not reset_token)",
        "send_welcome.delay(len(tokens), token=len(tokens))",
        "send_welcome.delay(check_password(user))",
        "send_welcome.delay('password reset')",
        "send_welcome.delay('reset_token')",
        "send_welcome.delay({'password_changed': True, 'has_token': data})",
        "send_welcome.delay(data['password_reset_id'])",
        "send_welcome.delay(user.tokenizer, data['max_tokens'])",
        "send_welcome.apply_async((1,), headers={'token': reset_token})",
        "send_welcome.apply_async((1,), task_id=user.token_id, countdown=60)",
        "send_welcome.delay(hash_of(reset_token))",
    ],
)
def test_no_secrets(tmp_path: Path, call: str) -> None:
    assert found(tmp_path, call) == []


@pytest.mark.parametrize(
    "what", ["request", "request.POST", "request.data", "form.cleaned_data", "settings", "os.environ"]
)
def test_objects_passed_whole(tmp_path: Path, what: str) -> None:
    assert found(tmp_path, f"send_welcome.delay({what})") == [(what, True)]
