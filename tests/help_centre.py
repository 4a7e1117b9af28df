"""Somebody else's page on a server of its own, which takes the widget in; and a service that lets it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from listening import listening
from pages_service import PagesDesk

from api.app import create_app
from api.auth import Door
from api.key_ring import KeyRing
from core.settings import ServiceSettings
from store.document_edits import DocumentEdits
from store.edit import DocumentEdit
from store.key import Scope
from store.keys import Keys
from store.pepper import read_pepper

LINKS = "https://help.example.com"
# What docs/widget.md asks a page to allow, and nothing else.
STRICT = (
    "default-src 'none'; script-src {service}; connect-src {service}; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
ARTICLE = {
    "en": "<h1>Billing</h1><p>You find your invoices on the billing page. <a href='#more'>More</a></p>"
    + "<p>Text of the page.</p>" * 40,
    "zh-CN": "<h1>账单与发票</h1><p>您可以在账单页面查看发票。<a href='#more'>更多</a></p>" + "<p>页面正文。</p>" * 40,
}


def page(service: str, key: str, *, lang: str = "en", head: str = "", **attributes: str) -> str:
    """A help-centre page with the script tag."""
    given = {"kb": "default", "key": key, **attributes}
    data = " ".join(f'data-{name}="{value}"' for name, value in given.items())
    script = f'<script src="{service}/widget.js" {data} async></script>'
    about = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Help</title>'
    body = f"<main>{ARTICLE[lang]}</main>{script}"
    return f'<!doctype html><html lang="{lang}"><head>{about}{head}</head><body>{body}</body></html>'


class HelpCentre:
    """``show`` decides what every path answers with."""

    def __init__(self) -> None:
        self.html, self.policy = "", ""
        centre = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = centre.html.encode() if "." not in self.path else b""
                self.send_response(200 if body else 204)  # what a browser asks for by itself
                self.send_header("Content-Type", "text/html; charset=utf-8")
                if centre.policy:
                    self.send_header("Content-Security-Policy", centre.policy)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"

    def show(self, html: str, policy: str = "") -> None:
        self.html, self.policy = html, policy

    @contextmanager
    def open(self) -> Iterator["HelpCentre"]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


@dataclass(frozen=True, slots=True)
class VisitorService:
    """A running service; ``key`` makes the token of a publishable key for pages of some origins."""

    address: str
    keys: Keys

    def key(self, *origins: str, kbs: Sequence[str] = ("default",)) -> str:
        how = {"kbs": frozenset(kbs), "origins": origins, "publishable": True}
        return self.keys.create("default", frozenset({Scope.ASK}), **how)[1]


@contextmanager
def serving_visitors(desk: PagesDesk, home: Path) -> Iterator[VisitorService]:
    """A service over the desk, with keys; its English document has an address of its own."""
    address = DocumentEdit(metadata={"url": f"{LINKS}/refunds?a=1"})
    DocumentEdits(desk.catalog).put(desk.catalog.identity("default", "en/refunds.md"), address)
    pepper = read_pepper(home)
    keys = Keys(desk.catalog, pepper)
    app = create_app(desk, ServiceSettings(link_origins=(LINKS,)), door=Door(KeyRing(keys, pepper)))
    with listening(app) as port:
        yield VisitorService(f"http://127.0.0.1:{port}", keys)
