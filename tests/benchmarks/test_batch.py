"""The batch's benchmark runs, and what it counts is right."""

import pytest
from batch import measured
from batch_page import page


@pytest.mark.slow
def test_a_small_batch_is_deposited_once_in_little_memory(tmp_path):
    found = measured(120, 2, tmp_path)
    assert (found.deposits, found.twice, found.synced) == (120, 0, 120)
    assert found.again < 2
    assert 0 < found.peak_worker < 400
    assert {"the run itself", "workers", "servers"} == set(found.cpu)
    assert "120 invoices, 2 workers" in page(found)
