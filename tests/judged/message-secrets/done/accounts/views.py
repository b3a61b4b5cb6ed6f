from celery import chain, group

from accounts.tasks import reset, send_welcome


def view(request, user, tokens):
    send_welcome.delay(user.pk)
    send_welcome.delay(user_id=user.id, token=len(tokens))
    send_welcome.apply_async(args=[user.id], kwargs={"token": user.token_id}, headers={"csrf_token": "x"})
    reset.apply_async((user.id, user.secret_pk), countdown=5)
    chain(send_welcome.si(user.password_reset_id), send_welcome.s(user.max_tokens))()
    group(send_welcome.s(one.pk) for one in tokens).delay()
