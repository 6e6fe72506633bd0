"""Train the reader: ``python -m qa.reader.train DATA --out FOLDER --minutes M``.

DATA holds the sets that `qa.reader.questions` names. The learning rate falls to nothing in the
minutes given, whatever the machine's speed, so a run uses the time there is. Stopped, it goes on
from its last checkpoint; what it draws depends on the seed only. `qa.reader.export` makes the
shipped file from ``FOLDER/network.pt``.
"""

from __future__ import annotations

import argparse
import logging
import random
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from index.precision import half_precision
from qa.reader.drills import FIRST, SECOND, Drill, DrillBook
from qa.reader.encoding import load_tokenizer
from qa.reader.network import ReaderNetwork, batch_tensors, model_folder
from qa.reader.questions import read_questions
from qa.reader.unpack import unpack

logger = logging.getLogger(__name__)

# Groups drawn before they are sorted by length: of 48, a quarter of each batch was padding, of 192
# a fifteenth.
_POOL = 192
_NEVER = -1e4


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast to train.

    Attributes
    ----------
    second_from : float
        From which share of the time the second stage is drawn.
    batch_pieces : int
        The most word pieces of one batch, padding included.
    """

    minutes: float
    rate: float = 1.2e-4
    warm_up: float = 0.03
    second_from: float = 0.5
    batch_pieces: int = 3200
    relevance_weight: float = 0.5
    checkpoint_minutes: float = 5.0

    def rate_at(self, share: float) -> float:
        """The learning rate after a share of the time."""
        rising = min(1.0, (share + 0.001) / self.warm_up)
        return self.rate * rising * max(0.0, 1.0 - share)


def batches(book: DrillBook, plan: Plan, share: float) -> Iterator[list[tuple[Drill, ...]]]:
    """Groups of like length together, as many as a batch takes, for one pool of draws."""
    stage = FIRST if share < plan.second_from else SECOND
    chance = random.Random(book.groups)
    groups = sorted((book.draw(stage) for _ in range(_POOL)), key=_longest)
    found: list[list[tuple[Drill, ...]]] = [[]]
    for group in groups:
        rows = sum(map(len, found[-1])) + len(group)
        if found[-1] and rows * _longest(group) > plan.batch_pieces:
            found.append([])
        found[-1].append(group)
    chance.shuffle(found)
    yield from found


def _longest(group: tuple[Drill, ...]) -> int:
    return max(len(drill.ids) for drill in group)


def loss_of(
    network: nn.Module, batch: list[tuple[Drill, ...]], device: str, weight: float
) -> Tensor:
    """How wrong the network is on spans, on whether there is an answer, and on their order."""
    drills = [drill for group in batch for drill in group]
    ids, attention, segments = batch_tensors(
        [drill.ids for drill in drills], [drill.question_length for drill in drills]
    )
    with half_precision(device):
        starts, ends, relevance = network(ids.to(device), attention.to(device), segments.to(device))
    allowed = torch.zeros_like(ids, dtype=torch.bool)
    gold = torch.zeros((2, *ids.shape), dtype=torch.bool)
    for row, drill in enumerate(drills):
        allowed[row, drill.body : len(drill.ids) - 1] = True
        gold[0, row, list(drill.starts)] = True
        gold[1, row, list(drill.ends)] = True
    allowed[:, 0] = True
    allowed, gold = allowed.to(device), gold.to(device)
    span = _missed(starts.float(), allowed, gold[0]) + _missed(ends.float(), allowed, gold[1])
    scores = relevance.float()
    answered = torch.tensor([float(drill.is_answered) for drill in drills], device=device)
    told = functional.binary_cross_entropy_with_logits(scores, answered)
    return span / 2 + weight * (told + _misordered(scores, batch))


def _missed(scores: Tensor, allowed: Tensor, gold: Tensor) -> Tensor:
    scores = scores.masked_fill(~allowed, _NEVER)
    right = scores.masked_fill(~gold, _NEVER)
    return (scores.logsumexp(-1) - right.logsumexp(-1)).mean()


def _misordered(scores: Tensor, batch: list[tuple[Drill, ...]]) -> Tensor:
    """The log loss of choosing the answering passage among those of its question."""
    losses, first = [], 0
    for group in batch:
        if len(group) > 1 and group[0].is_answered:
            losses.append(-scores[first : first + len(group)].log_softmax(0)[0])
        first += len(group)
    return torch.stack(losses).mean() if losses else scores.new_zeros(())


class Trainer:
    """A network on its way, with all that a checkpoint holds."""

    def __init__(self, book: DrillBook, plan: Plan, out: Path, seed: int) -> None:
        torch.manual_seed(seed)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.network = ReaderNetwork(model_folder(), device=self.device).to(self.device).train()
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=plan.rate, weight_decay=0.01, fused=True
        )
        self.book, self.plan, self.out = book, plan, out
        self.seconds, self.steps, self.seen = 0.0, 0, 0
        self.is_stopped = False

    @property
    def share(self) -> float:
        """How much of the time is used."""
        return self.seconds / (60 * self.plan.minutes)

    def run(self) -> None:
        """Train until the time is used, and save the network."""
        saved, recent = self.seconds, []
        mark = time.monotonic()
        while self.share < 1.0 and not self.is_stopped:
            for batch in batches(self.book, self.plan, self.share):
                recent.append(self._step(batch))
                now = time.monotonic()
                self.seconds, mark = self.seconds + now - mark, now
                if self.steps % 25 == 0:
                    logger.info(
                        "%5.1f min, %5d steps, %6d examples, loss %.3f",
                        self.seconds / 60,
                        self.steps,
                        self.seen,
                        sum(recent[-50:]) / len(recent[-50:]),
                    )
                if self.share >= 1.0 or self.is_stopped:
                    break
            if self.seconds - saved > 60 * self.plan.checkpoint_minutes:
                self.save()
                saved = self.seconds
        self.save()

    def stop(self, *_: object) -> None:
        """Stop after the step under way; `run` then saves, and a later run goes on."""
        self.is_stopped = True

    def _step(self, batch: list[tuple[Drill, ...]]) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.rate_at(self.share)
        loss = loss_of(self.network, batch, self.device, self.plan.relevance_weight)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.steps += 1
        self.seen += sum(map(len, batch))
        return float(loss.detach())

    def save(self) -> None:
        """Keep the network, and what is needed to go on."""
        self.out.mkdir(parents=True, exist_ok=True)
        state = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "progress": (self.seconds, self.steps, self.seen),
            "book": (self.book.groups, self.book.drawn),
        }
        draft = self.out / "checkpoint.draft"
        torch.save(state, draft)
        draft.replace(self.out / "checkpoint.pt")
        torch.save(self.network.state_dict(), self.out / "network.draft")
        (self.out / "network.draft").replace(self.out / "network.pt")
        logger.info("saved after %.1f min", self.seconds / 60)

    def resume(self) -> None:
        """Go on from the checkpoint, if there is one."""
        path = self.out / "checkpoint.pt"
        if not path.is_file():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.seconds, self.steps, self.seen = state["progress"]
        self.book.groups, self.book.drawn = state["book"]
        logger.info("going on after %.1f min", self.seconds / 60)


def _weights(path: Path, device: str) -> dict[str, Tensor]:
    if path.suffix == ".onnx":
        return unpack(path)
    weights: dict[str, Tensor] = torch.load(path, map_location=device, weights_only=True)
    return weights


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=1.2e-4)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--begin-from",
        type=Path,
        metavar="FILE",
        help="the network.pt of an earlier run, or the shipped reader.int8.onnx",
    )
    parser.add_argument(
        "--second-from",
        type=float,
        default=0.5,
        metavar="SHARE",
        help="after which share of the time longer inputs and more that do not answer are drawn",
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    tokenizer = load_tokenizer((model_folder() / "tokenizer.json").read_text("utf-8"))
    book = DrillBook(read_questions(options.data, is_held_out=False), tokenizer, options.seed)
    plan = Plan(options.minutes, options.rate, second_from=options.second_from)
    trainer = Trainer(book, plan, options.out, options.seed)
    if options.begin_from:
        trainer.network.load_state_dict(_weights(options.begin_from, trainer.device))
    trainer.resume()
    signal.signal(signal.SIGTERM, trainer.stop)
    trainer.run()


if __name__ == "__main__":
    main()
