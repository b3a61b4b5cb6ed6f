"""What watches Celery: Flower, exporters, the proxies before them, Prometheus and Grafana."""
