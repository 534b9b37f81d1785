"""How a gradient becomes a step: Muon for the blocks' matrices, Adam for embeddings, head and gains.

Muon (https://kellerjordan.github.io/posts/muon/) makes every direction of a matrix's
step equally long, so what few examples teach is learnt as fast as what many do. Adam: arXiv:1412.6980.
"""

import math

import numpy as np


class Optimizer:
    """Updates weights in place; its state is `steps`, `mean` of all gradients, `square` of those that Adam takes."""

    def __init__(
        self, weights, muon_rate=0.007, adam_rate=3e-3, beta1=0.9, beta2=0.98, momentum=0.95, epsilon=1e-8, decay=0.02
    ):
        self._muon_rate, self._adam_rate = muon_rate, adam_rate
        self._beta1, self._beta2, self._momentum = beta1, beta2, momentum
        self._epsilon, self._decay = epsilon, decay
        self.steps = 0
        self.mean = {name: np.zeros_like(weight) for name, weight in weights.items()}
        self.square = {name: np.zeros_like(weight) for name, weight in weights.items() if not _is_block_matrix(name, weight)}

    def update(self, weights, gradient, pace):
        """One step, both rates times `pace`."""
        self.steps += 1
        for name, weight in weights.items():
            if name in self.square:
                weight -= pace * self._adam_rate * self._adam(name, gradient[name])
            else:
                rate = pace * self._muon_rate
                weight *= 1 - rate * self._decay
                weight -= rate * self._muon(name, gradient[name])

    def _adam(self, name, g):
        mean, square = self.mean[name], self.square[name]
        mean += (1 - self._beta1) * (g - mean)
        square += (1 - self._beta2) * (g * g - square)
        fix1, fix2 = 1 - self._beta1**self.steps, 1 - self._beta2**self.steps
        return mean / fix1 / (np.sqrt(square / fix2) + self._epsilon)

    def _muon(self, name, g):
        mean = self.mean[name]
        mean += (1 - self._momentum) * (g - mean)
        ahead = g + self._momentum * (mean - g)
        return math.sqrt(max(1, g.shape[0] / g.shape[1])) * orthogonal(ahead)


def orthogonal(matrix):
    """About the nearest matrix whose singular values are all one: they come out between 0.6 and 1.3.

    Five Newton-Schulz steps with the coefficients of Muon's author; a zero matrix stays zero.
    """
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = wide / (np.linalg.norm(wide) + 1e-12)
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (2.0315 * (a @ a) - 4.7750 * a) @ x
    return x if wide is matrix else x.T


def _is_block_matrix(name, weight):
    return name.startswith("blk.") and weight.ndim == 2


def pace(step, steps, warmup=60, decay=500):
    """How fast to learn at a step, at most 1: rises over `warmup` steps, is level, falls over the last `decay`.

    The level part does not depend on `steps`, so a run may be given more or fewer while it is there.
    """
    return min(1.0, (step + 1) / warmup, (steps - step) / decay)


def clip(gradient, limit):
    """Scales the whole gradient in place to a norm of at most `limit`; the norm before."""
    norm = math.sqrt(sum(float(np.vdot(g, g)) for g in gradient.values()))
    if norm > limit:
        for g in gradient.values():
            g *= limit / norm
    return norm
