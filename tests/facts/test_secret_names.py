from __future__ import annotations

import pytest

from celerify.facts.secret_names import is_secret_text, names_identity, names_secret

SECRETS = (
    "password new_password userPassword password1 password_hash raw_password passwd pwd PASSPHRASE secret "
    "client_secret clientSecret SECRET_KEY secret_value token reset_token access_token authToken API_KEY "
    "apiKey apikey stripe_api_key private_key access_key card_number cardNumber cc_number cvv credentials "
    "access_tokens jwt otp token_str"
)
NONE = (
    "token_id token_ids token_pk token_uuid csrf csrf_token csrfmiddlewaretoken password_reset_id "
    "password_reset tokenizer tokenize max_tokens num_tokens prompt_tokens tokens token_count token_type "
    "token_name tokenized has_password is_secret password_changed password_changed_at password_expiry "
    "secret_santa_id secretary compass passport bypass key public_key cache_key primary_key sort_key "
    "next_token next_page_token page_token idempotency_token api_key_id access_key_id order_id card card_id "
    "card_number_last4 forgot_password_url password_length password_policy monkey keyboard notation"
)


@pytest.mark.parametrize("name", SECRETS.split())
def test_names_of_secrets(name: str) -> None:
    assert names_secret(name)


@pytest.mark.parametrize("name", NONE.split())
def test_names_of_something_else(name: str) -> None:
    assert not names_secret(name)


def test_ids() -> None:
    assert names_identity("token_id")
    assert names_identity("pk")
    assert not names_identity("token")


@pytest.mark.parametrize(
    "text",
    [
        "sk_live_" + "4" * 12, "AKIA" + "Q" * 16, "ghp_" + "a" * 30, "amqp://guest:guest@broker//",
        "4111 1111 1111 1111", "card 5500-0000-0000-0004 of Ada", "-----BEGIN RSA PRIVATE KEY-----",
    ],
)  # fmt: skip
def test_texts_that_are_secrets(text: str) -> None:
    assert is_secret_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "daily", "sk_test", "4111 1111 1111 1112", "20261122223045123", "1234567890123456",
        "https://example.org/a:b@c", "redis://localhost:6379/0", "0000000000000000", "user@example.org",
    ],
)  # fmt: skip
def test_texts_that_are_none(text: str) -> None:
    assert not is_secret_text(text)
