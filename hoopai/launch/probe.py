"""A task and its sender that prove the way through a broker; loaded only by the smoke run.

`python -m hoopai.launch.probe` sends one task to each queue and exits with 0 once a worker has answered all of them.
"""

import sys
import time

import django

from hoopai.launch.programs import QUEUES
from hoopai.launch.steps import note

PATIENCE = 60.0  # seconds for all answers


def main() -> int:
    from django.core.cache import cache

    from core import scope
    from core.ids import new_id

    keys = {f"probe-{queue}-{new_id()}": queue for queue in QUEUES.split(",")}
    with scope.fresh(location_id="probe"):
        for key, queue in keys.items():
            answer.apply_async([key], queue=queue)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answers = cache.get_many(keys)
        if len(answers) == len(keys):
            wrong = {queue for key, queue in keys.items() if answers[key] != "probe"}
            note(f"  {len(keys)} tasks answered" + (f", without their scope: {', '.join(wrong)}" if wrong else ""))
            return 1 if wrong else 0
        time.sleep(0.1)
    note(f"  no answer within {PATIENCE:.0f} s from: {', '.join(set(keys.values()))}")
    return 1


django.setup()

from core import tasks  # noqa: E402  (tasks need the app registry)
from hoopai import celery  # noqa: E402, F401  (the app to send with)


@tasks.task(name="hoopai.launch.probe.answer")
def answer(key: str) -> None:
    """Leave the location of the scope this ran in where the sender looks for it."""
    from django.core.cache import cache

    from core import scope

    cache.set(key, scope.current().location_id, 120)


if __name__ == "__main__":
    sys.exit(main())
