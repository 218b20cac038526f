"""Titles and bodies of a made-up site, each a function of its seed and number: storage format as people write it.

Words follow Zipf's law over a vocabulary of 30,000, so that compression, hashing and text indexes meet what they meet
in life. Bodies are log-normal in size, with a median of 4 KB and a tail up to 200 KB; how often which element stands in
them is as in 20 pages of public sites (per 10 KB: 47 paragraphs, 33 list items, 13 bold, 9 inline code, 5 headings, 4
images, 3 macros, 5 links; tables more often).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from itertools import accumulate
from random import Random
from xml.sax.saxutils import escape

MEDIAN, SPREAD, LARGEST = 4_000, 1.4, 200_000
"""Of a body's bytes: exp(SPREAD ** 2 / 2) times the median is the mean."""

_COMMON = """
the of and to in a is for that on be with this are as by it or an from at can if will not you we your when all have use
which should please page data team new our one each has server set user time also must see then their after these than
before they was only per how more into any where what do there service default other key run file value two no request
make first name version list so need change next end both open still here via between test
""".split()  # noqa: SIM905 - a list of words reads best as a text
_STARTS = "b br c ch cl d dr f fl g gr h j k l m n p pl pr qu r s sc sh sp st str t th tr v w".split()  # noqa: SIM905
_VOWELS = "a a e e e i i o o u ai ea ee io ou y".split()  # noqa: SIM905
_ENDS = ["", "", "", "n", "r", "s", "t", "l", "m", "ck", "nd", "ng", "nt", "rd", "st", "x"]
_FAR = "äöüéèßñçøåčžł"
_CJK = "".join(map(chr, (*range(0x3042, 0x3093), *range(0x30A2, 0x30F3), *range(0x4E00, 0x4F80))))
_BLOCK = 900
"""Bytes of a paragraph, a list, a table, on the average."""
_LANGUAGES = ("python", "bash", "yaml", "java", "sql", "json")


class Vocabulary:
    """Words, and how often each is said.

    Args:
        size: How many words there are.
    """

    def __init__(self, size: int = 30_000) -> None:
        dice = Random(0)
        words = dict.fromkeys(_COMMON)
        while len(words) < size:
            word = "".join(
                dice.choice(_STARTS) + dice.choice(_VOWELS) + dice.choice(_ENDS)
                for _ in range(dice.choice((1, 2, 2, 3)))
            )
            if dice.random() < 0.04:
                word += dice.choice(_FAR)
            words[word] = None
        self.words = list(words)

    @cached_property
    def _weights(self) -> list[float]:
        return list(accumulate(1 / (rank + 2.7) for rank in range(len(self.words))))

    def say(self, dice: Random, count: int) -> list[str]:
        """Return words, as often each as in a text."""
        return dice.choices(self.words, cum_weights=self._weights, k=count)

    def rare(self, dice: Random, count: int) -> list[str]:
        """Return words, each as likely as the other: three of these are a title that nothing else bears."""
        return dice.choices(self.words, k=count)


WORDS = Vocabulary()


def title(seed: int, number: int) -> str:
    """Return the title of a page."""
    dice = Random(f"{seed}/title/{number}")
    return " ".join(WORDS.rare(dice, dice.choice((3, 3, 4, 5)))).capitalize()


class Writer:
    """Writes one body.

    Args:
        dice: Decides everything.
        other_page: Another page to link to: its title, and the key of its space where that is another one.
        account: Somebody to mention.
        files: Names of the page's files.
    """

    def __init__(
        self, dice: Random, other_page: Callable[[], tuple[str, str | None]], account: str, files: tuple[str, ...]
    ) -> None:
        self._dice = dice
        self._other_page = other_page
        self._account = account
        self._files = files
        self._is_cjk = dice.random() < 0.02

    def body(self, size: int) -> str:
        """Return some ``size`` bytes of storage format."""
        makers, weights = zip(*_BLOCKS, strict=True)
        parts: list[str] = []
        length = 0
        while length < size - _BLOCK // 2:
            part = self._dice.choices(makers, weights)[0](self)
            parts.append(part)
            length += len(part)
        return "".join(parts)

    def words(self, least: int, most: int) -> str:
        """Return some words."""
        count = self._dice.randint(least, most)
        if self._is_cjk:
            return "".join(self._dice.choices(_CJK, k=3 * count))
        return escape(" ".join(WORDS.say(self._dice, count)))

    def sentence(self) -> str:
        """Return a sentence, with what stands within sentences."""
        dice, text = self._dice, self.words(6, 26).capitalize()
        roll = dice.random()
        if roll < 0.16:
            text += f" <strong>{self.words(1, 4)}</strong> {self.words(2, 8)}"
        elif roll < 0.27:
            text += f" <code>{'_'.join(WORDS.rare(dice, 2))}</code> {self.words(2, 6)}"
        elif roll < 0.30:
            text += (
                f' <a href="https://{WORDS.rare(dice, 1)[0]}.example/{dice.randrange(10**6)}">{self.words(1, 4)}</a>'
            )
        elif roll < 0.33:
            text += f" {self.link()}"
        elif roll < 0.36:
            text += f" <em>{self.words(1, 3)}</em>&nbsp;&ndash; &ldquo;{self.words(2, 5)}&rdquo;"
        elif roll < 0.365:
            text += f' <ac:link><ri:user ri:account-id="{self._account}" /></ac:link>'
        elif roll < 0.37:
            text += ' <ac:emoticon ac:name="blue-star" ac:emoji-id="1f680" ac:emoji-fallback="🚀" />'
        return text + ". "

    def link(self) -> str:
        """Return a link to another page of the site, by its title."""
        title, key = self._other_page()
        to = f'ri:content-title="{escape(title)}"' + (f' ri:space-key="{key}"' if key else "")
        words = f"<ac:plain-text-link-body><![CDATA[{' '.join(WORDS.say(self._dice, 2))}]]></ac:plain-text-link-body>"
        return f"<ac:link><ri:page {to} />{words if self._dice.random() < 0.6 else ''}</ac:link>"

    def paragraph(self) -> str:
        """Return a paragraph."""
        return f"<p>{''.join(self.sentence() for _ in range(self._dice.choice((1, 1, 2, 3))))}</p>"

    def heading(self) -> str:
        """Return a heading."""
        level = self._dice.choice((1, 2, 2, 2, 3, 3, 4))
        return f"<h{level}>{self.words(1, 6)}</h{level}>"

    def bullets(self, depth: int = 0) -> str:
        """Return a list, sometimes of lists."""
        items = []
        for _ in range(self._dice.randint(2, 6)):
            deeper = self.bullets(depth + 1) if depth < 2 and self._dice.random() < 0.06 else ""
            items.append(f"<li><p>{self.sentence()}</p>{deeper}</li>")
        kind = self._dice.choice(("ul", "ul", "ul", "ol"))
        return f"<{kind}>{''.join(items)}</{kind}>"

    def table(self) -> str:
        """Return a table."""
        columns = self._dice.randint(2, 5)
        head = "".join(f"<th><p><strong>{self.words(1, 2)}</strong></p></th>" for _ in range(columns))
        rows = [
            "<tr>" + "".join(f"<td><p>{self.words(1, 9)}</p></td>" for _ in range(columns)) + "</tr>"
            for _ in range(self._dice.randint(2, 12))
        ]
        return f'<table data-layout="default"><tbody><tr>{head}</tr>{"".join(rows)}</tbody></table>'

    def code(self) -> str:
        """Return a code macro."""
        dice = self._dice
        lines = []
        for _ in range(dice.randint(2, 18)):
            first, second, third = WORDS.rare(dice, 3)
            lines.append(f"{'    ' * dice.randint(0, 2)}{first}_{second} = {third}({dice.randrange(999)})")
        return (
            '<ac:structured-macro ac:name="code" ac:schema-version="1"><ac:parameter ac:name="language">'
            f"{dice.choice(_LANGUAGES)}</ac:parameter><ac:plain-text-body><![CDATA["
            + "\n".join(lines)
            + "]]></ac:plain-text-body></ac:structured-macro>"
        )

    def panel(self) -> str:
        """Return an info panel, a note, a warning or an expand."""
        name = self._dice.choice(("info", "info", "note", "warning", "tip", "expand"))
        inside = self.paragraph() + (self.bullets() if self._dice.random() < 0.3 else "")
        return (
            f'<ac:structured-macro ac:name="{name}" ac:schema-version="1"><ac:rich-text-body>{inside}'
            "</ac:rich-text-body></ac:structured-macro>"
        )

    def image(self) -> str:
        """Return an image: one of the page's files, or an icon."""
        if self._files:
            name = escape(self._dice.choice(self._files), {'"': "&quot;"})
            return f'<ac:image ac:width="760"><ri:attachment ri:filename="{name}" /></ac:image>'
        return f'<ac:image><ri:url ri:value="https://img.example/{self._dice.randrange(999)}.png" /></ac:image>'

    def small(self) -> str:
        """Return a macro without a body, or a line."""
        key = f"OPS-{self._dice.randrange(9999)}"
        toc, status, jira = (
            _macro("toc", maxLevel="3"),
            _macro("status", title="DONE", colour="Green"),
            _macro("jira", key=key),
        )
        return self._dice.choice((toc, f"<p>{status}</p>", f"<p>{jira}</p>", "<hr />"))


def _macro(name: str, **parameters: str) -> str:
    inside = "".join(f'<ac:parameter ac:name="{key}">{value}</ac:parameter>' for key, value in parameters.items())
    return f'<ac:structured-macro ac:name="{name}" ac:schema-version="1">{inside}</ac:structured-macro>'


_BLOCKS: tuple[tuple[Callable[[Writer], str], float], ...] = (
    (Writer.paragraph, 46),
    (Writer.heading, 18),
    (Writer.bullets, 18),
    (Writer.image, 6),
    (Writer.code, 4),
    (Writer.panel, 5),
    (Writer.table, 2),
    (Writer.small, 3),
)


def size(dice: Random) -> int:
    """Return how large a body is."""
    return min(LARGEST, int(MEDIAN * dice.lognormvariate(0, SPREAD)))
