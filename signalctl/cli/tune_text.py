"""What signalctl tune says: a second's worth in a sentence, a session as a table or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signalctl.cli.console import say, table

if TYPE_CHECKING:
    from signalctl.workflow.tune.runs import TuneConditions
    from signalctl.workflow.tune.trial import Trial
    from signalctl.workflow.tune.trying import Answer
    from signalctl.workflow.tune.tune import Tuned

EFFECTS_SHOWN = 6
REFUSED_SHOWN = 20


def answer_sentences(answer: Answer, conditions: TuneConditions) -> list[str]:
    """The answer to --try in sentences."""
    from signalctl.workflow.tune.one_second_text import in_words
    from signalctl.workflow.tune.trying import seeds_to_tell, verdict

    words = "; ".join(in_words(change) for change in answer.changes)
    difference = answer.difference
    if difference is None:
        return [f"{words}: no lamp ever shows anything else, so it does nothing."]
    told = {
        "helps": "it helps",
        "harms": "it harms" if answer.harm is None else f"it harms: {answer.harm}",
        "does nothing": f"it does nothing worth {conditions.least_gain:g} {conditions.unit}",
        "open": f"{difference.seeds} seeds cannot tell, about "
        f"{seeds_to_tell(difference, conditions.least_gain)} might (--seeds)",
    }[verdict(answer, conditions)]
    sentences = [
        f"{words}: {_figure(difference.mean, difference.interval, conditions.unit)} over "
        f"{difference.seeds} seeds: {told}."
    ]
    for effect in answer.effects[:EFFECTS_SHOWN]:
        low, high = effect.interval
        what, of = ("stops a run", "") if effect.measure == "stops" else ("longest queue", " m")
        sentences.append(
            f"{'gains' if effect.difference < 0 else 'loses'}: {effect.junction_id}, "
            f"{effect.edge_id}: {what} {effect.before:.0f}{of} {effect.difference:+.0f}{of} "
            f"({low:+.0f} .. {high:+.0f})."
        )
    return sentences


def trial_line(trial: Trial, conditions: TuneConditions) -> str:
    """One test of a session in a line."""
    from signalctl.workflow.tune.one_second_text import in_words

    figure = _figure(trial.mean, trial.interval, conditions.unit)
    words = in_words(trial.change)
    return f"{trial.number}. {words}: {figure}, {trial.seeds} seeds: {_why(trial)}"


def show_tuned(tuned: Tuned, conditions: TuneConditions) -> None:
    """A session for people: what was accepted, why the rest was not, what is confirmed."""
    from signalctl.workflow.tune.one_second_text import in_words

    if tuned.accepted:
        table(
            ("accepted", conditions.unit, "95 % interval", "seeds"),
            [
                (in_words(t.change), f"{t.mean:+.2f}", _interval(t.interval), t.seeds)
                for t in tuned.accepted
            ],
        )
    else:
        say("No second was found that helps.")
    refused = sorted(
        (t for t in tuned.trials if t not in tuned.accepted), key=lambda t: (t.outcome, t.number)
    )
    if refused:
        table(
            ("refused", conditions.unit, "95 % interval", "seeds", "why"),
            [
                (in_words(t.change), f"{t.mean:+.2f}", _interval(t.interval), t.seeds, _why(t))
                for t in refused[:REFUSED_SHOWN]
            ],
        )
    if len(refused) > REFUSED_SHOWN:
        say(f"{len(refused) - REFUSED_SHOWN} more tests refused, all of them with --json.")
    rules = [each.rule or "no room" for each in tuned.refused]
    if rules:
        told = ", ".join(f"{rules.count(rule)} {rule}" for rule in dict.fromkeys(rules))
        say(f"forbidden by the rules: {len(rules)} moves ({told}); --json names second and reason")
    say(f"{len(tuned.trials)} tests; {tuned.ended}; {tuned.untried} moves untried.")
    for sentence in _confirmed(tuned, conditions):
        say(sentence)


def _confirmed(tuned: Tuned, conditions: TuneConditions) -> list[str]:
    found = tuned.confirmation
    if found is None:
        return ["Not confirmed on fresh seeds."] if tuned.accepted else []
    told = f"All together, on {len(found.seeds)} fresh seeds: {found.given:.2f} to "
    told += f"{found.tuned:.2f} {conditions.unit}, "
    told += _figure(found.difference.mean, found.difference.interval, "")
    if found.harm is not None:
        return [told + ".", f"But {found.harm}: the given plans stand."]
    if found.refutes:
        return [told + ".", "The gain does not hold on fresh seeds: the given plans stand."]
    return [told + (": it helps." if found.holds else "; these seeds alone cannot prove it.")]


def _why(trial: Trial) -> str:
    if trial.outcome.value in ("accepted", "harms"):
        return trial.outcome.value
    return f"{trial.outcome}: {trial.why}"


def _figure(mean: float, interval: tuple[float, float] | None, unit: str) -> str:
    return f"{mean:+.2f}{' ' if unit else ''}{unit} (95 % {_interval(interval)})"


def _interval(interval: tuple[float, float] | None) -> str:
    return "open" if interval is None else f"{interval[0]:+.2f} .. {interval[1]:+.2f}"
