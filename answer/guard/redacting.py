"""A logging filter that keeps personal data out of the log."""

import logging

from answer.guard.personal import redact


class RedactingFilter(logging.Filter):
    """Redacts the message of every record that passes, and what its traceback and stack say. Put it on a handler: a
    logger's own filters do not see the records of the loggers below it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True; the record's message and arguments become one redacted text."""
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_text = redact(record.exc_text) if record.exc_text else record.exc_text
        record.stack_info = redact(record.stack_info) if record.stack_info else record.stack_info
        return True
