"""What people would be shown of checks by others: how often one that fits, how often one that does not.

    python -m bench.elsewhere [--checks 4000] [--most 150] [--folder FOLDER] [--list]

Reads ../shared (see bench/run.py). Takes in so many English claims of the evaluation sets as checks, with every one
that a dev question of CheckThat! is about, and the starter library's claims as an English and a Vietnamese publisher
might word them. Then asks, for a row of thresholds: dev questions of CheckThat!; questions about the library's claims,
once with the English checks alone; its near misses; and questions that nothing answers. Of near misses and unknown
questions every check shown counts as unfitting, which is too strict: a few do fit. `--list` prints them to judge. The
engine learned from many of these questions, beside other entries: where to draw the line shows, how well it does not.
A folder that was filled before is used as it is; filling one takes 15 ms a check.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.imports import start_django
from bench.run import SHARED
from hoiro.matching.evaluate import read_lines

THRESHOLDS = (0.08, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
TWEETS = ("checkthat2020-en", "checkthat2021-2a-en")
TAKEN = 0.4
"""So many of the claims are about health; the others are not taken in."""
MOST = 3


@dataclass(frozen=True)
class Question:
    """What is asked, and the words of the checks that fit it."""

    kind: str
    text: str
    fits: frozenset[str]


def check(claim: str, site: str, key: str, language: str = "en") -> dict[str, Any]:
    """A claim as a check by others; the rating is made up."""
    return {
        "@type": "ClaimReview",
        "url": f"https://{site}.example/{key}",
        "claimReviewed": claim,
        "inLanguage": language,
        "author": {"@type": "Organization", "name": site},
        "reviewRating": {"@type": "Rating", "alternateName": "Not so"},
    }


def tweets() -> Iterator[tuple[str, str, set[str]]]:
    """Dev tweets: set, text, and the claims they are about."""
    for name in TWEETS:
        folder = SHARED / "eval" / name
        claims = {row["id"]: row["claim"] for row in read_lines(folder / "corpus.jsonl")}
        split = dict(line.split("\t") for line in (folder / "split.tsv").read_text().splitlines()[1:])
        about: dict[str, set[str]] = {}
        for line in (folder / "qrels.tsv").read_text().splitlines()[1:]:
            query, claim, _ = line.split("\t")
            about.setdefault(query, set()).add(claims[claim])
        for row in read_lines(folder / "queries.jsonl"):
            if split[row["id"]] == "dev":
                yield name, row["text"], about.get(row["id"], set())


def corpus(number: int) -> Iterator[dict[str, Any]]:
    """Every check, the two publishers of the library's claims last."""
    wanted = {words(claim) for _, _, claims in tweets() for claim in claims}
    rows = list(read_lines(SHARED / "eval/claims-corpus-en/corpus.jsonl"))
    chosen = {row["id"] for row in random.Random(1).sample(rows, min(len(rows), int(number / TAKEN)))}
    for row in rows:
        if row["id"] in chosen or words(row["claim"]) in wanted:
            yield check(row["claim"], row["source"], row["id"])
    for row in read_lines(SHARED / "content/claims.jsonl"):
        yield check(row["claim_en"], "english", row["id"])
        yield check(row["claim_vi"], "viet", row["id"], "vi")


def questions(most: int, known: set[str]) -> Iterator[Question]:
    """At most so many of a kind; of tweets those about a check that was taken in."""
    claims = {
        row["id"]: frozenset({words(row["claim_en"]), words(row["claim_vi"])})
        for row in read_lines(SHARED / "content/claims.jsonl")
    }
    every = [
        Question(name, text, frozenset(words(claim) for claim in about))
        for name, text, about in tweets()
        if any(words(claim) in known for claim in about)
    ]
    for row in read_lines(SHARED / "content/claims.jsonl"):
        for language in ("vi", "en"):
            asked = row[f"questions_{language}"]
            every += [Question(f"library, {language}", text, claims[row["id"]]) for text in asked]
    for row in read_lines(SHARED / "content/contrast.jsonl"):
        if row["kind"] == "question":
            every.append(Question(f"library, hard, {row['lang']}", row["text"], claims[row["id"]]))
        else:
            fits = claims.get(row["answered_by"] or "", frozenset())
            every.append(Question(f"near miss, {row['lang']}", row["text"], fits))
    every += [
        Question(f"unknown, {row['lang']}", row["text"], frozenset())
        for row in read_lines(SHARED / "content/unknown.jsonl")
    ]
    random.Random(2).shuffle(every)
    for kind in sorted({each.kind for each in every}):
        yield from [each for each in every if each.kind == kind][:most]


def words(claim: str) -> str:
    """A claim without case, signs and spacing."""
    return " ".join("".join(char if char.isalnum() else " " for char in claim.casefold()).split())


def fill(folder: Path, number: int) -> None:
    """Take them in, as people do, and read their meaning, as the worker does."""
    file = folder / "checks.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in corpus(number)), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "hoiro.cli", "import-claimreview", str(file)], check=True, stdout=subprocess.DEVNULL
    )
    start_django()
    from hoiro.claims import imports, tasks
    from hoiro.claims.worker import HANDLERS

    while imports.waiting():
        tasks.run_next({"embed": HANDLERS["embed"]})


def ask(most: int, *, listed: bool) -> None:
    """Print the curve."""
    start_django()
    from hoiro.claims.match_elsewhere import elsewhere
    from hoiro.claims.models import ImportedReview, IndexVersion, Publisher
    from hoiro.claims.scope import scope
    from hoiro.claims.scrub import scrub

    claims = {str(pk): claim for pk, claim in ImportedReview.objects.values_list("pk", "claim")}
    asked = list(questions(most, {words(claim) for claim in claims.values()}))
    viet = Publisher.objects.get(site="viet.example")
    print(f"{len(claims):,} checks of {Publisher.objects.count()} publishers\n")
    print("| at or above | " + " | ".join(f"{each:g}" for each in THRESHOLDS) + " |")
    print("|---" * (1 + len(THRESHOLDS)) + "|")
    for hidden in (False, True):
        Publisher.objects.filter(pk=viet.pk).update(hidden=hidden)
        viet.reviews.update(changed_in=IndexVersion.bump())
        for kind in dict.fromkeys(each.kind for each in asked):
            if hidden and not kind.endswith("vi"):
                continue
            fitting, unfitting, count = [0] * len(THRESHOLDS), [0] * len(THRESHOLDS), 0
            for question in (each for each in asked if each.kind == kind):
                text = scrub(question.text).text
                if not scope(text).ok:
                    continue
                count += 1
                result = elsewhere(text)
                hits = [(hit.probability, claims[hit.key]) for hit in result.hits] if result else []
                for place, threshold in enumerate(THRESHOLDS):
                    shown = [words(claim) for probability, claim in hits if probability >= threshold][:MOST]
                    fitting[place] += any(each in question.fits for each in shown)
                    unfitting[place] += any(each not in question.fits for each in shown)
                if listed and kind.startswith(("near", "unknown")) and hits:
                    print(f"    {hits[0][0]:.2f} {question.text[:90]!r} -> {hits[0][1][:90]!r}")
            name = f"{kind}{', English checks only' if hidden else ''} ({count})"
            rows = [("unfitting", unfitting)] if kind.startswith(("near", "unknown")) else [("fitting", fitting)]
            for what, numbers in rows:
                print(f"| {name}: {what} | " + " | ".join(f"{number / count:.2f}" for number in numbers) + " |")
    Publisher.objects.filter(pk=viet.pk).update(hidden=False)


def main() -> None:
    """Measure."""
    options = argparse.ArgumentParser()
    options.add_argument("--checks", type=int, default=4_000)
    options.add_argument("--most", type=int, default=150)
    options.add_argument("--folder", type=Path)
    options.add_argument("--list", action="store_true")
    chosen = options.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as made:
        folder = chosen.folder or Path(made)
        os.environ["HOIRO_DATA"] = str(folder / "data")
        if not (folder / "checks.jsonl").exists():
            folder.mkdir(parents=True, exist_ok=True)
            fill(folder, chosen.checks)
        ask(chosen.most, listed=chosen.list)


if __name__ == "__main__":
    main()
