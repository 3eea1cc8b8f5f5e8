from tests.faults.kill_writer import run


def test_kill_9_at_random_loses_no_acknowledged_entry(tmp_path):
    """The long form is a command: python tests/faults/kill_writer.py --kills 50"""
    found = run(tmp_path / "state", kills=5, seed=7)
    assert found.kills >= 5
    assert len(found.acknowledged) > 10
    assert not found.problems
