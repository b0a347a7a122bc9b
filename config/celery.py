"""Celery: the timetable, and a courier of wake-ups. The work itself stands in rows of the database.

So a lost message costs seconds, not work: the next tick finds the rows. That is why tasks are acknowledged early (a
late acknowledgement would run a poisonous task for ever) and why nothing is scheduled ahead through the broker.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

LEASE = 60  # seconds a claimed delivery belongs to one worker; workflows and notifications hold it in rows
TASK_SOFT_LIMIT = 30
TASK_HARD_LIMIT = 45
STOP_GRACE = 90  # how long a supervisor waits for a worker before it kills
VISIBILITY_TIMEOUT = 3600

app = Celery("casedesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_ignore_result=True,  # results would keep people's data in Redis
    task_serializer="json",
    accept_content=["json"],
    task_acks_late=False,
    task_soft_time_limit=TASK_SOFT_LIMIT,
    task_time_limit=TASK_HARD_LIMIT,
    worker_prefetch_multiplier=1,
    worker_soft_shutdown_timeout=float(TASK_HARD_LIMIT),
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    # Somebody's request waits while a wake-up is published: rather none than a late one.
    task_publish_retry=False,
    broker_transport_options={
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 0.5,
        "socket_timeout": 1.0,
        "max_retries": 0,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.1,
    },
    enable_utc=True,
    timezone="Asia/Shanghai",
    beat_schedule={
        # `expires`: ticks that nobody took in time must not pile up for the worker that comes back
        "deliver": {"task": "notifications.tasks.deliver", "schedule": 3.0, "options": {"expires": 3}},
        "sweep": {"task": "workflows.tasks.sweep", "schedule": 20.0, "options": {"expires": 20}},
        "remind": {"task": "workflows.tasks.remind", "schedule": 60.0, "options": {"expires": 60}},
        "daily": {"task": "workflows.tasks.daily", "schedule": 3600.0, "options": {"expires": 3600}},
        "clear": {"task": "casedesk.tasks.clear", "schedule": 3600.0, "options": {"expires": 3600}},
    },
)
app.autodiscover_tasks()
# The current app is a matter of one thread. In the other threads of the web server a wake-up would go to Celery's own
# default app, that is to an AMQP broker on this machine, and reach nobody.
app.set_default()
