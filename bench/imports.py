"""Importing many checks from elsewhere: time, peak memory, resuming, and asking afterwards.

    python -m bench.imports [--records 100000] [--folder FOLDER] [--only-asking]

Makes a Data Commons DataFeed of so many records (two fifths about health, the rest politics, other languages and
broken ones), imports it with `hoiro import-claimreview` into an empty data folder, imports it again, and once more
with a kill in the middle. Then asks, in a process that has just begun, beside 1,000 and beside as many checks as
there were records. Those are written straight into the database with vectors made by chance, as embedding takes
15 ms each: that is measured on 2,000.
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


def health_claim(number: int) -> str:
    """One that nobody made."""
    chance = random.Random(-number)
    return f"{chance.choice(THINGS)} {chance.choice(DOES)} {chance.choice(ILLNESSES)} {chance.choice(WHO)}, {number}"


def record(number: int) -> Any:
    """One element of the feed, as the Fact Check Markup Tool writes them."""
    chance = random.Random(number)
    kind = number % 20
    if kind == 19:
        return chance.choice(
            [None, 17, {"@type": "DataFeedItem", "item": None}, {"@type": "DataFeedItem", "item": [{}]}]
        )
    if kind < 8:
        claim = health_claim(number)
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
    options.add_argument("--only-asking", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = chosen.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        if chosen.only_asking:
            beside(folder, chosen.records)
            return
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
        beside(folder, chosen.records)


def beside(folder: Path, most: int) -> None:
    """What a question costs beside few and many checks; each count in a folder and a process of its own."""
    for number in (1_000, most):
        data = str(folder / f"checks-{number}")
        for step in ("fill", "ask"):
            subprocess.run(
                [sys.executable, "-c", f"from bench import imports; imports.{step}({number})"],
                env={**os.environ, "HOIRO_DATA": data, "OMP_NUM_THREADS": "1"},
                check=True,
            )


def fill(number: int) -> None:
    """Write so many checks into an empty database, with vectors made by chance."""
    start_django()
    import numpy as np
    from django.core.management import call_command
    from django.db import transaction

    from hoiro.claims.library import load
    from hoiro.claims.models import ImportedReview, IndexVersion, Publisher

    call_command("migrate", verbosity=0)
    load()
    chance = np.random.default_rng(1)
    publisher = Publisher.objects.create(site="check.example", name="Checkers")
    with transaction.atomic():
        version = IndexVersion.bump()
        for start in range(0, number, 1_000):
            ImportedReview.objects.bulk_create(
                ImportedReview(
                    publisher=publisher,
                    identity=f"{each:064}",
                    url=f"https://check.example/{each}",
                    claim=health_claim(each),
                    rating_text="False",
                    vector=chance.integers(-20, 21, 384).astype(np.int8).tobytes(),
                    changed_in=version,
                )
                for each in range(start, min(start + 1_000, number))
            )


def start_django() -> None:
    """As `manage.py` does."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hoiro.settings")
    import django

    django.setup()


def ask(number: int) -> None:
    """How long a question takes beside so many checks of others, and what they weigh in memory."""
    start_django()
    from hoiro.claims import match, match_elsewhere

    match.warm()
    match.match("Does garlic cure cancer?")
    before, began, clock = _memory(), time.process_time(), time.monotonic()
    match_elsewhere.elsewhere("uống nước tỏi có khỏi covid không")
    spent, waited, weight = time.process_time() - began, time.monotonic() - clock, _memory() - before
    print(
        f"{number:,} checks: folded in with {spent:.2f} s of processor time ({waited:.1f} s by the clock), "
        f"{weight:.1f} MB, {weight * 1e6 / number:.0f} bytes each with what does not grow"
    )
    questions = [f"Does {thing} cure {illness}?" for thing in THINGS[:10] for illness in ILLNESSES[:5]]
    took: dict[str, list[float]] = {"own": [], "elsewhere, after it": []}
    for question in questions:
        for name, ask_one in (("own", match.match), ("elsewhere, after it", match_elsewhere.elsewhere)):
            began = time.process_time()
            ask_one(question)
            took[name].append(time.process_time() - began)
    for name, seconds in took.items():
        middle = sorted(seconds)[len(seconds) // 2]
        print(f"    {name}: median {middle * 1e3:.1f} ms, most {max(seconds) * 1e3:.1f} ms of processor time")
    if number > EMBEDDED:
        claims = [health_claim(each) for each in range(EMBEDDED)]
        began = time.process_time()
        match_elsewhere.meanings(claims)
        spent = (time.process_time() - began) / EMBEDDED
        print(f"    embedding: {spent * 1e3:.1f} ms each, so {spent * number / 60:.0f} minutes for all ({EMBEDDED:,})")


EMBEDDED = 2_000


def _memory() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    main()
