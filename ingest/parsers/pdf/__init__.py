"""The parts of the PDF parser: runs of type and rules from pdfium, and what a reader makes of them."""
