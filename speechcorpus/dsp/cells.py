"""Samples on another grid of time: the mean over each of its cells, wherever its edges fall."""

import numpy as np

from speechcorpus.dsp.arrays import FloatArray
from speechcorpus.dsp.peak import Samples


def cell_means(samples: Samples, edges: FloatArray) -> FloatArray:
    """Return the mean between each two neighbouring edges, counting every sample for as much as lies inside.

    For finding out how late one signal is against another: what folds, folds in both alike.

    Parameters
    ----------
    samples : shape (n,); sample k fills [k, k + 1). Beyond them there is silence
    edges : shape (m + 1,), rising, as places in `samples`; two that are equal make a cell of 0

    Returns
    -------
    means : shape (m,), in the unit of the samples

    Examples
    --------
    >>> cell_means(np.array([1.0, 3.0, 5.0]), np.array([0.0, 1.5, 2.0, 4.0, 4.0])).round(3).tolist()
    [1.667, 3.0, 2.5, 0.0]
    """
    total = np.concatenate(([0.0], np.cumsum(samples, dtype=np.float64)))
    within = np.interp(edges, np.arange(total.size, dtype=np.float64), total)
    widths = np.diff(edges)
    return np.asarray(np.diff(within) / np.where(widths > 0, widths, 1.0))
