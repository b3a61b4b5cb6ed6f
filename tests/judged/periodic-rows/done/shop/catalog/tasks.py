from celery import shared_task

from catalog.models import Product


@shared_task(bind=True, name="catalog.reindex")
def reindex(self, since, *, full=False):
    Product.objects.filter(changed__gte=since).reindex(full=full)


@shared_task
def prune():
    Product.objects.filter(stale=True).delete()
