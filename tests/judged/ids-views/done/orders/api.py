from rest_framework import serializers, viewsets

from .models import Order
from .tasks import send_receipt


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["paid"]


class Orders(viewsets.ModelViewSet):
    queryset = Order.objects.all()
    serializer_class = OrderSerializer

    def perform_create(self, serializer):
        order = serializer.save()
        send_receipt.delay_on_commit(order.id)

    def perform_update(self, serializer):
        serializer.save()
        send_receipt.delay_on_commit(serializer.instance.pk)
