from __future__ import annotations

from textwrap import dedent

import pytest

from celerify.facts.evaluator.evaluate import Evaluated, evaluate_module
from celerify.facts.masking import shown
from celerify.facts.python import parse
from celerify.facts.values import Either, Env, Items, Known, Unreadable, Unset, plain


def read(files: dict[str, str], name: str = "settings", configuration: str | None = None) -> Evaluated:
    contents = {path: dedent(source).encode() for path, source in files.items()}

    def resolve(dotted: str) -> str | None:
        base = dotted.replace(".", "/")
        return next((path for path in (f"{base}/__init__.py", f"{base}.py") if path in contents), None)

    return evaluate_module(
        name, lambda path: parse(path, contents[path]), resolve, lambda: tuple(contents), configuration
    )


def one(source: str, name: str = "X") -> str:
    """Return what a name is at the end of a module, as shown."""
    found = read({"settings.py": source}).bindings.get(name)
    return shown(found.value) if found else "nothing"


def lines(found: Evaluated, name: str) -> list[str]:
    return [str(place) for place in found.bindings[name].via]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("X = 60 * 60", "3600"),
        ("X = 'a' 'b' + 'c'", "'abc'"),
        ("X = 'redis://%s:%d/0' % ('host', 6379)", "'redis://host:6379/0'"),
        ("X = '%(a)s' % {'a': 1}", "'1'"),
        ("X = '{}:{port}'.format('h', port=1)", "'h:1'"),
        ("X = f'{1 + 1:03d}-{\"a\"!r}'", "\"002-'a'\""),
        ("X = ['a'] + ['b'] * 2", "['a', 'b', 'b']"),
        ("A = ('a',)\nX = [*A, 'b']", "['a', 'b']"),
        ("X = ('a')", "'a'"),
        ("A = {'a': 1}\nX = {**A, 'b': 2}", "{'a': 1, 'b': 2}"),
        ("X = {'a': 1} | {'a': 2}", "{'a': 2}"),
        ("X = dict(a=1)", "{'a': 1}"),
        ("X = list(('a', 'b'))[-1]", "'b'"),
        ("X = {'a': {'b': 1}}['a']['b']", "1"),
        ("X = 1 if 'a' in ['a'] else 2", "1"),
        ("X = '' or None or 'last'", "'last'"),
        ("X = not []", "True"),
        ("X = 1 < 2 < 3", "True"),
        ("X = sorted({'b', 'a'})", "['a', 'b']"),
        ("X = ','.join(['a', 'b'])", "'a,b'"),
        ("X = [app for app in ['a', 'b'] if app != 'a']", "['b']"),
        ("X = {k: v for k, v in {'a': 1}.items()}", "{'a': 1}"),
        ("X = {'a': 1}.get('b', 'none')", "'none'"),
        ("if (y := 5) > 4:\n    X = y", "5"),
        ("X: list[str] = ['a']", "['a']"),
        ("A, X = 1, 2", "2"),
        ("globals()['X'] = 3", "3"),
        ("globals().update({'X': 4})", "4"),
        ("X = 2 ** 9999999", "2 ** 9999999"),
        ("X = 1 / 0", "1 / 0"),
        ("X = undefined", "undefined"),
    ],
)
def test_expressions(source: str, expected: str) -> None:
    assert one(source) == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("X += ['b']", "['a', 'b']"),
        ("X.append('b')", "['a', 'b']"),
        ("X.extend(('b', 'c'))", "['a', 'b', 'c']"),
        ("X.insert(0, 'b')", "['b', 'a']"),
        ("X.insert(X.index('a'), 'b')", "['b', 'a']"),
        ("X.remove('a')", "[]"),
        ("X = X + ['b']", "['a', 'b']"),
        ("X[0] = 'b'", "['b']"),
        ("X[0:0] = ['b']", "['b', 'a']"),
        ("X[len(X):] = load()", "X[len(X):]"),
        ("del X[0]", "[]"),
        ("for a in ['b', 'c']:\n    X.append(a)", "['a', 'b', 'c']"),
        ("for a in find():\n    X.append(a)", "['a', …]"),
        ("X += load()", "['a', …]"),
        ("Y = X\nY.append('b')", "['a', 'b']"),
        ("X = X.copy()\nX.append('b')", "['a', 'b']"),
        ("D = {'x': X}\nD['x'].append('b')", "['a', 'b']"),
        ("import os\nif os.environ.get('D'):\n    X += ['b']\nX += ['c']", "['a', 'b', 'c'] or ['a', 'c']"),
        ("import os\nX += ['b'] if os.environ.get('D') else []", "['a', 'b'] or ['a']"),
    ],
)
def test_lists_that_change(statement: str, expected: str) -> None:
    assert one(f"X = ['a']\n{statement}") == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("X['b'] = 2", "{'a': {'n': 1}, 'b': 2}"),
        ("X['a']['n'] = 2", "{'a': {'n': 2}}"),
        ("X['a'].update(m=3)", "{'a': {'n': 1, 'm': 3}}"),
        ("X.update({'a': 5})", "{'a': 5}"),
        ("X.setdefault('a', {})['m'] = 2", "{'a': {'n': 1, 'm': 2}}"),
        ("X.setdefault('b', []).append(1)", "{'a': {'n': 1}, 'b': [1]}"),
        ("del X['a']", "{}"),
        ("X.pop('a')", "{}"),
        ("X |= {'b': 2}", "{'a': {'n': 1}, 'b': 2}"),
        ("Y = X['a']\nY['m'] = 2", "{'a': {'n': 1, 'm': 2}}"),
    ],
)
def test_dicts_that_change(statement: str, expected: str) -> None:
    assert one(f"X = {{'a': {{'n': 1}}}}\n{statement}") == expected


def test_what_is_merged_in_unread_may_replace_every_entry() -> None:
    assert one("X = {'a': 1}\nX.update(load())\nX['b'] = 2") == (
        "{'a': 1 or what is merged into it cannot be read, 'b': 2, …}"
    )


def test_an_entry_set_on_every_way_of_a_dict() -> None:
    found = one(
        """
        import os
        if os.environ.get("URL"):
            X = {"default": {"ENGINE": "a"}}
        else:
            X = {"default": {"ENGINE": "b"}}
        X["default"]["ATOMIC_REQUESTS"] = True
        """
    )
    assert found.count("'ATOMIC_REQUESTS': True") == 2
    assert found.startswith("{'default': {'ENGINE': 'a', 'ATOMIC_REQUESTS': True}} or ")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if DEBUG:\n    X = 1\nelse:\n    X = 2", "1 or 2"),
        ("if DEBUG:\n    X = 1\nelse:\n    X = 1", "1"),
        ("if DEBUG:\n    X = 1", "1 or not set"),
        ("X = 0\nif DEBUG:\n    X = 1", "1 or 0"),
        ("if not DEBUG:\n    raise RuntimeError\nX = 1", "1"),
        ("if DEBUG:\n    X = 1\nelse:\n    raise RuntimeError", "1"),
        ("DEBUG = True\nif DEBUG:\n    X = 1\nelse:\n    X = 2", "1"),
        ("X = 1 if DEBUG else 2", "1 or 2"),
        ("X = DEBUG and 'a'", "the environment variable DEBUG (default None) or 'a'"),
        ("match DEBUG:\n    case 'a':\n        X = 1\n    case _:\n        X = 2", "2 or 1 or not set"),
        ("X = 1\nwhile DEBUG:\n    X = 2", "set in a loop over DEBUG"),
        (
            "X = 1\nfor n in [1, 2]:\n    if DEBUG:\n        break\n    X = n",
            "set in a loop over [1, 2]",
        ),
    ],
)
def test_branches(source: str, expected: str) -> None:
    start = "import os\nDEBUG = os.environ.get('DEBUG')\n"
    assert sorted(one(start + source).split(" or ")) == sorted(expected.split(" or "))


def test_a_name_bound_on_one_way_only_says_so() -> None:
    found = read({"settings.py": "import os\nif os.getenv('A'):\n    X = 1\n"}).bindings["X"].value
    assert isinstance(found, Either)
    assert [type(way) for way in found.options] == [Known, Unset]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("os.environ['A']", Env),
        ("os.environ.get('A')", Env),
        ("os.environ.get(name)", Unreadable),
    ],
)
def test_only_named_variables_are_reads(expression: str, expected: type) -> None:
    source = f"import os\nX = {expression}"
    value = read({"settings.py": source}).bindings["X"].value
    assert isinstance(value, expected) or shown(value) == "get(name)"


OWN_ENV = """
import os
def env(name, default=None):
    return os.environ.get(name, default)
X = env("A", "d")
"""
OWN_FLAG = """
import os
def flag(name, default):
    value = os.getenv(name, default=default)
    if value not in ("True", "False"):
        raise ValueError(value)
    return value == "True"
X = flag("A", "True")
"""
OWN_CAST = """
import os
def flag(value):
    if value.lower() in ("y", "1"):
        return 1
    return 0
X = bool(flag(os.getenv("A", "n")))
"""


@pytest.mark.parametrize(
    ("source", "variable", "default", "cast"),
    [
        ("import os\nX = os.environ['A']", "A", ..., None),
        ("import os\nX = os.environ.get('A')", "A", None, None),
        ("from os import getenv as g\nX = g('A', 'd')", "A", "d", None),
        ("from os import environ\nX = environ.get('A', 'd')", "A", "d", None),
        ("import os\nX = int(os.environ.get('A', '5'))", "A", 5, "int"),
        ("import os\nX = bool(int(os.environ.get('A', 0)))", "A", False, "bool"),
        ("import os\nX = os.getenv('A', 'True').lower() == 'true'", "A", True, "bool"),
        ("import os\nX = os.getenv('A', 'x') in ('1', 'yes')", "A", False, "bool"),
        ("import os\nX = not os.getenv('A', 'x') == 'x'", "A", False, "bool"),
        ("import os\nX = os.environ.get('A', 'a,b').split(',')", "A", ["a", "b"], "list"),
        ("import os\nX = [h.strip() for h in os.getenv('A', 'a, b').split(',')]", "A", ["a", "b"], "list"),
        ("import os\nX = os.environ.get('A') or 'd'", "A", "d", None),
        ("import os\nfrom a import strtobool\nX = strtobool(os.getenv('A', 'no'))", "A", False, "bool"),
        ("import environ\nenv = environ.Env()\nX = env('A')", "A", ..., None),
        ("import environ\nenv = environ.Env()\nX = env('A', default='d')", "A", "d", None),
        ("import environ\nenv = environ.Env(A=(bool, False))\nX = env('A')", "A", False, "bool"),
        ("import environ\nenv = environ.Env(A=int)\nX = env('A', default=3)", "A", 3, "int"),
        ("from environ import Env\nenv = Env()\nX = env.bool('A', True)", "A", True, "bool"),
        ("import environ\nenv = environ.Env()\nX = env.list('A', default=[])", "A", [], "list"),
        ("import environ\nenv = environ.Env()\nX = env.db()", "DATABASE_URL", ..., "url"),
        ("import environ\nenv = environ.Env()\nX = env.cache('A', default='d')", "A", "d", "url"),
        ("from environs import Env\nenv = Env()\nX = env.str('A', 'd')", "A", "d", "str"),
        ("from environs import env\nX = env.int('A', 5)", "A", 5, "int"),
        ("from environs import env\nwith env.prefixed('P_'):\n    X = env('A')", "P_A", ..., None),
        ("from decouple import config\nX = config('A', default='5', cast=int)", "A", 5, "int"),
        ("from decouple import config, Csv\nX = config('A', 'a,b', cast=Csv())", "A", ["a", "b"], "list"),
        ("from decouple import AutoConfig\nconfig = AutoConfig()\nX = config('A')", "A", ..., None),
        ("import dj_database_url\nX = dj_database_url.config(default='d')", "DATABASE_URL", "d", "url"),
        ("import os\nimport dj_database_url as d\nX = d.parse(os.environ['A'])", "A", ..., "url"),
        (OWN_ENV, "A", "d", None),
        (OWN_FLAG, "A", True, "bool"),
        (OWN_CAST, "A", False, "bool"),
    ],
)  # fmt: skip
def test_environment_idioms(source: str, variable: str, default: object, cast: str | None) -> None:
    value = read({"settings.py": source}).bindings["X"].value
    assert isinstance(value, Env)
    assert (value.variable, value.cast) == (variable, cast)
    assert (... if value.default is None else plain(value.default)) == default


def test_urls_put_together_from_the_environment() -> None:
    source = "import os\nH = os.getenv('H', 'h')\nX = f'redis://{H}:' + os.environ['P'] + '/0'"
    assert one(source) == "'redis://{H}:{P}/0'"


def test_calls_that_are_not_evaluated_keep_their_imported_name() -> None:
    assert one("from celery.schedules import crontab as c\nX = c(minute=0)") == "crontab(minute=0)"
    assert one("import datetime as dt\nX = dt.timedelta(days=1)") == "timedelta(days=1)"


PRODUCTION = """from .base import *
INSTALLED_APPS += ['b']
from . import base
X = base.TIME_ZONE
"""
BASE = "INSTALLED_APPS = ['a']\nTIME_ZONE = 'UTC'\n_PRIVATE = 1\n"


def test_star_imports_and_the_chain_of_places() -> None:
    found = read(
        {
            "config/settings/__init__.py": "",
            "config/settings/base.py": BASE,
            "config/settings/production.py": PRODUCTION,
        },
        "config.settings.production",
    )
    assert shown(found.bindings["INSTALLED_APPS"].value) == "['a', 'b']"
    assert lines(found, "INSTALLED_APPS") == [
        "config/settings/production.py:1",
        "config/settings/base.py:1",
        "config/settings/production.py:2",
    ]
    assert lines(found, "TIME_ZONE") == ["config/settings/production.py:1", "config/settings/base.py:2"]
    assert shown(found.bindings["X"].value) == "'UTC'"
    assert "_PRIVATE" not in found.bindings
    assert found.files == (
        "config/settings/production.py",
        "config/settings/base.py",
        "config/settings/__init__.py",
    )


def test_a_package_that_switches_by_variable() -> None:
    found = read(
        {
            "settings/__init__.py": """
                import os
                if os.environ.get("ENV") == "prod":
                    from .prod import *
                else:
                    from .dev import *
            """,
            "settings/prod.py": "X = 'prod'\n",
            "settings/dev.py": "X = 'dev'\n",
        }
    )
    assert shown(found.bindings["X"].value) == "'prod' or 'dev'"
    assert not found.unread


def test_imports_in_a_circle() -> None:
    found = read(
        {"settings.py": "X = 1\nfrom other import *\n", "other.py": "from settings import X\nY = X\n"}
    )
    assert shown(found.bindings["Y"].value) == "1"


@pytest.mark.parametrize(
    ("source", "unread", "optional"),
    [
        ("try:\n    from .local import *\nexcept ImportError:\n    pass", 0, 1),
        ("from contextlib import suppress\nwith suppress(ImportError):\n    from .local import *", 0, 1),
        ("import os\nif os.path.exists('local.py'):\n    from .local import *", 0, 1),
        ("from .local import *", 1, 0),
        ("from company.settings import *", 1, 0),
        ("from os.path import *", 0, 0),
        ("exec(open('local.py').read())", 1, 0),
        ("import django_heroku\ndjango_heroku.settings(locals())", 0, 1),
        ("import strange\nstrange.configure(globals())", 1, 0),
        ("import dynaconf\nsettings = dynaconf.DjangoDynaconf(__name__)", 1, 0),
        ("for name in load():\n    globals()[name] = 1", 1, 0),
        ("from split_settings.tools import include, optional\ninclude(optional('local.py'))", 0, 1),
    ],
)
def test_what_cannot_be_followed(source: str, unread: int, optional: int) -> None:
    found = read({"config/settings.py": f"X = 1\n{source}\nY = 2\n"}, "config.settings")
    assert (len(found.unread), len(found.optional)) == (unread, optional)
    assert shown(found.bindings["X"].value) == "1"
    assert shown(found.bindings["Y"].value) == "2"


def test_an_optional_file_that_is_there_is_taken_in() -> None:
    source = "X = 1\ntry:\n    from local import *\nexcept ImportError:\n    Y = 2\n"
    found = read({"settings.py": source, "local.py": "X = 3\n"})
    assert shown(found.bindings["X"].value) == "3"
    assert "Y" not in found.bindings


def test_an_optional_package_is_both_there_and_not() -> None:
    source = "X = ['a']\ntry:\n    import debug_toolbar\n    X.append('b')\nexcept ImportError:\n    pass\n"
    assert one(source) == "['a', 'b'] or ['a']"


def test_a_handler_for_anything_may_start_anywhere() -> None:
    source = "X = 1\ntry:\n    X = load()\n    X = 2\nexcept Exception:\n    Y = X\n"
    found = read({"settings.py": source})
    assert "1" in shown(found.bindings["Y"].value)


def test_included_components_share_one_scope() -> None:
    found = read(
        {
            "settings/__init__.py": """
                import os
                from split_settings.tools import include, optional
                include("components/*.py", f"environments/{os.environ['E']}.py", optional("local.py"))
            """,
            "settings/components/apps.py": "APPS = ['a']\n",
            "settings/components/more.py": "APPS += ['b']\n",
            "settings/components/deep/not.py": "APPS += ['deep']\n",
            "settings/environments/dev.py": "DEBUG = True\n",
            "settings/environments/prod.py": "DEBUG = False\n",
        }
    )
    assert shown(found.bindings["APPS"].value) == "['a', 'b']"
    assert shown(found.bindings["DEBUG"].value) == "True or False"
    assert not found.unread


CLASSES = """
    from configurations import Configuration, values
    class Mixin:
        EXTRA = ['m']
    class Base(Mixin, Configuration):
        INSTALLED_APPS = ['a']
        SECRET = values.SecretValue()
        BROKER = values.Value('redis://x', environ_name='BROKER_URL', environ_prefix=None)
        FLAG = values.BooleanValue(False)
        @property
        def COMPUTED(self):
            return ['p']
    class Dev(Base):
        DEBUG = True
    class Production(Base):
        INSTALLED_APPS = Base.INSTALLED_APPS + ['b']
        DEBUG = False
    class Zulu(Base):
        DEBUG = None
"""


def test_class_based_settings() -> None:
    found = read({"settings.py": CLASSES}).bindings
    said = {
        name: shown(found[name].value)
        for name in ("INSTALLED_APPS", "DEBUG", "EXTRA", "COMPUTED", "BROKER", "FLAG")
    }
    assert said == {
        "INSTALLED_APPS": "['a', 'b']",
        "DEBUG": "False",
        "EXTRA": "['m']",
        "COMPUTED": "['p']",
        "BROKER": "the environment variable BROKER_URL (default redis://x)",
        "FLAG": "the environment variable DJANGO_FLAG (default False)",
    }
    assert shown(read({"settings.py": CLASSES}, configuration="Dev").bindings["DEBUG"].value) == "True"


def test_a_class_that_loads_itself() -> None:
    source = "from base import Base\nclass Mine(Base):\n    X = 1\nMine.load_settings(__name__)\n"
    found = read({"settings.py": source, "base.py": "class Base:\n    Y = 2\n"})
    assert shown(found.bindings["X"].value) == "1"
    assert shown(found.bindings["Y"].value) == "2"


def test_a_file_that_does_not_parse_is_named() -> None:
    found = read({"settings.py": "from base import *\nX = 1\n", "base.py": "def (:\n"})
    assert [item.path for item in found.broken] == ["base.py"]
    assert shown(found.bindings["X"].value) == "1"


def test_calls_of_the_project_that_cannot_be_run_leave_doubt() -> None:
    source = """
        def grow(apps, *more):
            apps.append("x")
        X = ["a"]
        grow(X, 1, 2)
    """
    value = read({"settings.py": source}).bindings["X"].value
    assert isinstance(value, Items)
    assert not value.complete


def test_a_function_that_changes_a_list() -> None:
    assert one("X = ['a']\ndef grow(app):\n    X.append(app)\ngrow('b')") == "['a', 'b']"


def test_code_without_end_is_given_up() -> None:
    loops = (f"for n{i} in range(100):\n    for m in range(100):\n        A = m\n" for i in range(9))
    source = "X = 1\n" + "".join(loops)
    found = read({"settings.py": source})
    assert found.unread


def test_a_very_long_expression_does_not_break_it() -> None:
    source = "X = " + " + ".join(["1"] * 900)
    assert one(source) == "900" or "1 + 1" in one(source)


def test_a_name_that_may_not_be_bound_raises_for_the_handler() -> None:
    source = "A = 1\ntry:\n    A = MISSING\nexcept NameError:\n    X = A\n"
    assert one(source) == "1 or not set"
