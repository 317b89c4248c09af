"""What the desk's pages cost with 100,000 requests: `python -m bench.desk` prints queries and milliseconds.

A scratch SQLite database of made-up rows; the engine is left out, so all the time is the database's and Django's:
processor time of this one process, which holds SQLite too, so that a busy machine measures the same.
"""

import datetime
import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CLAIMS = 15_000
REQUESTS = 100_000
ROUNDS = 9


def main() -> None:
    """Fill, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"HOIRO_DATA": folder, "DJANGO_SETTINGS_MODULE": "hoiro.settings"}
        os.environ.pop("DATABASE_URL", None)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        began = time.perf_counter()
        _fill()
        size = Path(folder, "hoiro.sqlite3").stat().st_size / 2**20
        print(
            f"{CLAIMS:,} claims, {REQUESTS:,} requests, {size:.0f} MiB, made in {time.perf_counter() - began:.0f} s\n"
        )
        _measure()


def _fill() -> None:
    """A tenth of the claims is published, some of that expired; every claim has requests, few have many."""
    from django.utils import timezone

    from hoiro.claims import guards
    from hoiro.claims.models import (
        Claim,
        ClaimReview,
        Danger,
        Decision,
        Match,
        Phrasing,
        Request,
        ReviewText,
        State,
        Status,
        User,
    )

    dice = random.Random(4)  # the same rows every time
    guards.remove()  # rows are born published here, which it refuses
    today = timezone.localdate()
    lan = User.objects.create_user("lan", "một câu đủ dài", name="Lan")
    minh = User.objects.create_user("minh", "một câu đủ dài", name="Minh", role="reviewer")

    def ago(most: int) -> datetime.date:
        return today - datetime.timedelta(days=dice.randrange(most))

    def words(count: int) -> str:
        return " ".join(
            dice.choices("uống lá đu đủ tỏi gừng có chữa được ung thư tiểu đường không bé sốt".split(), k=count)
        )

    claims = Claim.objects.bulk_create(
        [
            Claim(
                key=f"claim-{number}",
                topic=dice.choice(["", "food", "covid", "cancer", "dengue"]),
                danger=dice.choice(Danger.values),
                language=dice.choice(["vi", "vi", "vi", "en"]),
                wording=words(14),
                opened=ago(400),
                status=Status.PUBLISHED if number % 10 == 0 else Status.DECLINED if number % 10 == 1 else Status.OPEN,
                declined_why="opinion" if number % 10 == 1 else "",
                taken_by=lan if number % 700 == 2 else None,
                askers=int(dice.paretovariate(1)),
            )
            for number in range(CLAIMS)
        ],
        batch_size=2000,
    )
    Phrasing.objects.bulk_create(
        (Phrasing(claim=claim, language="vi", text=words(12)) for claim in claims for _ in range(3)), batch_size=2000
    )
    published = [claim for claim in claims if claim.status == Status.PUBLISHED]
    open_ = [claim for claim in claims if claim.status == Status.OPEN]
    reviews = ClaimReview.objects.bulk_create(
        [
            *(
                ClaimReview(claim=claim, version=1, state=State.PUBLISHED, rating="false", author=lan, reviewer=minh,
                            as_of=today - datetime.timedelta(days=500),
                            published_at=timezone.now() - datetime.timedelta(days=dice.randrange(400)),
                            review_by=today + datetime.timedelta(days=dice.randrange(-60, 400)))
                for claim in published
            ),
            *(
                ClaimReview(claim=claim, version=1, author=lan, state=dice.choice(["draft", "submitted", "returned"]))
                for claim in open_[::50]
            ),
        ],
        batch_size=2000,
    )  # fmt: skip
    ReviewText.objects.bulk_create(
        (
            ReviewText(review=review, language="vi", claim_wording=words(12), short_answer=words(60))
            for review in reviews[: len(published)]
        ),
        batch_size=2000,
    )
    waits_on = [open_[min(len(open_) - 1, int(dice.paretovariate(0.7)))] for _ in range(REQUESTS // 2)]
    waits_on += dice.choices(open_, k=REQUESTS // 4)
    # In the order of their days, as they come.
    days = sorted(ago(365) for _ in range(REQUESTS))
    asked: list[Claim | None] = [*waits_on, *(None for _ in range(REQUESTS - len(waits_on)))]
    dice.shuffle(asked)
    requests = Request.objects.bulk_create(
        [
            Request(
                text=words(20),
                language="vi",
                channel="web",
                day=day,
                decision=Decision.UNKNOWN if claim else dice.choice(["answer", "suggest"]),
                claim=claim,
            )
            for day, claim in zip(days, asked, strict=True)
        ],
        batch_size=2000,
    )
    matches = []
    for request in requests:
        judged = dice.random() < 0.1
        accepted = (dice.random() < 0.8) if judged else None
        matches.append(
            Match(
                request=request,
                claim=request.claim or dice.choice(published),
                probability=dice.uniform(0.965, 1) if request.decision == "answer" else dice.uniform(0.08, 0.965),
                decided_by="checker" if judged else "engine",
                accepted=accepted,
            )
        )
    Match.objects.bulk_create(matches, batch_size=2000)
    guards.install()


def _measure() -> None:
    """Each page: how many queries, and the middle of several rounds in milliseconds."""
    from django.db import connection
    from django.db.models import Count
    from django.test.utils import CaptureQueriesContext

    from hoiro.claims import match
    from hoiro.claims.models import Claim, User
    from hoiro.claims.numbers import numbers, people, public_numbers
    from hoiro.claims.queue import SHOWS, QueueFilter, claim_page, queue, undecided

    match.near = match.saying = lambda *_arguments, **_named: ()
    lan = User.objects.get(username="lan")
    busiest = Claim.objects.annotate(asked=Count("requests")).order_by("-asked")[0].key
    pages: dict[str, Callable[[], Any]] = {
        **{f"queue, {show}": lambda show=show: queue(QueueFilter(show=show), lan) for show in SHOWS},
        "queue, of a topic": lambda: queue(QueueFilter(topic="food", danger="high"), lan),
        "queue, in a language": lambda: queue(QueueFilter(language="en"), lan),
        "queue, page 300": lambda: queue(QueueFilter(page=300), lan),
        "queue, words": lambda: queue(QueueFilter(words="gừng ung thư"), lan),
        "claim": lambda: claim_page(busiest, lan),
        "claim, page 99": lambda: claim_page(busiest, lan, page=99),
        "matches": lambda: undecided(30),
        "matches, answered": lambda: undecided(30, answered=True),
        "numbers": lambda: numbers(),
        "how we check, once in ten minutes": lambda: public_numbers(),
        "how we check, each time": lambda: people(),
    }
    print("| page | queries | ms |\n|---|---|---|")
    for name, page in pages.items():
        page()
        took = []
        for _ in range(ROUNDS):
            began = time.process_time()
            page()
            took.append(time.process_time() - began)
        with CaptureQueriesContext(connection) as queries:
            page()
        print(f"| {name} | {len(queries)} | {sorted(took)[ROUNDS // 2] * 1000:.1f} |")


if __name__ == "__main__":
    main()
