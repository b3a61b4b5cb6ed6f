#!/bin/sh
# systemctl enable celerybeat
systemctl enable celery.service
systemctl start celery celerybeat celerybeat-night
