import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from api.errors import ACCESS_KINDS, KINDS, MALFORMED

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def described(served):
    return served.client.get("/openapi.json").json()


def operations(document):
    return {
        f"{method} {path}": operation for path, item in document["paths"].items() for method, operation in item.items()
    }


def contents(document):
    """Every described body as (place, media type, content)."""
    for place, operation in operations(document).items():
        described = operation["responses"] | {"body": operation.get("requestBody", {})}
        for code, one in described.items():
            for media_type, content in one.get("content", {}).items():
                yield f"{place} {code}", media_type, content


def test_every_route_is_described_under_an_operation_id_of_its_own(described):
    assert {place: operation["operationId"] for place, operation in operations(described).items()} == {
        "post /v1/ask": "ask",
        "post /v1/search": "search",
        "post /v1/chat/completions": "chat",
        "get /v1/models": "list_models",
        "get /v1/models/{model}": "show_model",
        "get /v1/kbs": "list_kbs",
        "put /v1/kbs/{kb}": "create_kb",
        "get /v1/kbs/{kb}": "show_kb",
        "delete /v1/kbs/{kb}": "delete_kb",
        "post /v1/kbs/{kb}/rollback": "roll_back_kb",
        "get /v1/documents": "list_documents",
        "post /v1/documents": "upload_documents",
        "post /v1/documents/text": "put_text",
        "get /v1/documents/{document_id}": "show_document",
        "patch /v1/documents/{document_id}": "change_document",
        "delete /v1/documents/{document_id}": "delete_document",
        "get /v1/documents/duplicates": "list_duplicates",
        "get /v1/documents/{document_id}/versions": "list_versions",
        "post /v1/documents/{document_id}/versions/{version}/restore": "restore_version",
        "get /v1/documents/{document_id}/pages/{page}": "show_page",
        "get /v1/jobs": "list_jobs",
        "get /v1/jobs/{job}": "show_job",
        "get /v1/jobs/{job}/events": "follow_job",
        "post /v1/jobs/{job}/cancel": "cancel_job",
        "post /v1/jobs/{job}/retry": "retry_job",
        "get /v1/answers/{trace_id}": "show_answer",
        "post /v1/answers/{trace_id}/replay": "replay_answer",
        "get /v1/caller": "show_caller",
        "get /v1/keys": "list_keys",
        "post /v1/keys": "create_key",
        "post /v1/keys/{prefix}/revoke": "revoke_key",
        "get /v1/tenants": "list_tenants",
        "post /v1/tenants": "create_tenant",
        "get /v1/service": "show_service",
        "post /v1/feedback": "give_feedback",
        "get /v1/feedback": "list_feedback",
        "get /v1/feedback/counts": "count_feedback",
        "get /v1/feedback/topics": "list_feedback_topics",
        "get /v1/feedback/{feedback_id}": "show_feedback",
        "delete /v1/feedback/{feedback_id}": "delete_feedback",
        "get /v1/usage": "show_usage",
        "get /v1/quality/live": "show_live_quality",
        "get /v1/evaluations": "list_evaluations",
        "get /v1/evaluations/run": "show_evaluation_run",
        "get /v1/evaluations/answers": "show_evaluation_answers",
        "get /v1/evaluations/comparison": "compare_evaluations",
        "get /health": "health",
        "get /ready": "ready",
    }
    assert all(operation["summary"] and operation["description"] for operation in operations(described).values())


def test_every_example_fits_the_schema_beside_it(described):
    checked = 0
    for _, media_type, content in contents(described):
        if "json" in media_type:
            schema = {**content["schema"], "components": described["components"]}
            for example in content["examples"].values():
                Draft202012Validator(schema).validate(example["value"])
                checked += 1
    assert checked > 20


def test_questions_answers_and_hits_are_shown_in_both_languages(described):
    for place in (
        "post /v1/ask body",
        "post /v1/ask 200",
        "post /v1/chat/completions body",
        "post /v1/chat/completions 200",
        "post /v1/search body",
        "post /v1/search 200",
        "get /v1/kbs 200",
        "put /v1/kbs/{kb} 201",
        "get /v1/documents 200",
        "get /v1/documents/{document_id} 200",
        "get /v1/jobs/{job} 200",
        "post /v1/documents 202",
        "post /v1/documents/text body",
        "patch /v1/documents/{document_id} body",
        "post /v1/kbs/{kb}/rollback 200",
        "post /v1/feedback body",
        "post /v1/feedback 201",
        "get /v1/feedback 200",
        "get /v1/feedback/topics 200",
        "get /v1/usage 200",
    ):
        (shown,) = (c for at, media_type, c in contents(described) if at == place and media_type == "application/json")
        assert set(shown["examples"]) == {"english", "chinese"}


def test_a_failure_is_described_as_a_problem_document(described):
    kinds = {place: media_type for place, media_type, _ in contents(described) if re.search(r" [45]\d\d$", place)}

    # These two say what is down in the shape of their success.
    assert kinds.pop("get /ready 503") == "application/json"
    assert kinds.pop("post /v1/ask 503") == "application/json"
    # OpenAI's clients read errors in OpenAI's shape.
    theirs = {place: kinds.pop(place) for place in list(kinds) if "/v1/chat" in place or "/v1/models" in place}
    assert set(theirs.values()) == {"application/json"}
    assert set(kinds.values()) == {"application/problem+json"}
    assert {"post /v1/ask 413", "post /v1/ask 415", "post /v1/search 422", "get /v1/kbs 500"} <= set(kinds)


def test_asking_is_described_as_json_and_as_events(described):
    answer = described["paths"]["/v1/ask"]["post"]["responses"]

    assert set(answer["200"]["content"]) == {"application/json", "text/event-stream"}
    assert set(answer["503"]["content"]) == {"application/json", "application/problem+json"}


def test_every_reference_has_its_schema(described):
    referred = set(re.findall(r"'#/components/schemas/(\w+)'", str(described)))

    assert {"Problem", "FieldProblem", "AskDocument"} <= referred <= set(described["components"]["schemas"])


def test_the_documentation_lists_every_kind_of_problem_with_its_status():
    page = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")

    listed = {(int(status), name) for status, name in re.findall(r"^\| (\d{3}) \| `([a-z-]+)` \|", page, re.MULTILINE)}
    assert listed == {(kind.status, kind.name) for kind in [*KINDS.values(), *ACCESS_KINDS.values(), MALFORMED]}
