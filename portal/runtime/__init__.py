"""Keeps Loket's programs running on one machine: the queue server, the web server and the worker."""
