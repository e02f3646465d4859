"""Strategies: which runs to train, in which order, and what to conclude from them."""

from lehr.choose.strategies.base import Brief, Outcome, Outcomes, Ranking, Round, Strategy
from lehr.choose.strategies.race import Race

STRATEGIES: tuple[type[Strategy], ...] = (Race,)

__all__ = ["STRATEGIES", "Brief", "Outcome", "Outcomes", "Race", "Ranking", "Round", "Strategy"]
