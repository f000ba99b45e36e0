"""People who took the flagship, for tests of what comes after."""

from __future__ import annotations

from collections.abc import Sequence

from psychometrics.web.store import Store

FLAGSHIP = "skill-rust-backend"
TASKS = ("j_task1", "j_task2", "m_task1", "m_task2", "s_task1", "s_task2")


def take(store: Store, person: str, *, tasks: Sequence[str] = TASKS, code: int = 2, **options: object) -> str:
    """Let a person answer every item and some tasks, and finish; return the sitting."""
    instrument = store.instruments()[0] if store.instruments() else store.add_instrument(FLAGSHIP)
    made = store.invite(person, instrument.name, **options)  # type: ignore[arg-type]
    answers: dict[str, int | str] = {item.id: code for item in instrument.items}
    answers |= {task: f"words of {person} on {task}" for task in tasks}
    store.save_answers(made.sitting_id, answers, seconds=dict.fromkeys(answers, 4.0))
    store.finish(made.sitting_id)
    return made.sitting_id


def rate_all(store: Store, levels: Sequence[int] = (2,)) -> int:
    """Let every rater rate all that is assigned, with levels that take turns by rater; return how many."""
    done = 0
    for position, rater_id in enumerate(store.raters()):
        for one in store.tasks_for(rater_id):
            if one.finished is None:
                task = store.task(one.id, rater_id)
                level = levels[position % len(levels)]
                store.save_ratings(
                    one.id, rater_id, {c.criterion_id: level for c in task.criteria}, seconds=30
                )
                done += 1
    return done
