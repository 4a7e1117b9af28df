import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eval.calibrate.folds import document_folds, document_groups


def test_questions_that_share_a_document_through_others_are_one_group():
    groups = document_groups([frozenset("a"), frozenset("b"), frozenset("ab"), frozenset("c"), frozenset()])
    assert groups[0] == groups[1] == groups[2]
    assert len({groups[0], groups[3], groups[4]}) == 3


@given(st.lists(st.tuples(st.frozensets(st.sampled_from("abcdefgh"), max_size=2), st.booleans()), max_size=60))
def test_no_document_stands_on_both_sides_and_every_question_is_judged_once(questions):
    documents = [held for held, _ in questions]
    labels = np.array([label for _, label in questions], dtype=bool)
    folds = document_folds(document_groups(documents), labels) if questions else []
    for fold in folds:
        inside = {document for held, own in zip(documents, fold, strict=True) if own for document in held}
        outside = {document for held, own in zip(documents, fold, strict=True) if not own for document in held}
        assert not inside & outside
        assert labels[~fold].any()
        assert not labels[~fold].all()
    if folds:
        assert np.sum(folds, axis=0).tolist() == [1] * len(questions)


def test_five_folds_where_there_are_documents_enough():
    documents = [frozenset([str(number // 2)]) for number in range(40)]
    labels = np.arange(40) % 4 > 0
    assert [int(fold.sum()) for fold in document_folds(document_groups(documents), labels)] == [8] * 5


def test_one_document_for_all_questions_gives_no_folds():
    documents = [frozenset("a")] * 20
    assert document_folds(document_groups(documents), np.arange(20) % 2 == 0) == []
