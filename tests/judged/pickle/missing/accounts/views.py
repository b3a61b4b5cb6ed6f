from kombu.serialization import enable_insecure_serializers

from accounts.tasks import send_welcome

enable_insecure_serializers()


def view(user):
    send_welcome.apply_async((user.pk,), serializer="pickle")
