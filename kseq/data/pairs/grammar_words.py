"""The words of `kseq.data.pairs.grammar`: English, French, and what French has to know about them."""

from typing import NamedTuple


class Noun(NamedTuple):
    """A noun and its gender in French, "m" or "f"."""

    english: str
    french: str
    gender: str


class Adjective(NamedTuple):
    """An adjective with both French forms."""

    english: str
    masculine: str
    feminine: str

    def of(self, noun):
        """The form that agrees with a noun."""
        return self.masculine if noun.gender == "m" else self.feminine


class Verb(NamedTuple):
    """A verb: English, French infinitive and participle."""

    english: str
    french: str
    done: str


def _nouns(gender, line):
    return tuple(Noun(*pair.strip().split("="), gender) for pair in line.split(","))


def _adjectives(line):
    """`tired=fatigué/fatiguée`; one form where both are the same."""
    made = []
    for pair in line.split(","):
        english, forms = pair.strip().split("=")
        made.append(Adjective(english, *(forms.split("/") * 2)[:2] if "/" not in forms else forms.split("/")))
    return tuple(made)


# Who can be tired …
SUBJECTS = _nouns(
    "m",
    "animal=animal, cat=chat, dog=chien, horse=cheval, bird=oiseau, fox=renard, sheep=mouton, duck=canard, "
    "rabbit=lapin, donkey=âne, snail=escargot, lizard=lézard, wolf=loup, squirrel=écureuil, camel=chameau, "
    "monkey=singe, pig=cochon, butterfly=papillon",
) + _nouns(
    "f",
    "goat=chèvre, cow=vache, mouse=souris, tortoise=tortue, hen=poule, frog=grenouille, ant=fourmi, bee=abeille, "
    "owl=chouette, spider=araignée, goose=oie, giraffe=girafe, swallow=hirondelle, panther=panthère, mule=mule, "
    "ladybird=coccinelle, marmot=marmotte, gazelle=gazelle",
)
# … and what can be wide.
OBJECTS = _nouns(
    "m",
    "bridge=pont, field=champ, canal=canal, desert=désert, park=parc, garden=jardin, stream=ruisseau, path=sentier, "
    "lake=lac, ditch=fossé, marsh=marais, tunnel=tunnel, pond=étang, boulevard=boulevard, wood=bois, pass=col",
) + _nouns(
    "f",
    "street=rue, road=route, river=rivière, valley=vallée, square=place, forest=forêt, meadow=prairie, beach=plage, "
    "courtyard=cour, avenue=avenue, motorway=autoroute, hill=colline, mountain=montagne, alley=ruelle, "
    "clearing=clairière, dune=dune",
)
# "it was too …": of the one, and of the other; none could be said of both.
OF_SUBJECTS = _adjectives(
    "tired=fatigué/fatiguée, lazy=paresseux/paresseuse, scared=effrayé/effrayée, shy=timide, ill=malade, "
    "nervous=nerveux/nerveuse, clumsy=maladroit/maladroite, weak=faible, worried=inquiet/inquiète, sad=triste"
)
OF_OBJECTS = _adjectives(
    "wide=large, long=long/longue, muddy=boueux/boueuse, steep=raide, slippery=glissant/glissante, "
    "narrow=étroit/étroite, crowded=bondé/bondée, icy=gelé/gelée, stony=pierreux/pierreuse, flooded=inondé/inondée"
)
# Beside a noun: these stand before it in French, too, the others behind it.
BEFORE = _adjectives("big=grand/grande, small=petit/petite, pretty=joli/jolie")
BEHIND = _adjectives(
    "white=blanc/blanche, black=noir/noire, grey=gris/grise, brown=brun/brune, green=vert/verte, blue=bleu/bleue, "
    "red=rouge, yellow=jaune, strange=étrange, famous=célèbre"
)
VERBS = (
    Verb("cross", "traverser", "traversé"),
    Verb("explore", "explorer", "exploré"),
    Verb("visit", "visiter", "visité"),
    Verb("choose", "choisir", "choisi"),
)
PLANS = (
    ("didn't {}", "n'a pas {done}"),
    ("couldn't {}", "n'a pas pu {do}"),
    ("refused to {}", "a refusé de {do}"),
)
CAUSES = (("because", "parce qu'"), ("as", "car "))
TIMES = (
    ("", ""),
    ("", ""),
    ("yesterday", "hier"),
    ("this morning", "ce matin"),
    ("last week", "la semaine dernière"),
    ("on Sunday", "dimanche"),
)
