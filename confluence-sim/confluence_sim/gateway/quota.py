"""The points an app may spend in an hour, and what the headers say of them (FACTS 5.1, 5.2, 5.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from confluence_sim.api.endpoint import Reply
from confluence_sim.clock import from_ms

if TYPE_CHECKING:
    from confluence_sim.world import World

HOUR_MS = 3600 * 1000
NEAR = 0.2
"""The share of the points left below which the headers warn."""


@dataclass
class Quota:
    """Points by the hour of the world's clock; then full stop until the next. Not safe without the world's lock."""

    world: World
    hour: int = -1
    spent: int = 0

    def refusal(self) -> Reply | None:
        """Return a 429 when the hour's points are spent."""
        self._turn()
        if not self.limit or self.spent < self.limit:
            return None
        left_ms = HOUR_MS - self.world.clock.now_ms() % HOUR_MS
        headers = {
            **self.headers(),
            "Retry-After": str(-(-left_ms // 1000)),
            "RateLimit-Reason": "confluence-quota-global-based",
        }
        return Reply({"code": 429, "message": "Rate limit exceeded"}, status=429, headers=headers)

    def spend(self, points: int) -> dict[str, str]:
        """Note what an answer cost and return the headers for it."""
        self._turn()
        self.spent += points
        return self.headers()

    @property
    def limit(self) -> int:
        """Points an hour; 0 for no limit."""
        return self.world.switches.points_per_hour

    def headers(self) -> dict[str, str]:
        """Return what every answer tells; ``X-RateLimit-Reset`` is ISO 8601, no number."""
        if not self.limit:
            return {}
        left = max(0, self.limit - self.spent)
        told = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": from_ms((self.hour + 1) * HOUR_MS),
        }
        return {**told, "X-RateLimit-NearLimit": "true"} if left < NEAR * self.limit else told

    def _turn(self) -> None:
        hour = self.world.clock.now_ms() // HOUR_MS
        if hour != self.hour:
            self.hour, self.spent = hour, 0
