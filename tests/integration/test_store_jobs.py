"""Jobs on the disk: what a service that starts finds, and how lists are narrowed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

from signalctl.store.database import Database
from signalctl.store.jobs import MOST_ATTEMPTS, Jobs, JobState, Wanted

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def _order(plan: str | None) -> dict[str, object]:
    return {"plan": plan, "options": {}}


def test_a_job_that_ends_with_the_service_too_often_says_so(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path}/jobs.db") as database:
        jobs = Jobs(database)
        jobs.create(id="one", kind="simulate", order=_order(None), actor="li", at=AT)
        for attempt in range(1, MOST_ATTEMPTS + 1):
            begun = jobs.begin_next(AT)
            assert begun is not None
            assert begun.attempts == attempt
            (found,) = jobs.recover(AT + timedelta(minutes=attempt))
        assert found.state is JobState.INTERRUPTED
        assert found.error is not None
        assert str(MOST_ATTEMPTS) in found.error["message"]
        assert found.error["remedy"].endswith("again.")
        assert jobs.begin_next(AT) is None


def test_lists_are_narrowed_and_carry_no_results(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path}/jobs.db") as database:
        jobs = Jobs(database)
        for number, (kind, plan, actor) in enumerate(
            [("simulate", "p", "li"), ("compare", "p", "wang"), ("simulate", None, "li")]
        ):
            jobs.create(id=f"{number}", kind=kind, order=_order(plan), actor=actor, at=AT)
        jobs.begin_next(AT)
        jobs.end("0", JobState.DONE, at=AT, actor="li", result={"large": True})

        def found(**wanted: str) -> list[str]:
            return [each.id for each in jobs.page(wanted=Wanted(**wanted))]  # type: ignore[arg-type]  # states by value

        assert found() == ["2", "1", "0"]
        assert found(plan="p") == ["1", "0"]
        assert found(plan="p", actor="li") == ["0"]
        assert found(kind="simulate") == ["2", "0"]
        assert [each.id for each in jobs.page(wanted=Wanted(state=JobState.DONE))] == ["0"]
        assert jobs.page(before=2)[0].result is None
        assert jobs.read("0").result == {"large": True}


def test_jobs_from_before_are_found_by_their_plan(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/jobs.db"
    with Database(url) as database:
        Jobs(database).create(id="old", kind="try", order=_order("p"), actor="li", at=AT)
    engine = create_engine(url)
    with engine.begin() as connection:
        # As the third version of the schema had it.
        connection.execute(text("DROP INDEX signalctl_job_by_plan"))
        connection.execute(text("ALTER TABLE signalctl_job DROP COLUMN plan_id"))
        connection.execute(text("DELETE FROM signalctl_schema WHERE version > 3"))
    engine.dispose()
    with Database(url) as database:
        assert [each.id for each in Jobs(database).page(wanted=Wanted(plan="p"))] == ["old"]
