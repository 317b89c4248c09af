"""What writing the open data costs: time and peak memory at so many claims, and the size of each file.

    python -m bench.opendata [--claims 100000] [--folder FOLDER]

A scratch SQLite database of made-up checks: every one with a text in Vietnamese, half in English too, three sources,
a fifth corrected once, one in fifty withdrawn, twice as many questions as claims. `hoiro manage opendata` writes it all
with a tenth of the claims, then with all of them, so that memory which grows with the desk would show.
"""

import argparse
import datetime
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = "uống lá đu đủ tỏi gừng có chữa được ung thư tiểu đường không bé sốt huyết áp nghiên cứu cho thấy nên".split()
AT_ONCE = 2_000


def main() -> None:
    """Fill, write, print."""
    options = argparse.ArgumentParser()
    options.add_argument("--claims", type=int, default=100_000)
    options.add_argument("--folder", type=Path)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = chosen.folder or Path(made)
        os.environ |= {
            "HOIRO_DATA": str(folder / "data"),
            "HOIRO_BASE_URL": "https://hoiro.example.org",
            "DJANGO_SETTINGS_MODULE": "hoiro.settings",
            "OMP_NUM_THREADS": "1",
        }
        os.environ.pop("DATABASE_URL", None)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        print("| claims | database MiB | seconds | of a processor | peak MiB |\n|---|---|---|---|---|")
        first = 0
        for claims in (chosen.claims // 10, chosen.claims):
            _fill(first, claims)
            first = claims
            size = (folder / "data" / "hoiro.sqlite3").stat().st_size / 2**20
            seconds, busy, peak, said = _write(folder / "opendata")
            print(f"| {claims:,} | {size:.0f} | {seconds:.1f} | {busy:.1f} | {peak:.0f} |", flush=True)
        print(f"\n{said}\n\n| file | MiB |\n|---|---|")
        for path in sorted((folder / "opendata").iterdir()):
            print(f"| {path.name} | {path.stat().st_size / 2**20:.1f} |")


def _write(folder: Path) -> tuple[float, float, float, str]:
    """Seconds by the clock and of a processor, peak MiB, and what it said."""
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "hoiro.cli", "manage", "opendata", str(folder)], stdout=out, stderr=out
        )
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.monotonic() - began
        out.seek(0)
        said = out.read().strip()
    if status:
        raise SystemExit(said)
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said


def _fill(first: int, last: int) -> None:
    """The claims with these numbers, and what belongs to them."""
    from django.utils import timezone

    from hoiro.claims import guards, log
    from hoiro.claims.models import (
        Claim,
        ClaimReview,
        Decision,
        Evidence,
        Match,
        Rating,
        Request,
        ReviewText,
        Role,
        State,
        Status,
        User,
    )

    dice = random.Random(first)  # the same rows every time
    guards.remove()  # rows are born published here, which it refuses
    lan = User.objects.filter(username="lan").first() or User.objects.create_user("lan", name="Lan")
    minh = User.objects.filter(username="minh").first() or User.objects.create_user(
        "minh", name="Minh", role=Role.REVIEWER, name_public=True
    )
    today, now = timezone.localdate(), timezone.now()

    def words(count: int) -> str:
        return " ".join(dice.choices(WORDS, k=count)).capitalize() + "."

    for start in range(first, last, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, last))
        claims = Claim.objects.bulk_create(
            Claim(
                key=f"claim-{number}", topic=dice.choice(["food", "covid", "cancer", "dengue"]), language="vi",
                wording=words(14), opened=today, danger=dice.choice(["none", "low", "high"]),
                status=Status.OPEN if number % 50 == 0 else Status.PUBLISHED,
            )
            for number in numbers
        )  # fmt: skip
        reviews = []
        for number, claim in zip(numbers, claims, strict=True):
            moment = now - datetime.timedelta(minutes=last - number)
            for version in (1, 2) if number % 5 == 0 else (1,):
                newest = version == 2 or number % 5
                withdrawn = newest and number % 50 == 0
                reviews.append(
                    ClaimReview(
                        claim=claim, version=version, rating=dice.choice(Rating.values), author=lan, reviewer=minh,
                        as_of=today, review_by=today + datetime.timedelta(days=365), published_at=moment,
                        state=State.WITHDRAWN if withdrawn else State.PUBLISHED if newest else State.SUPERSEDED,
                        withdrawn_at=now if withdrawn else None, reason=words(12) if version == 2 else "",
                        changes_meaning=version == 2,
                    )
                )  # fmt: skip
        reviews = ClaimReview.objects.bulk_create(reviews)
        for review in reviews:
            if review.state == State.WITHDRAWN:
                log.record("withdrawn", by=minh, claim=review.claim, version=review.version, reason=words(15))
        ReviewText.objects.bulk_create(
            ReviewText(
                review=review, language=language, claim_wording=words(14), short_answer=words(50),
                explanation="\n\n".join(words(60) for _ in range(3)), instead=words(25),
            )
            for review in reviews
            for language in (("vi", "en") if review.claim_id % 2 else ("vi",))
        )  # fmt: skip
        Evidence.objects.bulk_create(
            Evidence(
                review=review, publisher="Bộ Y tế", title=words(12), url=f"https://example.org/{review.pk}/{number}",
                published_on=today, quotation=words(40), direction="refutes", note=words(8),
            )
            for review in reviews
            for number in range(3)
        )  # fmt: skip
        requests = Request.objects.bulk_create(
            Request(
                text=words(20), language="vi", channel="web", decision=Decision.ANSWER, follow_hash=None,
                day=today - datetime.timedelta(days=dice.randrange(7, 400)),
            )
            for _ in range(2 * len(claims))
        )  # fmt: skip
        # Few claims are asked about often, most hardly ever.
        asked = [claims[min(len(claims) - 1, int(dice.paretovariate(0.5)))] for _ in requests]
        Match.objects.bulk_create(
            Match(request=request, claim=claim, probability=0.98)
            for request, claim in zip(requests, asked, strict=True)
        )
    guards.install()


if __name__ == "__main__":
    main()
