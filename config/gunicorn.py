"""How gunicorn serves casedesk. The timeouts are rungs of one ladder, see tests/config/test_timeouts.py."""

wsgi_app = "config.wsgi:application"
# A worker that is killed is back by a fork, in milliseconds; loading the code again takes seconds, on a busy machine
# ten.
# So new code comes by a restart, not by SIGHUP. Nothing may connect or start a thread while it is imported.
preload_app = True
workers = 2
worker_class = "gthread"
threads = 4
timeout = 30
graceful_timeout = 30
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
control_socket_disable = True
