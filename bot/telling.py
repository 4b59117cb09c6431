"""An answer in a model's words, with a record of what that took."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from bot.models import Opened
from pipeline.draft import DraftClaim
from pipeline.llm import Gate, ModelCancelled, ModelError
from pipeline.models import Article
from pipeline.snapshots import AnswerInputs, packed
from pipeline.store import Store
from pipeline.writing.model import Draft, Told, tell

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Teller:
    """Puts the claims of one answer into a model's words and records the run; never fails for what a model does."""

    store: Store
    opened: Opened
    now: Callable[[], datetime]
    channel: str = ""
    draft: Draft | None = None

    def __call__(
        self, question: str, claims: Sequence[DraftClaim], works: Mapping[str, Article]
    ) -> Sequence[DraftClaim]:
        """The claims in the model's words, or as they are; ModelCancelled if the draft was stopped."""
        started = perf_counter()
        gates: dict[str, Gate] = {}
        try:
            gates["writer"] = self.opened.writer()
            if gates["writer"].boundary.policy == "derived":
                return claims  # it may not see the sentences that answer
            if self.opened.judge:
                gates["judge"] = self.opened.judge()
            told = self._told(gates, question, claims, works)
        except ModelCancelled:
            raise
        except ModelError as error:
            log.warning("answered without the model: %s", error.user_message)
            return claims
        if told.note:
            log.warning("%s", told.note)
        if told.calls:
            cited = {w for claim in claims for w in claim.works}
            models = {role: gate.named for role, gate in gates.items()}
            shown = {w: works[w] for w in sorted(cited) if w in works}
            inputs = AnswerInputs(question, claims, shown, models, told.claims)
            self._record(told, inputs, perf_counter() - started)
        return told.claims

    def _told(
        self,
        gates: Mapping[str, Gate],
        question: str,
        claims: Sequence[DraftClaim],
        works: Mapping[str, Article],
    ) -> Told:
        return tell(gates["writer"], question, claims, works, judge=gates.get("judge"), draft=self.draft)

    def _record(self, told: Told, inputs: AnswerInputs, seconds: float) -> None:
        run = self.store.add_run(
            "answer",
            self.now(),
            round(seconds, 3),
            told.note or f"{len(told.claims)} sentences of {told.writer}",
            subject=inputs.question[:200],
            channel=self.channel,
            inputs=packed(inputs),
        )
        self.opened.journal.finish(run, told.calls, told.verdicts)
