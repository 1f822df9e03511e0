"""Writes docs/llm-scale.md and its figures: python docs/llm_scale.py

No number of the page is typed where it can be computed. Each section is a function that returns Markdown; what stands
in braces is computed when the page is built, and a test builds it again.
"""

import sys
from pathlib import Path

from llm_scale_costs import GPT3, computing, emitting, fitting, scaling, waiting
from llm_scale_tables import alternatives, contradicting, filled, heads, published, table

from kseq.scale import (
    ARCHITECTURES,
    architecture,
    cost_against_length,
    crossing_length,
    derive,
    parameter_parts,
    parameters,
    published_checks,
)
from kseq.scale.units import in_letters, significant

FOLDER = Path(__file__).resolve().parent
PAGE = FOLDER / "llm-scale.md"
PAIRS = (("attention", "recurrent"), ("attention", "convolution"), ("attention_layer", "lstm"))
KNOWN = ("transformer-base", "bert-large", "t5-11b", "gpt2", "gpt2-xl", GPT3, "llama-7b", "llama2-70b", "llama3.1-405b",
         "dall-e", "vit-h/14")  # fmt: skip


def beginning():
    names = len(ARCHITECTURES)
    rows = published_checks()
    agree = sum(check.agrees for check in rows)
    return f"""# What scale costs

Course rows L1, L3, L5, L6, L7, G6, X9. Language models are large, and everybody has numbers about them. Most of these
numbers are not measured by anybody: they follow from a handful of sizes by arithmetic that fits on a blackboard. This
page is that blackboard. It is written by a program ([llm_scale.py](llm_scale.py)): whatever is computed here is
computed by `kseq.scale` when the page is built, and what others have published stands beside it with its source:
{len(rows)} numbers, of which {agree} agree within their rounding, and the others with the cause why not ([the
table](#published-beside-computed)).

```python
from kseq.scale import architecture, memory, parameters, training_flops

print(parameters("{GPT3}").explain())
print(memory("llama-7b", precision="mixed", batch_size=1))
```

What it predicts of small models stands beside what the compiler counts and the clock measures in
`python benchmarks/scale.py`.

The same at the command line, for {names} named architectures or sizes of your own (`kseq scale --help` shows
what else):

```
kseq scale {GPT3}
kseq scale --layers 24 --width 2048 --heads 16 --gpus 8 --gpu a100-80gb
```
"""


def counting():
    parts, total = parameter_parts(GPT3), parameters(GPT3)
    sizes = architecture(GPT3)
    rows = [[name.replace("_", " "), one.formula.replace("*", "·"), f"{one:,}", share(one / total)]
            for name, one in parts.items() if one]  # fmt: skip
    body = derive("parameters of the layers, without biases", "parameters", "12·L·d²", L=sizes.num_layers,
                  d=sizes.embedding_dim)  # fmt: skip
    return f"""## Counting parameters (L1)

A decoder-only model has a table of V tokens and width d, a table of T positions, and L layers, each of them attention
(4·d² numbers: queries, keys, values, output) and a feed-forward layer (8·d²: up to 4·d and back). Hence **12·L·d²**,
and the rest is small: for GPT-3 that is {body:,}, or {body / total:.1%} of all.

{table(["part of GPT-3 175B", "formula", "parameters", "share"], rows, right=(2, 3))}
| **all** | | **{total:,}** | |

Grouped heads, gated feed-forward layers (three matrices in place of two), untied output layers and an encoder change
the terms, not the idea. Sizes that were published, rounded as printed, beside what their dimensions make:

{sizes_table(KNOWN)}

The deck prints GPT-3's width as 12,228; that and other misprints are
[below](#where-what-is-printed-contradicts-itself).
"""


def share(part):
    """In per cent, with as many digits as a small part takes."""
    return f"{part:.2%}" if part >= 0.0001 else f"{part:.4%}"


def sizes_table(names):
    rows = []
    for name in names:
        one = architecture(name)
        published = in_letters(one.published_parameters)
        rows.append([name, one.num_layers, one.embedding_dim, heads(one), published, f"{parameters(one):,}"])
    return table(["", "layers", "width", "heads", "published", "computed"], rows, right=(1, 2, 3, 4, 5))


def way(cost):
    """The longest way; where it takes a stack of layers, it says so."""
    steps = cost["path_length"].exact
    return f"{steps}, in as many layers" if cost["model"] == "convolution" else steps


def against_length():
    widths = [[d, *(f"{crossing_length(d, *pair):,}" for pair in PAIRS)] for d in (64, 256, 1024, 12_288)]
    costs = cost_against_length(256, [64, 512, 4096], kinds=("lstm", "convolution", "attention_layer"), phase="forward")
    rows = [[one["model"].replace("_", " "), one["length"], significant(one["flops"]), one["sequential_steps"].exact,
             way(one)] for one in costs]  # fmt: skip
    return f"""## Recurrence, convolution, attention (G6, X9)

A simple recurrent layer of width d multiplies each of T steps by two matrices, 4·T·d² FLOPs, one step after the other;
attention compares all pairs of steps, 4·T²·d, at once (Vaswani et al. 2017, table 1). So "without a significant
increase in complexity" holds while T is small against d. An LSTM has four times the matrices, an attention layer its
projections. One layer of width 256, forwards:

{table(["", "T", "FLOPs", "steps that wait for one another", "longest way between two steps"], rows, range(1, 5))}

A single convolution sees three neighbouring steps. To connect all of them takes a stack of ever more dilated layers:
that many are meant by the last column, while FLOPs and waiting steps are those of one of them.

The length from which attention costs more, for some widths (the last is GPT-3's):

{table(["width", "attention, a simple RNN", "attention, a convolution", "attention layer, LSTM"], widths, range(4))}

"Faster" is another matter: it asks how much of a layer a device can do at once. In the figure the lines are no
forecast but the least time: the FLOPs at the speed that the two cores on which this page was built reach with one large
matrix product. The points are measured on the same cores. They lie several times higher, since the products of a layer
are small and not all of its time goes into products.

![Least time of a layer against length, and as measured](figures/cost_against_length.png)

All of this holds for reading. In writing, a Transformer, too, has to go one token at a time. Each new token of GPT-3
then looks back at all tokens before it, while a recurrent layer looks at a single state.
"""


SECTIONS = (
    beginning,
    counting,
    computing,
    fitting,
    waiting,
    scaling,
    emitting,
    against_length,
    contradicting,
    alternatives,
    published,
)


def page():
    """The whole page as text."""
    return filled("\n".join(section() for section in SECTIONS))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    if "--text" not in sys.argv:
        from llm_scale_figures import draw

        draw(FOLDER / "figures")
