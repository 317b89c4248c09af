"""A desk with a past: an answer that was changed, one that was withdrawn, a dispute, and files of open data."""

import os
import subprocess
import sys
from pathlib import Path

CHANGED, WITHDRAWN = "banana-hair", "onion-flu"
_HAPPENED = f"""
import datetime
from django.utils import timezone
from hoiro.claims.models import Claim, ClaimReview, Evidence, ReviewText, User
from hoiro.claims.people import create_demo_cast
from hoiro.claims.publish import publish, withdraw
create_demo_cast(password="một câu đủ dài")
lan, minh = (User.objects.get(username=name) for name in ("lan", "minh"))
today = timezone.localdate()
def say(claim, rating, words, reason=""):
    review = ClaimReview.objects.create(
        claim=claim, version=claim.reviews.count() + 1, rating=rating, as_of=today, reason=reason,
        review_by=today + datetime.timedelta(days=365), author=lan, reviewer=minh,
    )
    for language, (wording, answer) in words.items():
        ReviewText.objects.create(review=review, language=language, claim_wording=wording, short_answer=answer)
    Evidence.objects.create(
        review=review, publisher="Bộ Y tế", title="Hỏi đáp", url="https://example.org/", direction="refutes",
    )
    publish(review=review)
banana = Claim.objects.create(
    key="{CHANGED}", topic="food", language="vi", wording="Ăn chuối làm mọc tóc.", opened=today
)
words = ("Ăn chuối làm mọc tóc.", "Eating bananas makes hair grow.")
say(banana, "false", dict(vi=(words[0], "Không. Chuối không làm mọc tóc."), en=(words[1], "No. Bananas do not.")))
say(
    banana, "unproven",
    dict(vi=(words[0], "Chưa rõ. Mới có một nghiên cứu nhỏ."), en=(words[1], "Not known. There is one small study.")),
    reason="2026",
)
onion = Claim.objects.create(
    key="{WITHDRAWN}", topic="food", language="vi", wording="Để hành tây trong phòng hút hết cúm.", opened=today
)
say(
    onion, "false",
    dict(vi=("Để hành tây trong phòng hút hết cúm.", "Không."), en=("An onion in the room draws out flu.", "No.")),
)
withdraw(claim=onion, reason="2026", by=minh)
"""


def happen(data: Path, repository: Path) -> None:
    """Write it beside a server that runs on this folder."""
    environment = {**os.environ, "HOIRO_DATA": str(data)}
    environment.pop("DATABASE_URL", None)
    for command in (["shell", "-c", _HAPPENED], ["opendata"]):
        subprocess.run(
            [sys.executable, "-m", "hoiro.cli", "manage", *command],
            cwd=repository,
            env=environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )
