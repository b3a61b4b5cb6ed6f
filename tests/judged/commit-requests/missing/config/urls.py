from django.urls import path

from orders import views

urlpatterns = [
    path("orders/<int:pk>/pay", views.pay),
    path("orders/<int:pk>/ship", views.Ship.as_view()),
    path("hook", views.hook),
]
