"""The words of `two_senses`: what belongs to which sense, and the frames that all senses share."""

# word -> sense -> words that belong to it; the last four never stand beside the ambiguous word in training.
# No word belongs to two senses, so that each says all there is to know.
LISTS = {
    "bank": {
        "money": "account loan cheque debt teller vault mortgage deposit cashier salary savings coin",
        "river": "river stream boat reed ferry willow heron otter canoe duck raft swan",
    },
    "bat": {
        "animal": "cave wing moth roost owl attic insect fang barn nest belfry claw",
        "game": "ball wicket umpire bowler glove helmet player innings stadium coach trophy batsman",
    },
    "spring": {
        "season": "winter blossom tulip frost swallow garden lamb thaw crocus snow meadow bud",
        "coil": "screw lever clock hinge mattress bolt metal wire gear engine valve piston",
    },
    "pitch": {
        "sound": "note violin choir singer tone flute melody piano tuner octave song voice",
        "field": "goal striker referee keeper penalty defender league turf captain corner winger kick",
    },
}

SENSES = {word: {sense: tuple(text.split()) for sense, text in senses.items()} for word, senses in LISTS.items()}

# {W} is the ambiguous word, {N} and {M} are words of its sense. It stands before them as well as after them.
FRAMES = (
    "{he} saw the {W} , then the {N} and the {M}",
    "{he} saw the {N} and the {M} , then the {W}",
    "there was the {N} , there was the {W} , and there was the {M}",
    "{he} spoke of the {W} , the {N} and the {M}",
    "with the {N} and the {M} in mind {he} thought about the {W}",
    "the {W} reminded {him} of the {N} and the {M}",
    "the {N} and the {M} belong to the {W}",
    "{he} wrote about the {N} , the {W} and the {M}",
    "in {his} story a {N} , a {M} and a {W} come together",
    "the {W} was what {he} remembered , with the {N} and the {M}",
)

# The course's own sentence is made of these two.
OWN_FRAMES = {
    "bank": (
        "{he} went to the {W} and learned of {his} empty {N}",
        "{he} went to a {N} {W} and cried",
    )
}

PEOPLE = (("he", "him", "his"), ("she", "her", "her"), ("they", "them", "their"))

BRIDGES = ((",", "after", "which"), (",", "and", "later"), (",", "while"))
