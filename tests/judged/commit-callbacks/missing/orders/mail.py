from .tasks import send_receipt


def notify(order_id):
    send_receipt.delay(order_id)
