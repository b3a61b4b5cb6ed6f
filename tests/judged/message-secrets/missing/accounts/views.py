from celery import chain

from accounts.tasks import reset, send_welcome
from config.celery import app


def view(request, user, form):
    send_welcome.delay(user.pk, token=user.make_value())
    reset.delay(user.pk, user.new_value())
    reset.apply_async(kwargs={"user_id": user.pk, "secret": request.POST["code"]})
    chain(send_welcome.si(form.cleaned_data["password"]), send_welcome.si(1))()
    app.send_task("accounts.tasks.send_welcome", args=[f"Bearer {user.api_key}"])
    send_welcome.delay("4111 1111 1111 1111")
    send_welcome.delay(user.pk)
