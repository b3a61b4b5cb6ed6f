from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from celerify.facts.origins import Origins
from celerify.facts.sending.arguments import unserialisable
from celerify.facts.sending.call_sites import Walk
from celerify.facts.sending.start_times import Awareness, awareness
from celerify.facts.sending.transactions import Transactions
from celerify.facts.sources import Sources
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.facts.sending.call_sites import Site

MODELS = """\
from django.db import models

class Base(models.Model):
    class Meta:
        abstract = True

class Order(Base):
    pass

class Colour(models.TextChoices):
    RED = "red"
"""

HEAD = """\
from datetime import datetime, timedelta
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from shop.models import Colour, Order
"""


def sites(folder: Path, body: str) -> tuple[Origins, tuple[Site, ...]]:
    (folder / "shop").mkdir()
    (folder / "shop/__init__.py").write_text("")
    (folder / "shop/models.py").write_text(MODELS)
    (folder / "shop/views.py").write_text(HEAD + body)
    sources = Sources(Tree.at(folder))
    origins = Origins(sources, ("",))
    module = sources.module("shop/views.py")
    assert module is not None
    return origins, Walk(module, "shop.views", Transactions(origins, frozenset(), None)).run()


def passed(folder: Path, body: str) -> str | None:
    origins, (site,) = sites(folder, body)
    return unserialisable(site.call.args[0], "shop/views.py", site.scope, origins)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("def f(pk):\n    o = Order.objects.get(pk=pk)\n    t.delay(o)\n", "instance"),
        ("def f(pk):\n    o = Order.objects.filter(a=1).order_by('b').first()\n    t.delay(o)\n", "instance"),
        ("def f(pk):\n    t.delay(Order.objects.create())\n", "instance"),
        ("def f(pk):\n    o, made = Order.objects.get_or_create(pk=pk)\n    t.delay(o)\n", "instance"),
        ("def f(pk):\n    o = get_object_or_404(Order, pk=pk)\n    t.delay(o)\n", "instance"),
        (
            (
                "def f(send_all):\n    if send_all:\n        rows = Order.objects.filter(a=1)\n"
                "    else:\n        rows = Order.objects.filter(b=1)\n    rows = rows.select_related('c')\n"
                "    for row in rows:\n        print(row)\n    some = [row for row in rows if row.open]\n"
                "    t.delay(some)\n"
            ),
            "instance",
        ),
        ("def f(form):\n    o = form.save()\n    t.delay(o)\n", "instance"),
        ("def f(self, serializer):\n    t.delay(serializer.save())\n", "instance"),
        ("def f(serializer):\n    serializer.save()\n    t.delay(serializer.instance)\n", "instance"),
        ("def f():\n    o = Order(a=1)\n    t.delay(o)\n", "instance"),
        ("def f(order: Order):\n    t.delay(order)\n", "instance"),
        ("def f(user: User):\n    t.delay(user)\n", "instance"),
        ("def f(sender, instance, **kwargs):\n    t.delay(instance)\n", "instance"),
        ("def f():\n    for o in Order.objects.all():\n        t.delay(o)\n", "instance"),
        ("def f():\n    q = Order.objects.filter(a=1)\n    for o in q:\n        t.delay(o)\n", "instance"),
        ("def f():\n    [t.delay(o) for o in Order.objects.all().iterator()]\n", "instance"),
        ("async def f(pk):\n    o = await Order.objects.aget(pk=pk)\n    t.delay(o)\n", "instance"),
        ("def f():\n    t.delay(Order.objects.filter(a=1))\n", "queryset"),
        ("def f():\n    t.delay(Order.objects.values_list('pk', flat=True))\n", "queryset"),
        ("def f():\n    q = Order.objects.all()\n    q = q.filter(a=1)\n    t.delay(q)\n", "queryset"),
        ("def f():\n    t.delay(list(Order.objects.all()))\n", "instances"),
        ("def f(pk):\n    o = Order.objects.get(pk=pk)\n    t.delay({'order': [o]})\n", "instance"),
        ("def f(request):\n    t.delay(request)\n", "request"),
        ("def f(r: HttpRequest):\n    t.delay(r)\n", "request"),
        ("def f(request):\n    t.delay(request.user)\n", "request.user"),
        ("class V(CreateView):\n    def form_valid(self, form):\n        t.delay(self.object)\n", "instance"),
        ("class V(CreateView):\n    def f(self):\n        t.delay(self.request)\n", "request"),
        (
            "class V(DetailView):\n    def f(self):\n        o = self.get_object()\n        t.delay(o)\n",
            "instance",
        ),
        ("class A:\n    def f(self):\n        t.delay(self)\n", "self"),
    ],
)
def test_what_does_not_serialise(tmp_path: Path, body: str, what: str) -> None:
    assert what in (passed(tmp_path, body) or "")


@pytest.mark.parametrize(
    "body",
    [
        "def f(pk):\n    t.delay(pk)\n",
        "def f(pk):\n    o = Order.objects.get(pk=pk)\n    t.delay(o.pk)\n",
        "def f(pk):\n    o = Order.objects.get(pk=pk)\n    t.delay(str(o.id))\n",
        "def f(pk):\n    o = Order.objects.get(pk=pk)\n    o = o.pk\n    t.delay(o)\n",
        "def f():\n    t.delay(list(Order.objects.values_list('pk', flat=True)))\n",
        "def f():\n    for pk in Order.objects.values_list('pk', flat=True):\n        t.delay(pk)\n",
        "def f():\n    q = Order.objects.values_list()\n    for pk in q:\n        t.delay(pk)\n",
        "def f():\n    q = Order.objects.filter(a=1).values_list('pk')\n    t.delay(list(q))\n",
        "def f():\n    t.delay(Order.objects.count())\n",
        "def f():\n    row = Order.objects.values('pk').first()\n    t.delay(row)\n",
        "def f(data):\n    o = data.get('x')\n    t.delay(o)\n",
        "def f(cache):\n    o = cache.first()\n    t.delay(o)\n",
        "def f(colour: Colour):\n    t.delay(colour)\n",
        "def f():\n    t.delay(Colour('red'))\n",
        "def f(user):\n    t.delay(user)\n",
        "def f(request):\n    t.delay(request.data, request.user.pk)\n",
        "def f(instance):\n    t.delay(instance)\n",
        "@app.task(bind=True)\ndef f(self):\n    t.delay(self)\n",
        "def f(file):\n    x = file.save()\n    t.delay(x)\n",
    ],
)
def test_what_is_plain_or_not_known(tmp_path: Path, body: str) -> None:
    assert passed(tmp_path, body) is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("datetime.now()", Awareness.NAIVE),
        ("datetime.utcnow() + timedelta(hours=1)", Awareness.NAIVE),
        ("timedelta(hours=1) + datetime.today()", Awareness.NAIVE),
        ("datetime(2026, 1, 1)", Awareness.NAIVE),
        ("when", Awareness.NAIVE),
        ("datetime.now().replace(hour=3)", Awareness.NAIVE),
        ("timezone.now() + timedelta(hours=1)", Awareness.AWARE),
        ("datetime.now(tz=UTC)", Awareness.AWARE),
        ("datetime.now(UTC)", Awareness.AWARE),
        ("datetime(2026, 1, 1, tzinfo=UTC)", Awareness.AWARE),
        ("timezone.make_aware(datetime.now())", Awareness.AWARE),
        ("datetime.now().replace(tzinfo=UTC)", Awareness.AWARE),
        ("datetime.now().astimezone()", Awareness.AWARE),
        ("reminder.send_at", Awareness.UNREAD),
        ("both", Awareness.UNREAD),
    ],
)
def test_awareness(tmp_path: Path, expression: str, expected: Awareness) -> None:
    body = (
        "def f(c):\n    when = datetime.now()\n    both = timezone.now()\n    both = datetime.now()\n"
        f"    t.delay({expression})\n"
    )
    _, (site,) = sites(tmp_path, body)
    assert isinstance(site.call.args[0], ast.expr)
    assert awareness(site.call.args[0], site.scope) is expected
