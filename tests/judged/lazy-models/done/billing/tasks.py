from celery import shared_task


@shared_task
def send(pk):
    from billing import models

    return models.Invoice.objects.filter(pk=pk).update(sent=True)
