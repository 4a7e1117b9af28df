"""The service's log holds no personal data."""

import logging

import pytest

from api.server import _log_to_stderr


@pytest.fixture
def logged():
    loggers = [logging.getLogger(name) for name in ("citedesk.access", "api")]
    before = [(logger, logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.mark.parametrize("name", ["citedesk.access", "api.errors"])
def test_what_the_service_logs_is_redacted(logged, capsys, name):
    _log_to_stderr()
    logging.getLogger(name).warning("no customer %s, 手机%d", "anna@example.com", 13800138000)
    assert capsys.readouterr().err == "no customer [email], 手机[phone]\n"
