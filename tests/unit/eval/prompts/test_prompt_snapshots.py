from eval.prompts.snapshots import SnapshotState, compare_snapshot

OLD = '{"claims": [{"text": "保留 30 天。"}], "insufficient": false}'
NEW = '{"claims": [{"text": "保留 14 天。"}], "insufficient": false}'


def test_a_new_completion_is_new_until_it_is_accepted(tmp_path):
    path = tmp_path / "shipped" / "zh-one.txt"
    assert compare_snapshot(path, OLD, update=False).state == SnapshotState.NEW
    assert not path.exists()
    assert compare_snapshot(path, OLD, update=True).state == SnapshotState.NEW
    assert compare_snapshot(path, OLD, update=False).state == SnapshotState.SAME


def test_a_change_is_shown_line_by_line_and_accepted_only_when_asked(tmp_path):
    path = tmp_path / "zh-one.txt"
    compare_snapshot(path, OLD, update=True)
    changed = compare_snapshot(path, NEW, update=False)
    assert changed.state == SnapshotState.CHANGED
    assert changed.diff.splitlines()[:2] == ["--- zh-one.txt (accepted)", "+++ now"]
    assert '-      "text": "保留 30 天。"' in changed.diff
    assert '+      "text": "保留 14 天。"' in changed.diff
    assert "30 天" in path.read_text(encoding="utf-8")
    assert compare_snapshot(path, NEW, update=True).state == SnapshotState.CHANGED
    assert compare_snapshot(path, NEW, update=False).state == SnapshotState.SAME


def test_layout_of_json_is_no_change_and_text_stays_as_it_is(tmp_path):
    path = tmp_path / "one.txt"
    compare_snapshot(path, OLD, update=True)
    assert compare_snapshot(path, OLD.replace(" ", "").replace("保留30天", "保留 30 天"), update=False).state == "same"
    compare_snapshot(path, "保留 30 天。[1]", update=True)
    assert path.read_text(encoding="utf-8") == "保留 30 天。[1]\n"
