"""Which names and texts are secrets that a message must not carry: passwords, tokens, keys, card numbers."""

from __future__ import annotations

import re

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ALONE = frozenset(
    {
        "password", "passwords", "passwd", "passphrase", "passcode", "pwd", "secret", "secrets", "token",
        "apikey", "apikeys", "credential", "credentials", "cvv", "cvc", "jwt", "otp", "authtoken",
    }
)  # fmt: skip
_PAIRS = frozenset(
    {
        ("api", "key"), ("api", "keys"), ("secret", "key"), ("private", "key"), ("access", "key"),
        ("encryption", "key"), ("signing", "key"), ("auth", "key"), ("service", "key"), ("card", "number"),
        ("card", "no"), ("cc", "number"), ("access", "tokens"), ("refresh", "tokens"), ("api", "tokens"),
        ("auth", "tokens"), ("bearer", "tokens"), ("session", "tokens"), ("card", "pan"),
    }
)  # fmt: skip
_STILL = frozenset(
    {
        "value", "str", "string", "text", "plain", "plaintext", "raw", "hash", "hex", "b64", "base64",
        "encoded", "encrypted", "confirm", "confirmation", "code", "new", "old", "again", "key", "urlsafe",
        "bytes", "1", "2",
    }
)  # fmt: skip
"""Words behind a secret's name that leave it one, as in `token_value`."""
_BEFORE = frozenset(
    {
        "is", "has", "no", "max", "min", "num", "n", "total", "count", "should", "needs", "requires",
        "without", "csrf", "xsrf", "page", "next", "prev", "previous", "continuation", "cursor", "sync",
        "idempotency", "public", "with", "forgot", "pagination", "lock", "start", "cancel",
        "cancellation", "after", "change", "input", "output", "prompt", "completion",
    }
)  # fmt: skip
"""Words in front that make it no secret: flags, counts, positions in a list, what every form carries."""
_IDS = frozenset({"id", "ids", "pk", "pks", "uuid", "uid", "count", "name", "type", "slug"})
_COUNTS = frozenset({"max", "min", "num", "n", "total", "count", "is", "has"})
_LITERAL = re.compile(
    r"""sk_live_\w{8,} | rk_live_\w{8,} | sk-[\w-]{20,} | AKIA[0-9A-Z]{16}\b | gh[pousr]_\w{20,}
      | github_pat_\w{20,} | glpat-[\w-]{15,} | xox[abprs]-[\w-]{10,} | AIza[\w-]{30,} | SG\.[\w-]{16,}\.
      | -----BEGIN\ [A-Z ]*PRIVATE\ KEY | eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.
      | [a-z][a-z0-9+.-]*://[^\s/:@]*:[^\s/@]+@""",
    re.VERBOSE,
)
_CARD = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)")
_DOUBLED_MOST = 9


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in snake, kebab or camel case, in lower case."""
    return tuple(word.lower() for word in _WORDS.findall(name))


def names_secret(name: str) -> bool:
    """Tell whether what a name holds is a secret itself; an id, a count or a property of one is none."""
    words = words_of(name)
    for index in range(len(words)):
        if words[index] in _ALONE:
            length = 1
        elif words[index : index + 2] in _PAIRS:
            length = 2
        else:
            continue
        if not _BEFORE.intersection(words[:index]) and _STILL.issuperset(words[index + length :]):
            return True
    return False


def names_identity(name: str) -> bool:
    """Tell whether a name holds what identifies, counts or describes something, as `token_id` or `pk`."""
    words = words_of(name)
    return bool(words) and (words[-1] in _IDS or words[0] in _COUNTS)


def is_secret_text(text: str) -> bool:
    """Tell whether a text is a credential by its form: a service's key, a URL with a password, a card."""
    if _LITERAL.search(text):
        return True
    return any(_valid_card(re.sub(r"\D", "", found)) for found in _CARD.findall(text))


def _valid_card(digits: str) -> bool:
    """Tell whether digits begin and end as those of a payment card do (the Luhn sum)."""
    if digits[0] not in "3456" or len(set(digits)) == 1:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 if number > _DOUBLED_MOST else number
    return total % 10 == 0
