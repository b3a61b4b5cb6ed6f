from django.db import models


class Product(models.Model):
    changed = models.DateTimeField()
    stale = models.BooleanField(default=False)
