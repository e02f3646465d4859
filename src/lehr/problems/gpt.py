"""A small decoder-only transformer, as GPT-2 has it.

Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", §2.3:
normalisation before each sub-layer and at the end, residual projections that start smaller by the
square root of their number; the output shares the weights of the input embedding.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_INITIAL = 0.02  # standard deviation of initial weights


class GPT(nn.Module):
    """Tokens (samples, length), int64 -> logits (samples, length, vocabulary).

    Args:
        vocabulary: number of distinct tokens.
        context: the largest length.
        width: of the residual stream; a multiple of `heads`.
        layers: number of blocks.
        heads: of attention.
    """

    def __init__(
        self, *, vocabulary: int, context: int, width: int, layers: int, heads: int
    ) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.Sequential(*(_Block(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        for name, parameter in self.named_parameters():
            if parameter.ndim == 2:
                residual = name.endswith(("project.weight", "down.weight"))
                scale = _INITIAL / math.sqrt(2 * layers) if residual else _INITIAL
                nn.init.normal_(parameter, std=scale)

    def forward(self, tokens: Tensor) -> Tensor:
        """Give the logits of each next token."""
        places = torch.arange(tokens.shape[1], device=tokens.device)
        stream = self.blocks(self.tokens(tokens) + self.positions(places))
        return F.linear(self.norm(stream), self.tokens.weight)


class _Block(nn.Module):
    """Causal attention, then a layer of four times the width."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.attend = nn.Linear(width, 3 * width, bias=False)
        self.project = nn.Linear(width, width, bias=False)
        self.feed_norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)

    def forward(self, stream: Tensor) -> Tensor:
        """(samples, length, width) -> the same."""
        samples, length, width = stream.shape
        heads = self.attend(self.attention_norm(stream)).view(samples, length, 3, self.heads, -1)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        stream = stream + self.project(mixed.transpose(1, 2).reshape(samples, length, width))
        return stream + self.down(F.gelu(self.up(self.feed_norm(stream))))
