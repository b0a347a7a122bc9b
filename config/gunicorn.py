"""How gunicorn serves casedesk. The timeouts are rungs of one ladder, see tests/config/test_timeouts.py."""

wsgi_app = "config.wsgi:application"
workers = 2
worker_class = "gthread"
threads = 4
timeout = 30
graceful_timeout = 30
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
control_socket_disable = True
