"""``citedesk eval calibrate`` on real documents and models, and what it changes in the home."""

import json

import pytest
from command_line import run
from pydantic import TypeAdapter

from api.shapes.fitting import EvalCalibrate

pytestmark = pytest.mark.usefixtures("no_settings_from_outside")

MODELS = [f"GX-{number}" for number in range(1, 19)]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """18 devices in six documents; for each two questions that they answer, and one about no device at all."""
    folder = tmp_path_factory.mktemp("judged")
    lines = []
    texts: dict[str, str] = {}
    for number, model in enumerate(MODELS, start=1):
        fans, weight = f"The {model} has {number} fans.", f"The {model} weighs {number + 2} kg."
        source = f"devices-{number % 6}.md"
        texts[source] = texts.get(source, "") + f"# Device {model}\n\n{fans}\n\n{weight}\n\n"
        asked = [(f"How many fans has the {model}?", fans), (f"How heavy is the {model}?", weight)]
        lines += [question(f"{model}-{place}", *each, source=source) for place, each in enumerate(asked)]
        lines.append(question(f"{model}-none", f"Who was king of France in {1400 + number}?"))
    lines.append(question("zh-1", "明天上海会下雨吗？", language="zh"))
    (folder / "documents").mkdir()
    for source, text in texts.items():
        (folder / "documents" / source).write_text(text, encoding="utf-8")
    (folder / "questions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def question(id_, text, quote="", *, source="", language="en"):
    gold = [{"source": source, "quote": quote}] if quote else []
    line = {"id": id_, "question": text, "language": language, "answerable": bool(gold), "gold": gold}
    return json.dumps(line, ensure_ascii=False)


def test_a_home_is_calibrated_and_answers_with_what_was_fitted(judged, tmp_path):
    home = tmp_path / "home"
    assert run(home, "ingest", judged / "documents").exit_code == 0
    before = json.loads(run(home, "ask", "How many fans has the GX-7?", "--json").stdout)
    result = run(home, "eval", "calibrate", judged / "questions.jsonl", "--kb", "default", "--precision", 0.9, "--json")
    assert result.exit_code == 0, result.output
    TypeAdapter(EvalCalibrate).validate_json(result.stdout, strict=True)
    document = json.loads(result.stdout)
    assert document == json.loads((home / "calibration.json").read_text(encoding="utf-8"))
    assert document["languages"]["en"]["curve"] is not None
    assert document["languages"]["zh"]["kept"]["bar"] == "1 questions; at least 50 are needed"
    after = json.loads(run(home, "ask", "How many fans has the GX-7?", "--json").stdout)
    assert after["status"] == "answered"
    assert after["probability"] != pytest.approx(before["probability"], abs=1e-3)
    stale = {**document, "fingerprints": {**document["fingerprints"], "embedder": "another"}}
    (home / "calibration.json").write_text(json.dumps(stale), encoding="utf-8")
    ignored = run(home, "ask", "How many fans has the GX-7?", "--json")
    assert json.loads(ignored.stdout)["probability"] == pytest.approx(before["probability"], abs=1e-6)


def test_too_few_questions_write_nothing_and_end_with_1(judged, tmp_path):
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join((judged / "questions.jsonl").read_text(encoding="utf-8").splitlines()[:6]))
    result = run(tmp_path / "home", "eval", "calibrate", few, "--docs", judged / "documents")
    assert result.exit_code == 1
    assert "kept as shipped: 6 questions; at least 50 are needed" in result.stdout
    assert "nothing is written" in result.stderr
    assert not (tmp_path / "home" / "calibration.json").exists()


def test_wrong_usage_is_one_clear_line(judged, tmp_path):
    questions = judged / "questions.jsonl"
    both = run(tmp_path, "eval", "calibrate", questions, "--kb", "a", "--docs", judged)
    assert (both.exit_code, "exclude each other" in both.stderr) == (2, True)
    nowhere = run(tmp_path, "eval", "calibrate", questions, "--docs", tmp_path / "nowhere")
    assert (nowhere.exit_code, "no folder" in nowhere.stderr) == (2, True)
    assert run(tmp_path, "eval", "calibrate", questions, "--precision", "1").exit_code == 2
