"""The command line. ``citedesk --help`` imports no model, no index and no web framework."""

import os

# Before numpy is loaded: its products here are small, and a second thread for them only takes the core on which
# another passage is being read (measured: twice the processor time for the same texts).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import click

from api.commands.ask import ask, search
from api.commands.backup import backup, restore
from api.commands.bench import bench
from api.commands.config import config
from api.commands.documents import documents
from api.commands.evaluate import evaluate
from api.commands.feedback import feedback
from api.commands.ingest import ingest
from api.commands.jobs import jobs
from api.commands.kb import kb, rebuild, verify
from api.commands.keys import keys
from api.commands.mcp import mcp
from api.commands.models import models
from api.commands.prompts import prompts
from api.commands.release import release
from api.commands.serve import serve
from api.commands.tenants import tenants
from api.commands.traces import replay, traces
from api.commands.usage import usage


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="citedesk", prog_name="citedesk")
def main() -> None:
    """Answers questions from your own documents and proves every sentence with a located quote.

    \b
    citedesk ingest ./documents          put a folder of documents into the record
    citedesk ask "How do I ...?"         answer from them, each claim with its quote
    citedesk serve                       the same over HTTP

    Everything lives in one folder: --home, else $CITEDESK_HOME, else ./.citedesk. Exit codes: 0 done, 1 done with
    failures listed, 2 wrong usage, 3 something that is needed is missing or busy.
    """


for command in (
    ingest,
    jobs,
    documents,
    search,
    ask,
    serve,
    mcp,
    tenants,
    keys,
    kb,
    verify,
    rebuild,
    models,
    evaluate,
    bench,
    prompts,
    traces,
    replay,
    feedback,
    release,
    usage,
    config,
    backup,
    restore,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
