"""The one-command start: environment, embedded PostgreSQL and broker, processes, test databases.

Nothing here imports Django. `run.py` must work before anything is installed; the rest runs inside `.venv`.
"""
