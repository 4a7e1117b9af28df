"""What stands in deploy/ fits what the service says."""

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from answer.health import Gauges
from api.metrics import Metrics

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana" / "citedesk.json").read_text(encoding="utf-8"))
RULES = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
EXPRESSIONS = {
    **{rule["alert"]: [rule["expr"]] for rule in RULES},
    **{panel["title"]: [target["expr"] for target in panel["targets"]] for panel in DASHBOARD["panels"]},
}


@pytest.fixture(scope="module")
def described():
    """The labels of every sample's name, from a service that has seen nothing yet."""
    metrics = Metrics(Gauges)
    page = metrics.page().decode()
    names = {sample.name for family in text_string_to_metric_families(page) for sample in family.samples}
    types = dict(re.findall(r"^# TYPE (\S+) (\w+)$", page, re.MULTILINE))
    histograms = {
        f"{name}{end}" for name, kind in types.items() if kind == "histogram" for end in ("_bucket", "_count")
    }
    return names | set(types) | histograms


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_metric_that_is_named_exists(name, described):
    named = {
        metric
        for expr in EXPRESSIONS[name]
        for metric in re.findall(r"\b(?:citedesk|process)_\w+", re.sub('".*?"', "", expr))
    }
    assert named <= described
    assert named or name == "CitedeskDown"


def test_every_metric_of_ours_is_drawn_or_watched(described):
    used = " ".join(expr for exprs in EXPRESSIONS.values() for expr in exprs)
    ours = {
        name for name in described if name.startswith("citedesk_") and name.endswith(("_total", "_bucket", "_bytes"))
    }
    assert {name for name in ours if name not in used} == {"citedesk_http_request_seconds_bucket"}


def test_every_alert_says_what_is_wrong_and_what_to_do():
    assert len({rule["alert"] for rule in RULES}) == len(RULES) > 8
    assert all(rule["annotations"].keys() == {"summary", "description"} for rule in RULES)
    assert {rule["labels"]["severity"] for rule in RULES} == {"page", "ticket"}


def test_panels_do_not_lie_on_one_another():
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]}
    assert len(places) == len(DASHBOARD["panels"])


def test_prometheus_is_told_where_the_alerts_are():
    told = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    assert told["rule_files"] == ["alerts.yml"]
    assert told["scrape_configs"][0]["job_name"] == "citedesk"
