"""Settings of the test server: loopback only, one PostgreSQL database and two Redis databases per server.

Every value that differs between two servers comes from the environment, which lib/web.sh sets.
"""

import os

from nautobot.core.settings import *  # noqa: F403
from nautobot.core.settings_funcs import parse_redis_connection

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
SECRET_KEY = os.environ["NAUTOBOT_SECRET_KEY"]

# `restore` and `reset` replace the database under a running server: a dead connection has to be noticed.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # noqa: F405

# Caches hold ids of the database that they were filled from, so servers never share a Redis database.
_REDIS = int(os.environ["NAUTOBRIDGE_TEST_REDIS_DB"])
CACHES["default"]["LOCATION"] = parse_redis_connection(redis_database=_REDIS)  # noqa: F405
CELERY_BROKER_URL = parse_redis_connection(redis_database=_REDIS + 1)

INSTALLATION_METRICS_ENABLED = False
METRICS_ENABLED = False
