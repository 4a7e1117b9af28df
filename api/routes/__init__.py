"""The routes, one file per resource; ``api/auth.py`` has what lets a caller in."""

from api.routes import answers, asking, chat, documents, health, jobs, kbs, mcp, metrics, pages, socket, uploads

ROUTERS = (
    health.router,
    asking.router,
    chat.router,
    answers.router,
    kbs.router,
    uploads.router,
    documents.router,
    jobs.router,
    mcp.router,
    metrics.router,
    pages.router,
    socket.router,
)
