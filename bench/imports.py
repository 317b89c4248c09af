"""Importing many checks from elsewhere: time, peak memory, resuming, and asking afterwards.

    python -m bench.imports [--records 100000] [--folder FOLDER]

Makes a Data Commons DataFeed of so many records (two fifths about health, the rest politics, other languages and
broken ones), imports it with `hoiro import-claimreview` into an empty data folder, imports it again, and once more
with a kill in the middle. Then gives every check a vector made by chance, as embedding takes 15 ms each, and asks.
"""

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

THINGS = (
    "garlic water|honey|lemon juice|vitamin C|aspirin|green tea|turmeric|bleach|ivermectin|zinc|ginger tea|salt water|"
    "coconut oil|the flu vaccine|the MMR vaccine|antibiotics|fish oil|raw onion|papaya leaf juice|paracetamol"
).split("|")
DOES = "cures|prevents|causes|worsens|spreads|treats|protects children from|raises the risk of".split("|")
ILLNESSES = (
    "COVID-19|cancer|diabetes|dengue fever|measles|stroke|high blood pressure|asthma|autism|hepatitis B|gout|"
    "infertility|kidney stones|heart disease|malaria|tuberculosis|migraine|arthritis|influenza|HIV"
).split("|")
WHO = "in adults over 60|in children|in pregnant women|within two weeks|if taken daily|according to a new study".split(
    "|"
)
POLITICS = "The president|The minister|The opposition|A senator|The governor|The city council".split("|")
DID = (
    "raised taxes on fuel|lost the election|built a stadium|cut the army's budget|met the king|sold the airport".split(
        "|"
    )
)


def record(number: int) -> Any:
    """One element of the feed, as the Fact Check Markup Tool writes them."""
    chance = random.Random(number)
    kind = number % 20
    if kind == 19:
        return chance.choice(
            [None, 17, {"@type": "DataFeedItem", "item": None}, {"@type": "DataFeedItem", "item": [{}]}]
        )
    if kind < 8:
        claim = (
            f"{chance.choice(THINGS)} {chance.choice(DOES)} {chance.choice(ILLNESSES)} {chance.choice(WHO)}, {number}"
        )
    elif kind < 16:
        claim = f"{chance.choice(POLITICS)} {chance.choice(DID)} in {1990 + number % 35}"
    else:
        claim = f"Las vacunas contienen microchips, dice el mensaje {number}"
    review: dict[str, Any] = {
        "@context": "http://schema.org",
        "@type": "ClaimReview",
        "author": {
            "@type": "Organization",
            "name": f"Checkers {number % 150}",
            "url": f"https://check{number % 150}.example/",
        },
        "claimReviewed": claim,
        "datePublished": f"20{10 + number % 16}-0{1 + number % 9}-1{number % 10}",
        "inLanguage": "es" if kind >= 16 else "en",
        "itemReviewed": {
            "@type": "Claim",
            "author": {"@type": "Person", "name": "Somebody", "jobTitle": "On social media"},
            "appearance": [{"@type": "CreativeWork", "url": f"https://social.example/{number}"}],
        },
        "reviewRating": {
            "@type": "Rating",
            "alternateName": "False",
            "ratingValue": "1",
            "bestRating": "5",
            "worstRating": "1",
        },
        "sdPublisher": {"@type": "Organization", "name": "Google Fact Check Tools"},
        "url": f"https://check{number % 150}.example/fact-check/{number}",
    }
    if kind == 15:
        review.pop(("claimReviewed", "reviewRating", "url")[number // 20 % 3])
    return {"@type": "DataFeedItem", "dateCreated": "2026-01-01T00:00:00Z", "item": [review], "url": review.get("url")}


def feed(records: int) -> Iterator[str]:
    """The file, a piece at a time."""
    yield '{"@context": "http://schema.org", "@type": "DataFeed", "dateModified": "2026-11-24", "dataFeedElement": ['
    for number in range(records):
        yield ("" if number == 0 else ", ") + json.dumps(record(number))
    yield "]}"


def run(data: Path, file: Path, *, kill_after: float | None = None) -> tuple[float, float, str, int]:
    """Seconds, peak MiB, what it printed last, and how it ended."""
    environment = {**os.environ, "HOIRO_DATA": str(data), "OMP_NUM_THREADS": "1"}
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "hoiro.cli", "import-claimreview", str(file)], stdout=out, env=environment
        )
        if kill_after:
            time.sleep(kill_after)
            os.kill(child.pid, signal.SIGKILL)
        _, status, used = os.wait4(child.pid, 0)
        out.seek(0)
        lines = out.read().splitlines()
    summary = next((n for n, line in enumerate(lines) if " records: " in line), len(lines))
    return time.monotonic() - began, used.ru_maxrss / 1024, "\n    ".join(lines[summary:]), status


def main() -> None:
    """Measure."""
    options = argparse.ArgumentParser()
    options.add_argument("--records", type=int, default=100_000)
    options.add_argument("--folder", type=Path)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = chosen.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"feed-{chosen.records}.json"
        with file.open("w", encoding="utf-8") as out:
            out.writelines(feed(chosen.records))
        empty = folder / "one.json"
        empty.write_text("".join(feed(1)), encoding="utf-8")
        print(f"{chosen.records:,} records, {file.stat().st_size / 1e6:.0f} MB")
        seconds, peak, _, _ = run(folder / "data", empty)
        print(f"one record, new folder: {seconds:.1f} s, peak {peak:.0f} MiB")
        for what in ("first", "again"):
            seconds, peak, said, _ = run(folder / "data", file)
            print(f"{what}: {seconds:.1f} s, peak {peak:.0f} MiB\n    {said}")
        run(folder / "killed", empty)
        _, _, _, status = run(folder / "killed", file, kill_after=max(4.0, chosen.records / 4_000))
        seconds, peak, said, _ = run(folder / "killed", file)
        print(f"killed ({status}), then: {seconds:.1f} s, peak {peak:.0f} MiB\n    {said}")
        os.environ["HOIRO_DATA"] = str(folder / "data")
        ask()


def ask() -> None:
    """How long a question takes beside that many checks of others, and what they weigh in memory."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hoiro.settings")
    import django

    django.setup()
    import numpy as np
    from django.db import transaction

    from hoiro.claims import match, match_elsewhere
    from hoiro.claims.models import ImportedReview, IndexVersion

    random_numbers = np.random.default_rng(1)
    with transaction.atomic():
        number = IndexVersion.bump()
        rows = list(ImportedReview.objects.only("pk"))
        for row in rows:
            vector = random_numbers.normal(size=384)
            row.vector = np.rint(vector / np.linalg.norm(vector) * 127).astype(np.int8).tobytes()
            row.changed_in = number
        ImportedReview.objects.bulk_update(rows, ["vector", "changed_in"], batch_size=1_000)
    match.warm()
    before = _memory()
    began = time.monotonic()
    match_elsewhere.elsewhere("uống nước tỏi có khỏi covid không")
    print(f"index of {len(rows):,}: {time.monotonic() - began:.2f} s, {_memory() - before:.0f} MiB")
    questions = [f"Does {thing} cure {illness}?" for thing in THINGS[:10] for illness in ILLNESSES[:5]]
    took: dict[str, list[float]] = {"own": [], "elsewhere": []}
    for question in questions:
        for name, ask in (("own", match.match), ("elsewhere", match_elsewhere.elsewhere)):
            began = time.monotonic()
            ask(question)
            took[name].append(time.monotonic() - began)
    for name, seconds in took.items():
        print(f"{name}: median {sorted(seconds)[len(seconds) // 2] * 1e3:.1f} ms, most {max(seconds) * 1e3:.1f} ms")


def _memory() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    main()
