"""What a gate's drills prove about a build: deploy, do not, or nobody can tell. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field

from checks.outcome import ExitCode
from drills.recorded import Record


@dataclass
class Proof:
    """What became of the gate's drills. `without`: why some came to no record, as where there was no bench for them.
    `left_out`: why some could not be run on this deployment at all. `missing`: sentences about those that nobody heard
    of, as where a file cannot be read."""

    ended: list[Record] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def ways_back(self) -> list[Record]:
        """The drills that came back."""
        return [one for one in self.ended if one["verdict"] == "recovered"]


@dataclass(frozen=True)
class Decision:
    """The exit code of the gate, and why, in one sentence."""

    exit_code: ExitCode
    sentence: str


def decide(candidate: str, previous: str, proof: Proof, amiss_with_previous: Callable[[], str | None]) -> Decision:
    """A drill that ended otherwise than it has to outweighs doubt, and doubt is never a reason to deploy.

    `amiss_with_previous`: what is amiss on a bench with the build before, asked only where no drill could begin with
    the candidate: whether that is the candidate's fault, the same bench without it has to tell.
    """
    failed = [one for one in proof.ended if one["verdict"] not in (one["expected"], "inconclusive")]
    if failed:
        said = " ".join(
            f"{one['scenario']}: {one['verdict']}, expected {one['expected']}. {one['why']}" for one in failed
        )
        return Decision(ExitCode.FAILED, f"Do not deploy {candidate}. {said}")
    if not proof.ended and proof.without:
        amiss = amiss_with_previous()
        if amiss is None:
            why = f"It is not healthy on a bench, where {previous} is: {proof.without[0]}"
            return Decision(ExitCode.FAILED, f"Do not deploy {candidate}. {why}")
        why = f"No drill could begin with it ({proof.without[0]}), nor could one with {previous}: {amiss}"
        return Decision(ExitCode.UNKNOWN, f"Cannot tell about {candidate}. {why}")
    doubts = [f"{one['scenario']}: {one['why']}" for one in proof.ended if one["verdict"] == "inconclusive"]
    doubts += [*proof.without, *proof.missing]
    if doubts or not proof.ways_back:
        said = " ".join(doubts) or "No drill of a rollback was run."
        return Decision(ExitCode.UNKNOWN, f"Cannot tell about {candidate}. {said}{_left_out(proof)}")
    return Decision(ExitCode.ALL_PASS, f"Deploy {candidate}. {_proven(previous, proof)}{_left_out(proof)}")


def _proven(previous: str, proof: Proof) -> str:
    """How many ways back there are, how long the slowest takes, and which are not those that the runbook has."""
    times_s = [value for one in proof.ways_back if isinstance(value := one["time_to_recover_s"], int | float)]
    slowest = f", the slowest in {max(times_s):.1f} s" if times_s else ""
    ours = [str(one["scenario"]) for one in proof.ended if one.get("documented_verdict") not in (None, "recovered")]
    corrected = (
        f" The runbook as it is written does not do for {', '.join(ours)}: use the corrected steps." if ours else ""
    )
    count = len(proof.ways_back)
    return (
        f"It is healthy on a bench, and {count} drill{'s' * (count != 1)} came back to {previous} or to the commit "
        f"before{slowest}.{corrected}"
    )


def _left_out(proof: Proof) -> str:
    return "".join(f" Left out: {why}" for why in proof.left_out)
