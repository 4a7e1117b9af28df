import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from api import examples
from api.json_page import json_page
from api.schemas import ask_document, claim_document, evidence_document, json_schemas, search_document, to_json
from core.types import SearchResult

ROOT = Path(__file__).parents[2]


def test_every_key_that_scripts_rely_on_is_there(make_answer):
    document = ask_document(make_answer("保留多久？"))

    assert set(document) == set(
        "status text claims probability reason degraded dropped question trace_id timings_ms usage evidence "
        "quarantined prompt conflicts next_step cached max_tokens".split()
    )
    assert document["status"] == "answered"
    assert document["probability"] == 0.875
    assert document["dropped"] == 1
    assert document["usage"] == {"input_tokens": 12, "output_tokens": 3, "estimated": False, "cost": None}
    assert document["timings_ms"] == {"retrieve": 1.235}


def test_evidence_is_a_hit_with_a_number_and_the_scores_of_the_stages_before(make_answer):
    document = ask_document(make_answer("hi"))

    # "Restore files.\n" is 15 characters and "Deleted files stay for 30 days." 31.
    assert document["evidence"][0] == {
        "number": 1,
        "chunk_id": "c-en",
        "document_id": "d-1",
        "source": "帮助/restore.md",
        "title": "Restore 恢复",
        "heading_path": ["Files", "恢复文件"],
        "page": 2,
        "span": [15, 46],
        "text": "Deleted files stay for 30 days.",
        "score": 2.5,
        "stage": "reranked",
        "scores": {"dense": 0.5},
        "also_in": [],
    }


def test_the_events_hold_the_same_claims_and_evidence_as_the_answer(make_answer):
    answer = make_answer("hi")
    document = ask_document(answer)

    assert [claim_document(claim, answer.evidence) for claim in answer.claims] == document["claims"]
    found = evidence_document("stand-alone", answer.evidence)
    assert found == {"question": "stand-alone", "evidence": document["evidence"]}


def test_a_citation_of_evidence_that_is_not_there_is_refused(make_answer):
    answer = make_answer("hi")

    with pytest.raises(ValueError, match=r"names evidence 2, but there is only \[1\]"):
        ask_document(replace(answer, evidence=answer.evidence[:1]))


def test_scores_of_numpy_become_numbers_and_one_that_is_no_number_is_refused(make_answer):
    hit = make_answer("hi").evidence[0].hit

    found = search_document(SearchResult(hits=(replace(hit, score=np.float32(0.25)),)))
    assert json.loads(to_json(found))["hits"][0]["score"] == 0.25
    with pytest.raises(ValueError, match="finite"):
        search_document(SearchResult(hits=(replace(hit, score=float("nan")),)))


@given(question=st.text(st.characters(exclude_categories=["Cs"])), probability=st.floats(0, 1))
def test_any_answer_fits_the_published_schema_and_survives_json(make_answer, question, probability):
    document = ask_document(replace(make_answer(question), probability=probability))

    assert json.loads(to_json(document)) == document
    Draft202012Validator(json_schemas()["ask"]).validate(document)


def test_the_examples_fit_the_published_schemas():
    schemas = json_schemas()
    for name, shown in (
        ("ask", examples.ASK_ANSWERS),
        ("ask", examples.UNAVAILABLE_ANSWERS),
        ("search", examples.SEARCH_ANSWERS),
    ):
        assert set(shown) == {"english", "chinese"}
        for example in shown.values():
            Draft202012Validator(schemas[name]).validate(example["value"])


def test_an_example_quotes_its_evidence_at_the_place_that_it_names():
    for example in examples.ASK_ANSWERS.values():
        (evidence,) = example["value"]["evidence"]
        (citation,) = example["value"]["claims"][0]["citations"]
        start, end = (offset - evidence["span"][0] for offset in citation["span"])
        assert evidence["span"][1] - evidence["span"][0] == len(evidence["text"])
        assert evidence["text"][start:end] == citation["quote"]


def test_json_is_one_line_with_chinese_left_readable():
    assert to_json({"text": "保留\n30 天"}) == '{"text": "保留\\n30 天"}'


def test_the_documentation_holds_the_shapes_as_they_are():
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")

    assert page == json_page(), "write it again: python -m api.json_page > docs/json.md"


def test_the_shapes_do_not_load_the_http_service():
    code = "import api.schemas, sys; print({'fastapi', 'starlette', 'uvicorn'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
