"""Weights of frequencies against the tables of their standards."""

import numpy as np
import pytest

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import RATES_HZ, hop_samples
from speechcorpus.dsp.weighting import a_weighting_db, bin_weights, high_pass_power, k_weighting_power

# IEC 61672-1:2013, table 3: nominal frequency (exact base-10 value computed below) and A-weighting
TABLE_A = [(31.5, -39.4), (63, -26.2), (125, -16.1), (250, -8.6), (500, -3.2), (1000, 0.0), (2000, 1.2),
           (4000, 1.0), (8000, -1.1), (16000, -6.6)]  # fmt: skip


@pytest.mark.parametrize(("nominal_hz", "gain_db"), TABLE_A)
def test_a_weighting_is_the_table_of_the_standard(nominal_hz, gain_db):
    exact_hz = 1000 * 10 ** (round(10 * np.log10(nominal_hz / 1000)) / 10)
    assert a_weighting_db(np.array([exact_hz]))[0] == pytest.approx(gain_db, abs=0.06)


def test_a_frequency_of_zero_has_no_weight_and_says_so():
    with pytest.raises(SignalError, match="above 0 Hz") as refused:
        a_weighting_db(np.array([100.0, 0.0]))
    assert refused.value.code == "signal.frequency"


def test_k_weighting_lifts_997_hz_by_what_the_offset_of_the_standard_takes_away():
    assert 10 * np.log10(k_weighting_power(np.array([997.0])))[0] == pytest.approx(0.691, abs=0.005)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_what_the_high_passes_take_and_the_bins_take_is_a_weighting_together(rate_hz):
    frequency_hz = np.arange(1, hop_samples(rate_hz)) * 25.0
    whole = bin_weights(rate_hz)[1:-1, 0] * hop_samples(rate_hz) ** 2 * high_pass_power(frequency_hz, rate_hz)
    assert np.allclose(10 * np.log10(whole), a_weighting_db(frequency_hz), atol=1e-9)


def test_neighbouring_octaves_share_a_bin_and_leave_no_gap():
    weights = bin_weights(48000)
    whole = weights[:, 2:].sum(axis=1) * 960**2 * high_pass_power(np.arange(961) * 25.0, 48000)
    assert np.allclose(whole[8:447], 1.0)  # 200 Hz to 11.15 kHz


def test_an_octave_above_the_rate_weighs_nothing():
    assert not bin_weights(8000)[:, 7].any()
