"""What Flower reads by itself when it starts."""

import os

user = os.environ.get("FLOWER_USER", "ops")
password = os.environ["FLOWER_SECRET"]

basic_auth = [f"{user}:{password}"]
persistent = True
db = "/var/cache/flower/tasks"
state_save_interval = 30000
