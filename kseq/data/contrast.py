"""Synthetic pairs of reviews: the same words in another order mean the opposite (course rows S3, S8).

A small grammar writes them; they are no real reviews. Both texts of a pair hold exactly the same words, one of them
praises and the other one blames. Whoever only counts words gives both the same answer and is right half of the time.
In the test split every content word (things, places, openings) is one that no training text holds; the words of
praise and blame are the same everywhere.
"""

import random
from pathlib import Path

from kseq.data.sources import Source
from kseq.data.tables import Table


def _words(line):
    return tuple(line.split())


PRAISE = _words(
    "amazing beautiful brilliant charming delightful excellent fantastic good great impressive lovely "
    "marvellous perfect pleasant splendid superb terrific wonderful"
)
BLAME = _words(
    "awful bad bland boring clumsy disappointing dismal dreadful dull horrible lousy mediocre miserable nasty "
    "poor tedious terrible weak"
)

# Content words, (training and validation, test).
THINGS = (
    _words(
        "bakery bar blender book bread breakfast cafe camera chair charger cheese chocolate clinic coffee comedy "
        "concert course curry dentist desk dinner documentary drama exhibition ferry festival film fridge game "
        "garden guide headset hostel hotel jacket kettle keyboard lamp laptop lunch market menu mixer musical novel "
        "opera oven pancake pasta phone pizza play podcast pool printer restaurant salad sandwich series service "
        "show soup steak story tablet tea toaster tour trailer trip waiter watch"
    ),
    _words(
        "aquarium backpack ballet burger cabin cruise drill dumpling gallery gym kayak library microphone museum "
        "noodle router sauna scooter sofa stew tent thriller vacuum zoo"
    ),
)
PLACES = (
    _words(
        "Accra Athens Bergen Bogota Boston Cairo Chennai Dakar Dublin Geneva Hanoi Havana Helsinki Jakarta Kyoto "
        "Lagos Leeds Lima Lisbon Madrid Manila Milan Nairobi Naples Oslo Paris Prague Quito Riga Rome Seoul Sofia "
        "Sydney Toronto Turin Vienna Warsaw Zurich"
    ),
    _words("Bilbao Cork Delhi Ghent Krakow Malmo Perth Porto Salzburg Tampere Tunis Utrecht"),
)
OPENINGS = (
    _words(
        "admittedly basically frankly generally honestly incidentally objectively personally plainly seriously "
        "simply surprisingly truly"
    ),
    _words("briefly candidly clearly curiously evidently overall undeniably"),
)

_PATIENCE = 10_000  # texts written before, one after the other, until the grammar counts as exhausted

# name -> (praise, blame); {p} and {n} are words of praise and of blame, {thing} and {place} content words.
CONSTRUCTIONS = {
    "late turn": (
        "the {thing} was {n} at first but {p} by the end",
        "the {thing} was {p} at first but {n} by the end",
    ),
    "correction": (
        "the {thing} in {place} was not {n}, it was {p}",
        "the {thing} in {place} was not {p}, it was {n}",
    ),
    "afterthought": (
        "what i found in {place} was a {thing} that is {p}, not {n}",
        "what i found in {place} was a {thing} that is {n}, not {p}",
    ),
    "better than": (
        "this {thing} is better than the one we tried in {place}",
        "the one we tried in {place} is better than this {thing}",
    ),
    "worse than": (
        "the one we tried in {place} is worse than this {thing}",
        "this {thing} is worse than the one we tried in {place}",
    ),
    "expectation": (
        "i expected the {thing} to be {n} and it was {p}",
        "i expected the {thing} to be {p} and it was {n}",
    ),
    "then and now": (
        "the {thing} in {place} used to be {n} and now it is {p}",
        "the {thing} in {place} used to be {p} and now it is {n}",
    ),
    "moving not": (
        "the {thing} did not disappoint me and i will return to {place}",
        "the {thing} did disappoint me and i will not return to {place}",
    ),
    "never and always": (
        "with this {thing} from {place} problems never arise and help always comes",
        "with this {thing} from {place} problems always arise and help never comes",
    ),
    "others and me": (
        "my friends in {place} call the {thing} {n} while i call it {p}",
        "my friends in {place} call the {thing} {p} while i call it {n}",
    ),
    "rather than": (
        "i would call the {thing} {p} rather than {n}",
        "i would call the {thing} {n} rather than {p}",
    ),
    "from to": (
        "in one year the {thing} in {place} went from {n} to {p}",
        "in one year the {thing} in {place} went from {p} to {n}",
    ),
    "far from": (
        "far from {n}, the {thing} turned out {p}",
        "far from {p}, the {thing} turned out {n}",
    ),
    "wrong belief": (
        "whoever says that the {thing} is {n} is wrong because it is {p}",
        "whoever says that the {thing} is {p} is wrong because it is {n}",
    ),
    "despite": (
        "despite a start in {place} that was {n} the {thing} was {p}",
        "despite a start in {place} that was {p} the {thing} was {n}",
    ),
    "advice": (
        "go to {place} for the {thing} and do not stay at home",
        "do not go to {place} for the {thing} and stay at home",
    ),
}


def contrast_pairs(count, seed=0, held_out=False):
    """Writes pairs of opposite texts.

    Args:
        count: number of pairs; each construction gets the same share.
        seed: fixes the pairs.
        held_out: whether to use the content words of the test split instead of those of training.

    Returns:
        List of `(praise, blame, construction)`; no text occurs twice, not even behind another opening.
    """
    dice, used, pairs = random.Random(f"{seed} {held_out}"), set(), []
    names, failures = list(CONSTRUCTIONS), 0
    while len(pairs) < count:
        construction = names[len(pairs) % len(names)]
        words = {
            "p": dice.choice(PRAISE),
            "n": dice.choice(BLAME),
            "thing": dice.choice(THINGS[held_out]),
            "place": dice.choice(PLACES[held_out]),
        }
        opening = dice.choice(["", f"{dice.choice(OPENINGS[held_out])}, "])
        praise, blame = (form.format(**words) for form in CONSTRUCTIONS[construction])
        if praise in used:
            failures += 1
            if failures > _PATIENCE:
                raise ValueError(f"The grammar cannot write that many different pairs. Received: count={count}")
            continue
        used.add(praise)
        failures = 0
        pairs.append((opening + praise, opening + blame, construction))
    return pairs


def contrast_source(train_pairs=2_000, validation_pairs=250, test_pairs=500, seed=0):
    """The contrast set as a `kseq.data.sources.Source` with a ready split; both texts of a pair share theirs."""
    own = contrast_pairs(train_pairs + validation_pairs, seed)
    parts = {
        "train": own[:train_pairs],
        "validation": own[train_pairs:],
        "test": contrast_pairs(test_pairs, seed, held_out=True),
    }
    tables, first = [], 0
    for split, pairs in parts.items():
        table = Table(Path(f"contrast-{split}"), "synthetic", "UTF-8", extra={"construction": [], "pair": []})
        for number, (praise, blame, construction) in enumerate(pairs, first):
            table.texts += [praise, blame]
            table.labels += ["positive", "negative"]
            table.extra["construction"] += [construction] * 2
            table.extra["pair"] += [number] * 2
        table.lines = list(range(1, len(table.texts) + 1))
        first += len(pairs)
        tables.append((split, table))
    notes = [
        "synthetic: written by a grammar, no real reviews",
        "the two texts of a pair hold the same words in another order and have opposite labels",
        "things, places and openings of the test split occur in no other split",
    ]
    return Source(f"{len(CONSTRUCTIONS)} constructions, seeded, ready split", tables, notes)
