"""The routes, one file per resource; ``api/auth.py`` has what lets a caller in."""

from api.routes import answers, asking, documents, health, jobs, kbs, pages

ROUTERS = (health.router, asking.router, answers.router, kbs.router, documents.router, jobs.router, pages.router)
