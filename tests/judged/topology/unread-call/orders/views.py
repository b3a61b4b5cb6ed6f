from orders.tasks import book


def view(request:
    book.apply_async([1], queue="slow")
