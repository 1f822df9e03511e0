"""The first line of a file with columns may name them, as in tables of reviews and of pairs."""

WORD_NAMES = {"word", "words", "token", "tokens", "form", "text", "wort", "palabra", "mot", "слово"}
TAG_NAMES = {
    *("tag", "tags", "pos", "upos", "xpos", "pos_tag", "postag", "part of speech", "label", "labels"),
    *("ner", "ner_tag", "ner_tags", "class", "category", "etiqueta", "тег"),
}


def named_columns(cells):
    """`(word column, tag column)`, from 0, that the names of a header say; `None`: they do not."""
    names = [cell.strip().casefold() for cell in cells]
    words = [place for place, name in enumerate(names) if name in WORD_NAMES]
    tags = [place for place, name in enumerate(names) if name in TAG_NAMES]
    return (words[0], tags[0]) if words and tags else None


def is_header(cells, word_column, tag_column, content):
    """Whether the first line of a file holds names of columns.

    Args:
        cells: its fields.
        word_column, tag_column: where words and tags stand, from 0.
        content: all lines as `(line number, fields)`.

    Names that are known are a header; so is a word of lower-case letters in the place of the tag, if no tag below has
    one. Never if the tag occurs below: then it is one.
    """
    word, tag = cells[word_column], cells[tag_column]
    others = {fields[tag_column] for _, fields in content[1:]}
    if not others or tag.casefold() in {other.casefold() for other in others}:
        return False
    if tag.casefold() in TAG_NAMES and (word.casefold() in WORD_NAMES or len(others) > 1):
        return True
    shouted = all(other.upper() == other for other in others) and any(other.lower() != other for other in others)
    is_name = tag.upper() != tag and tag.replace("_", "").replace(" ", "").isalpha() and len(tag) > 2
    return shouted and is_name and not word.isupper()
