"""The text of one page by pypdf, for pages where pdfium found less than the file shows."""

import io
import logging


def page_text(single: bytes) -> str:
    """The text of a file of one page, line by line; empty where pypdf finds none or cannot read it."""
    import pypdf

    # It reports each odd object of a damaged file.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        return pypdf.PdfReader(io.BytesIO(single)).pages[0].extract_text()
    except Exception:
        # Only a second opinion: whatever a damaged page makes of pypdf, what pdfium found stays.
        return ""
