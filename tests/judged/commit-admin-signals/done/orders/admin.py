from django.contrib import admin

from .models import Order
from .tasks import book, send_receipt


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    actions = ["resend"]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        book.delay_on_commit(obj.pk)

    @admin.action(description="Send the receipt again")
    def resend(self, request, queryset):
        for order in queryset:
            send_receipt.delay(order.pk)
