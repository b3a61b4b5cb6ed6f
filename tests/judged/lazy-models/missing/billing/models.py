from django.db import models


class Invoice(models.Model):
    sent = models.BooleanField(default=False)
