from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychometrics.errors import TallyError
from psychometrics.tallying.blocks import number_hashes, text_hashes


@given(
    st.lists(
        st.one_of(
            st.integers(0, 10**16 - 1),
            st.integers(0, 999),
            st.sampled_from([10**p - k for p in range(1, 17) for k in (0, 1)][:-2]),
        ),
        max_size=20,
    )
)
def test_numbers_are_hashed_as_their_digits(numbers: list[int]) -> None:
    values = np.array(numbers, np.int64)
    expected = text_hashes(pa.array([str(one) for one in numbers], pa.string()))
    np.testing.assert_array_equal(number_hashes(values), expected)


@pytest.mark.parametrize("wrong", [-1, 10**16])
def test_numbers_below_zero_or_too_long_are_refused(wrong: int) -> None:
    with pytest.raises(TallyError, match="1 to 16 digits"):
        number_hashes(np.array([1, wrong]))
