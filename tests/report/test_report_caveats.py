"""What could make the answer wrong: each doubt where it is due, and not elsewhere."""

from __future__ import annotations

from studies import LINEAR, curve, lost, study

from lehr.choose.decision import Expected, Gain, StudyRecord
from lehr.report.build import build


def titles(record: StudyRecord) -> dict[str, bool]:
    """Doubt -> whether it is a warning."""
    return {caveat.title: caveat.warning for caveat in build(record).caveats}


def test_a_plain_study_has_the_doubts_that_every_study_has() -> None:
    """Horizon, seed, threads and what a search misses are always said, warnings come first."""
    found = titles(study())
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert set(found) == {
        "Seen on the way",
        "Known from 3 seeds",
        "The runner-up is within the noise",
        "A search of this size misses 1.2% on average",
        "Chosen for 2,000 steps",
        "The search used one seed (0)",
        "Trained with 1 thread a run",
    }


def test_a_peak_at_the_edge_is_a_warning() -> None:
    """Nothing was tried beyond the chosen peak lr: a better one may lie there."""
    report = build(study(peak_lr=6.4))
    edge = next(c for c in report.caveats if "edge" in c.title)
    assert edge.warning
    assert "6.4 is the highest of 8 peak lrs tried" in edge.text
    lowest = build(study(peak_lr=0.1 * 4**-3))
    assert any("is the lowest of 8" in caveat.text for caveat in lowest.caveats)


def test_an_edge_of_the_schedules_own_range_is_a_note() -> None:
    """Other schedules were tried beyond, this one was not."""
    found = titles(_chosen_rex())
    assert found["The peak lr is at the edge of what was tried with this schedule"] is False


def _chosen_rex() -> StudyRecord:
    record = study()
    rival = record.decision.runner_up
    assert rival is not None
    return study(plan=rival.plan, schedule=rival.schedule, runner_up=None)


def test_a_cliff_near_the_choice_is_a_warning() -> None:
    """A run within a factor two of the chosen peak diverged."""
    fallen = curve(LINEAR, 0.15, 0, 200, "race lr").model_copy(update={"diverged": True})
    record = study()
    near = record.model_copy(update={"curves": [*record.curves, fallen]})
    caveat = next(c for c in build(near).caveats if c.title == "Divergence is near")
    assert caveat.warning
    assert "A run at 0.15, 1.5 times the chosen peak lr, diverged." in caveat.text
    far = fallen.model_copy(update={"peak_lr": 0.21})
    assert "Divergence is near" not in titles(
        record.model_copy(update={"curves": [*record.curves, far]})
    )


def test_a_choice_that_diverged_is_a_warning() -> None:
    """A seed of the choice itself was lost."""
    record = study()
    fallen = curve(LINEAR, 0.1, 1004, 2000, "confirm").model_copy(update={"diverged": True})
    fallen_once = record.model_copy(update={"curves": [*record.curves, fallen]})
    caveat = next(c for c in build(fallen_once).caveats if c.title == "The choice itself diverged")
    assert caveat.text.startswith("1 of its 5 runs diverged")


def test_what_was_not_confirmed_is_a_warning() -> None:
    """Without fresh seeds a rank may be luck."""
    searched = [run for run in study().decision.runs if run.stage != "confirm"]
    bare = build(study(expected=None, runs=searched)).caveats
    assert "not trained on fresh seeds" in next(c.text for c in bare if c.title == "Not confirmed")
    gone = build(study(expected=None, runs=lost(LINEAR, 1001, 1002, 1003))).caveats
    told = next(c for c in gone if c.title == "Not confirmed")
    assert told.warning
    assert told.text.startswith("Of 3 fresh seeds the choice diverged on all")
    many = Expected(mean=0.1, low=0.09, high=0.11, seeds=12)
    assert not any(title.startswith("Known from") for title in titles(study(expected=many)))


def test_a_baseline_within_the_noise_is_a_warning() -> None:
    """An interval that spans zero is said, one that does not is not."""
    assert titles(study("indistinguishable"))["The baseline is within the noise"]
    sure = Gain(mean=0.05, low=0.04, high=0.06, unit="relative", pairs=9)
    found = titles(study(gain_over_runner_up=sure))
    assert not any("noise" in title for title in found)


def test_schedules_that_were_dropped_early_are_named() -> None:
    """A schedule that never was trained to the end might have turned around."""
    record = study()
    step = 'warmup("5%") >> constant()'
    dropped = curve(LINEAR, 0.1, 0, 700, "race shape").model_copy(
        update={"plan": {"lr": step}, "schedule": step}
    )
    more = record.model_copy(update={"curves": [*record.curves, dropped]})
    caveat = next(c for c in build(more).caveats if "dropped" in c.title)
    assert caveat.title == "1 schedule dropped before the end"
    assert caveat.text.startswith(step)
