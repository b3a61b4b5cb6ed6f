from contextlib import contextmanager
from functools import wraps

from django.db import transaction


@contextmanager
def unit_of_work():
    with transaction.atomic(savepoint=False):
        yield


def transactional(function):
    @wraps(function)
    def inner(*args, **kwargs):
        with transaction.atomic():
            return function(*args, **kwargs)

    return inner
