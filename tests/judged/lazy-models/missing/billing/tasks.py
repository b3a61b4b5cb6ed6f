from celery import shared_task

from billing import models


@shared_task
def send(pk):
    return models.Invoice.objects.filter(pk=pk).update(sent=True)
