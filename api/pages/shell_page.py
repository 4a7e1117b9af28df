"""The HTML that each page starts from: a language, a title and what to load; the modules do the rest."""

import re
from html import escape

from api.pages.assets import LANGUAGES, Assets
from core.types import Language

PAGES = ("ask", "library", "lab", "quality", "ops", "document")
_STYLES = {"quality": ("figures",), "ops": ("figures",)}
# Scripts, styles, images and requests of the service itself only; Trusted Types make a slip with innerHTML an error.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_TAGS = {"en": "en", "zh": "zh-CN"}
_RANGE = re.compile(r"([A-Za-z]+)(?:-[\w-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?(?:,|$)")


def preferred_language(accept: str) -> Language:
    """The one of ours that an ``Accept-Language`` header weighs most, the earlier of two alike; else English."""
    weights = {tag.lower(): float(weight or 1) for tag, weight in reversed(_RANGE.findall(accept.replace(" ", "")))}
    known = [language for language in reversed(weights) if language in LANGUAGES]
    return max(known, key=lambda language: weights[language], default=LANGUAGES[0])


def shell(assets: Assets, page: str, language: Language) -> str:
    """The page as HTML; ``page`` is one of ``PAGES``."""
    base, words = f"/assets/{assets.digest}", assets.words[language]
    preloads = (f'<link rel="modulepreload" href="{base}/{path}">' for path in assets.modules(page, language))
    styles = (f'<link rel="stylesheet" href="{base}/styles/{name}.css">' for name in (*_STYLES.get(page, ()), page))
    values = {
        "lang": _TAGS[language],
        "title": escape(words[f"page.{page}"]),
        "skip": escape(words["shell.skip"]),
        "needs_script": escape(words["shell.needs_script"]),
        "page": page,
        "base": base,
        "styles": "\n".join(styles),
        "preloads": "\n".join(preloads),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match.group(1)], assets.shell)
