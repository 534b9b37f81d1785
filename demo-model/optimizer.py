"""AdamW (arXiv:1711.05101) and the learning rate's course."""

import math

import numpy as np


class AdamW:
    """Updates weights in place; matrices of the blocks decay, embeddings and gains do not."""

    def __init__(self, weights, beta1=0.9, beta2=0.98, epsilon=1e-8, decay=0.1):
        self._beta1, self._beta2, self._epsilon, self._decay = beta1, beta2, epsilon, decay
        self.steps = 0
        self.mean = {name: np.zeros_like(weight) for name, weight in weights.items()}
        self.square = {name: np.zeros_like(weight) for name, weight in weights.items()}

    def update(self, weights, gradient, rate):
        self.steps += 1
        fix1 = 1 - self._beta1**self.steps
        fix2 = 1 - self._beta2**self.steps
        for name, weight in weights.items():
            g, mean, square = gradient[name], self.mean[name], self.square[name]
            mean += (1 - self._beta1) * (g - mean)
            square += (1 - self._beta2) * (g * g - square)
            if weight.ndim == 2 and name.startswith("blk."):
                weight *= 1 - rate * self._decay
            weight -= rate / fix1 * mean / (np.sqrt(square / fix2) + self._epsilon)


def learning_rate(step, steps, peak, warmup=100, decay=0.3):
    """Linear rise over `warmup` steps, level, then linear fall to zero over the last `decay` of the steps.

    The level part does not depend on `steps`, so a run may be given more or fewer while it is there.
    """
    return peak * min(1.0, (step + 1) / warmup, (steps - step) / (steps * decay))


def clip(gradient, limit):
    """Scales the whole gradient in place to a norm of at most `limit`; the norm before."""
    norm = math.sqrt(sum(float(np.vdot(g, g)) for g in gradient.values()))
    if norm > limit:
        for g in gradient.values():
            g *= limit / norm
    return norm
