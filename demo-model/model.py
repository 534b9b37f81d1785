"""The network: a Llama-architecture decoder, its loss, and its gradient, in numpy.

Shapes: B conversations, T positions, C channels, D = C / heads, V vocabulary entries.
Weights are float32 and stored (output, input), as GGUF stores them. The token embedding is also the output head:
so the network learns to repeat a word once, not once for each word.
References: RMSNorm arXiv:1910.07467, RoPE arXiv:2104.09864, SwiGLU arXiv:2002.05202, GQA arXiv:2305.13245.
"""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Config:
    """The network's shape. Every row length is a multiple of 32, which Q8_0 asks for."""

    vocabulary: int
    layers: int = 8
    channels: int = 128
    heads: int = 4
    key_heads: int = 2
    hidden: int = 352
    context: int = 1024
    rope_base: float = 10000.0
    norm_epsilon: float = 1e-5

    @property
    def head_size(self):
        return self.channels // self.heads


def initial_weights(config, seed):
    """Fresh weights by GGUF tensor name: normal, scaled by fan-in.

    What blocks add starts small beside the embedding; the last gain brings first logits to about unit variance.
    """
    random = np.random.default_rng(seed)
    kv = config.key_heads * config.head_size
    small = 0.1 * (2 * config.layers) ** -0.5
    embedding = 0.3

    def normal(rows, columns, scale=1.0):
        return (random.standard_normal((rows, columns)) * scale * columns**-0.5).astype(np.float32)

    weights = {"token_embd.weight": normal(config.vocabulary, config.channels, embedding * config.channels**0.5)}
    for layer in range(config.layers):
        weights |= {
            f"blk.{layer}.{name}.weight": tensor
            for name, tensor in {
                "attn_norm": np.ones(config.channels, np.float32),
                "attn_q": normal(config.channels, config.channels),
                "attn_k": normal(kv, config.channels),
                "attn_v": normal(kv, config.channels),
                "attn_output": normal(config.channels, config.channels, small),
                "ffn_norm": np.ones(config.channels, np.float32),
                "ffn_gate": normal(config.hidden, config.channels),
                "ffn_up": normal(config.hidden, config.channels),
                "ffn_down": normal(config.channels, config.hidden, small),
            }.items()
        }
    weights["output_norm.weight"] = np.full(config.channels, config.channels**-0.5 / embedding, np.float32)
    return weights


def deepened(config, weights, seed):
    """(config, weights) of a network twice as deep that computes the same: after each block one that adds nothing yet."""
    deep = replace(config, layers=2 * config.layers)
    grown = initial_weights(deep, seed)
    for name in grown:
        kind, _, rest = name.partition(".")
        if kind != "blk":
            grown[name] = weights[name]
            continue
        layer, _, tensor = rest.partition(".")
        if int(layer) % 2 == 0:
            grown[name] = weights[f"blk.{int(layer) // 2}.{tensor}"]
        elif tensor in ("attn_output.weight", "ffn_down.weight"):
            grown[name] = np.zeros_like(grown[name])
    return deep, grown


def logits(config, weights, tokens):
    """Logits (B, T, V) for token ids (B, T); position t sees positions 0..t."""
    x, _ = _forward(config, weights, tokens)
    return (x @ weights["token_embd.weight"].T).reshape(*tokens.shape, -1)


def loss_and_gradient(config, weights, tokens, targets, emphasis):
    """Summed cross-entropy of `targets` (B, T), each position times `emphasis` (B, T; 0 ignores), and its gradient.

    Returns (loss, gradient by weight name). Pure: the arguments are only read.
    """
    x, tape = _forward(config, weights, tokens)
    head = weights["token_embd.weight"]
    chosen = np.flatnonzero(emphasis)
    scale = emphasis.reshape(-1)[chosen, None]
    goal = targets.reshape(-1)[chosen]
    rows = np.arange(len(chosen))

    seen = x[chosen]
    z = seen @ head.T
    z -= z.max(axis=1, keepdims=True)
    picked = z[rows, goal]
    np.exp(z, out=z)
    total = z.sum(axis=1, keepdims=True)
    loss = float(np.sum((np.log(total[:, 0]) - picked) * scale[:, 0], dtype=np.float64))

    z *= scale / total
    z[rows, goal] -= scale[:, 0]
    gradient = {"token_embd.weight": z.T @ seen}
    dx = np.zeros_like(x)
    dx[chosen] = z @ head
    _backward(config, weights, tokens, tape, dx, gradient)
    return loss, gradient


def _forward(config, weights, tokens):
    """Normed final states (B*T, C) and a tape of what the backward pass needs, in order."""
    batch, length = tokens.shape
    rotation = _rotation(config, length)
    tape = []
    x = weights["token_embd.weight"][tokens.reshape(-1)]
    for layer in range(config.layers):
        w = _block(weights, layer)
        h, norm1 = _norm(x, w["attn_norm"], config)
        mixed, attention = _attend(config, w, h, batch, length, rotation)
        x = x + mixed @ w["attn_output"].T
        h2, norm2 = _norm(x, w["ffn_norm"], config)
        gate = h2 @ w["ffn_gate"].T
        up = h2 @ w["ffn_up"].T
        sigmoid = _sigmoid(gate)
        active = np.multiply(gate, sigmoid, out=gate)
        hidden = active * up
        x = x + hidden @ w["ffn_down"].T
        tape.append((h, norm1, mixed, attention, h2, norm2, up, sigmoid, active, hidden))
    x, norm = _norm(x, weights["output_norm.weight"], config)
    tape.append((norm, rotation))
    return x, tape


def _backward(config, weights, tokens, tape, dx, gradient):
    """Adds to `gradient` every weight's share of `dx`, the gradient of the normed final states."""
    batch, length = tokens.shape
    norm, rotation = tape.pop()
    dx, gradient["output_norm.weight"] = _norm_back(dx, weights["output_norm.weight"], norm)
    for layer in reversed(range(config.layers)):
        w = _block(weights, layer)
        h, norm1, mixed, attention, h2, norm2, up, sigmoid, active, hidden = tape.pop()
        g = {}

        g["ffn_down"] = dx.T @ hidden
        dhidden = dx @ w["ffn_down"]
        dup = dhidden * active
        dgate = _silu_slope(sigmoid, active)
        dgate *= up
        dgate *= dhidden
        g["ffn_gate"] = dgate.T @ h2
        g["ffn_up"] = dup.T @ h2
        dh, g["ffn_norm"] = _norm_back(dgate @ w["ffn_gate"] + dup @ w["ffn_up"], w["ffn_norm"], norm2)
        dx = dx + dh

        g["attn_output"] = dx.T @ mixed
        dq, dk, dv = _attend_back(config, attention, mixed, dx @ w["attn_output"], batch, length, rotation)
        g["attn_q"] = dq.T @ h
        g["attn_k"] = dk.T @ h
        g["attn_v"] = dv.T @ h
        dh = dq @ w["attn_q"] + dk @ w["attn_k"] + dv @ w["attn_v"]
        dh, g["attn_norm"] = _norm_back(dh, w["attn_norm"], norm1)
        dx = dx + dh
        gradient |= {f"blk.{layer}.{name}.weight": value for name, value in g.items()}
    _add_by_token(gradient["token_embd.weight"], tokens.reshape(-1), dx)


def _attend(config, w, h, batch, length, rotation):
    """Causal grouped-query attention before its output projection (B*T, C), and what its gradient needs."""
    groups = config.heads // config.key_heads
    q = _rotate((h @ w["attn_q"].T).reshape(batch, length, config.key_heads, groups, -1), rotation)
    k = _rotate((h @ w["attn_k"].T).reshape(batch, length, config.key_heads, 1, -1), rotation)
    v = (h @ w["attn_v"].T).reshape(batch, length, config.key_heads, 1, -1)
    q *= config.head_size**-0.5
    q, k, v = (t.transpose(0, 2, 3, 1, 4) for t in (q, k, v))

    p = q @ k.swapaxes(-1, -2)
    p += _future(length)
    p -= p.max(axis=-1, keepdims=True)
    np.exp(p, out=p)
    p /= p.sum(axis=-1, keepdims=True)
    mixed = (p @ v).transpose(0, 3, 1, 2, 4).reshape(batch * length, -1)
    return mixed, (q, k, v, p)


def _attend_back(config, attention, mixed, dmixed, batch, length, rotation):
    """Gradients (B*T, ·) of the query, key and value projections' outputs.

    The softmax's inner product of p and dp is taken as that of `mixed` and `dmixed`, which is equal and shorter.
    """
    q, k, v, p = attention
    shape = (batch, length, config.key_heads, config.heads // config.key_heads, config.head_size)
    inner = np.einsum("btkgd,btkgd->bkgt", mixed.reshape(shape), dmixed.reshape(shape))
    dmixed = dmixed.reshape(shape).transpose(0, 2, 3, 1, 4)
    dv = (p.swapaxes(-1, -2) @ dmixed).sum(axis=2, keepdims=True)
    ds = dmixed @ v.swapaxes(-1, -2)
    ds -= inner[..., None]
    ds *= p
    dq = ds @ k
    dq *= config.head_size**-0.5
    dk = (ds.swapaxes(-1, -2) @ q).sum(axis=2, keepdims=True)
    dq, dk, dv = (t.transpose(0, 3, 1, 2, 4) for t in (dq, dk, dv))
    dq, dk = (_rotate(t, rotation.conj()) for t in (dq, dk))
    return tuple(t.reshape(batch * length, -1) for t in (dq, dk, dv))


def _future(length):
    """(T, T): 0 where a position may look, a large negative number where it would look ahead."""
    return np.triu(np.full((length, length), -1e9, np.float32), 1)


def _rotation(config, length):
    """RoPE's turns e^(i*angle) for positions 0..length-1, shaped to meet (B, T, heads, groups, D/2)."""
    half = config.head_size // 2
    angle = np.outer(np.arange(length), config.rope_base ** (-np.arange(half) / half))
    return np.exp(1j * angle)[None, :, None, None, :]


def _rotate(x, rotation):
    """Turns each channel pair (2i, 2i+1) of (B, T, heads, groups, D), taken as a complex number."""
    pairs = x.view(np.result_type(x, np.complex64))
    return (pairs * rotation.astype(pairs.dtype)).view(x.dtype)


def _norm(x, gain, config):
    """RMSNorm of each row; also (normalised rows, 1/rms) for the gradient."""
    square = np.einsum("ij,ij->i", x, x)[:, None]
    inverse = 1 / np.sqrt(square / x.shape[1] + config.norm_epsilon)
    unit = x * inverse
    return unit * gain, (unit, inverse)


def _norm_back(dy, gain, norm):
    """Gradients of RMSNorm's input rows and of its gain."""
    unit, inverse = norm
    dgain = np.einsum("ij,ij->j", dy, unit)
    dunit = dy * gain
    dx = unit * (np.einsum("ij,ij->i", dunit, unit)[:, None] / -unit.shape[1])
    dx += dunit
    dx *= inverse
    return dx, dgain


def _sigmoid(x):
    s = np.negative(x)
    with np.errstate(over="ignore"):
        np.exp(s, out=s)
    s += 1
    return np.reciprocal(s, out=s)


def _silu_slope(sigmoid, active):
    """The derivative of x*sigmoid(x), from both."""
    slope = 1 - sigmoid
    slope *= active
    slope += sigmoid
    return slope


def _add_by_token(sums, tokens, rows):
    """Adds to each token's row of `sums` the rows at which it stands."""
    order = np.argsort(tokens, kind="stable")
    found, starts = np.unique(tokens[order], return_index=True)
    sums[found] += np.add.reduceat(rows[order], starts, axis=0)


def _block(weights, layer):
    prefix = f"blk.{layer}."
    return {
        name[len(prefix) : -len(".weight")]: tensor for name, tensor in weights.items() if name.startswith(prefix)
    }
