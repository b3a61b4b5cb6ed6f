import pickle

from kombu.serialization import registry

from accounts.tasks import send_welcome


def view(user):
    user.cached = pickle.dumps(1)
    registry.disable("pickle")
    send_welcome.apply_async((user.pk,), serializer="json")
