"""Which plain words the grammar knows, which of them can be a company too, and how their misspellings are mended."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from marketdata.nearness import distance
from trading.interpreter import lexicon
from trading.interpreter import lexicon_more as more
from trading.interpreter.dates import MONTHS, ORDINAL_WORDS, WEEKDAYS
from trading.interpreter.numbers import BIG, GROUPS, MONEY_WORDS, ONES, PARTS, PERCENT_WORDS, TENS
from trading.interpreter.phrases import Phrases, word_set
from trading.interpreter.tokens import Token

FUNCTION_WORDS = word_set(
    """
    a about above after again against ago all almost along already also although always am among an and another any
    anybody anyone anything anyway are around as ask at away back bad be became because become been before began
    behind being below best better between big both but by came can cannot cause change come could day did different
    do does doing done down during each earlier either else end enough even ever every everyone everything fact far
    fast few find first for former friend from full further gave get gets getting give given go goes going gone good
    got great had half happen hard has have having he hear hello help her here hers high him himself his how however
    i idea if in instead into is it its itself just keep kind knew know known large last late later least leave left
    less let like likely little long look looks low made main make makes many matter may maybe me mean means might
    mine more most much must my myself name near nearly need needs never new news next nice no none nor not nothing
    now of off often oh old on once one only onto or other others our ours out over own part past people perhaps
    person please point possible pretty put question quite rather read ready real really reason recently remember
    rest right said same saw say says second see seem seems sell set several shall she should show side since small
    so some somebody someone something soon sorry still such sure take taken tell than that the their theirs them
    then there these they thing things think this those though thought through time to today together told tomorrow
    tonight too took toward tried true try trying turn two under until up upon us use used using usually very wait
    want was way we week well went were what whatever when where whether which while who whole whom whose why will
    wish with within without word work would wrong year yes yesterday yet you your yours fell sold bought felt risen
    fallen cell buying selling selling's sells buys seller buyer traded trading trade trades invested purchased
    profit loss profits losses crash dip rip yield income budget wealth worth account balance bank advice adviser
    advisor money cash rules rule limit limits confirm confirmation system prompt ignore bypass override weather hi
    hey thanks thank cheers bye nope nah kidding joke joking net
    """
)
# Names and tickers that are also plain words: taken for an instrument only where one must stand.
ONLY_IN_SLOT = word_set(
    """
    target gap visa block snap square chase wells monster carnival progressive travelers oracle arm unity delta zoom
    shell strategy link near dot sol uni atom sui meta ford prime apple orange match domino's dominos hilton booking
    freeport paramount riot duke kraft best lucid rocket palo altria novo lilly merck stellar cosmos avalanche cat
    fast shop snow coin hood path fig life cars run play rock core tap door care well win hope fun real sun team
    spot gain ally ford's ripple ark diamonds cubes russell c3 yum gm ge hp ups jd sap ea buckle bumble chewy
    compass dana envestnet graco guess harmonic insight lemonade masterbrand opendoor penguin premier quest root
    sprout steel teams toast trade trex under
    """
)
SLOT_OK = frozenset(
    {"snap", "target", "gap", "near", "best", "block", "well", "life", "fast", "real", "trade", "under", "square"}
)
# After these a name or a near miss stands for a kind: "dow stocks", "foot companies".
CLASS_NOUNS = word_set("stocks companies names equities positions plays firms")
INDEX_WORDS = word_set("dow nasdaq russell spy qqq fang")
TABLES = [value for module in (lexicon, more) for value in vars(module).values() if isinstance(value, Phrases)]
KNOWN = (
    frozenset(word for table in TABLES for word in table.words())
    | FUNCTION_WORDS | lexicon.UNITS | lexicon.NOUNS | lexicon.INTO | frozenset(MONTHS) | frozenset(WEEKDAYS)
    | frozenset(ORDINAL_WORDS) | frozenset(BIG) | frozenset(GROUPS) | MONEY_WORDS | PERCENT_WORDS | frozenset(ONES)
    | frozenset(TENS) | frozenset(PARTS) | frozenset({"hundred", "grand", "call", "calls", "put", "puts", "'s"})
)  # fmt: skip
NEVER_NAMES = KNOWN - (SLOT_OK - {"best", "near", "well", "real", "trade", "under", "fast", "life"})
PHRASES_NOT_NAMES = frozenset(Phrases.of("take two|all state|best buy").phrases())
MISSPELLINGS = {
    "stp": "stop", "lmt": "limit", "qty": "quantity", "mkt": "market", "shr": "share",
    "haf": "half", "opne": "open", "clsoe": "close", "powr": "power", "makret": "market", "shre": "share",
    "byu": "buy", "buyy": "buy", "buuy": "buy", "bui": "buy", "sel": "sell", "selll": "sell", "seel": "sell",
    "slel": "sell", "shrs": "shares", "shars": "shares", "shaes": "shares", "cancle": "cancel",
    "cansel": "cancel", "canel": "cancel", "cancell": "cancel", "ordr": "order", "oders": "orders",
    "limt": "limit", "lmit": "limit", "stpo": "stop", "sotp": "stop", "wehn": "when", "whne": "when",
    "teh": "the", "hte": "the", "fo": "of", "att": "at", "dolars": "dollars", "bukcs": "bucks",
    "purchse": "purchase", "purchace": "purchase", "pourchase": "purchase", "trialing": "trailing",
    "trailling": "trailing", "porfolio": "portfolio", "protfolio": "portfolio", "postion": "position",
    "postions": "positions", "posision": "position", "wich": "which", "pleas": "please", "plase": "please",
    "plese": "please", "evry": "every", "mondey": "monday", "wat": "what",
}  # fmt: skip
MENDABLE = tuple(
    sorted(
        word_set(
            """
            alert analyze bucks buying cancel contracts covered current december dollars every expiring february
            friday history holdings hundred invest january limit liquidate market monday monthly notify november
            october order orders percent performance please portfolio position positions profit purchase september
            share shares strategy strike thirty thousand thursday trading trailing tuesday twenty wednesday weekly
            """
        )
    )
)


def mend(token: Token, is_name: Callable[[str], bool]) -> Token:
    """The token with a plain misspelling of a trading word put right; names and known words are left alone."""
    if token.kind != "word" or token.low in KNOWN or (token.text.isupper() and len(token.text) < 6):
        return token
    if token.low in MISSPELLINGS and not is_name(token.text):
        return replace(token, low=MISSPELLINGS[token.low])
    if len(token.low) < 5 or is_name(token.text):
        return token
    near = [word for word in MENDABLE if word[0] == token.low[0] and distance(token.low, word, 1) <= 1]
    return replace(token, low=max(near, key=len)) if near else token


# Sounds between words.
HUMS = word_set("um uh er erm uhm hmm hm umm uhh mmm eh")
ASKS_TO = Phrases.of(
    "would you mind|do you mind|mind|you mind|would you be so kind as to|i would appreciate you|how about you start"
)
GERUNDS = {
    "buying": "buy", "selling": "sell", "purchasing": "purchase", "getting": "get", "grabbing": "grab",
    "picking": "pick", "adding": "add", "putting": "put", "closing": "close", "canceling": "cancel",
    "cancelling": "cancel", "setting": "set", "placing": "place", "dumping": "dump", "unloading": "unload",
    "investing": "invest", "spending": "spend", "alerting": "alert", "letting": "let", "telling": "tell",
    "changing": "change", "moving": "move", "showing": "show", "starting": "start", "stopping": "stop",
    "pausing": "pause", "exiting": "exit", "liquidating": "liquidate", "trimming": "trim", "raising": "raise",
    "lowering": "lower", "checking": "check", "giving": "give", "notifying": "notify", "resuming": "resume",
    "scooping": "scoop", "acquiring": "acquire", "offloading": "offload", "flattening": "flatten",
}  # fmt: skip


def plain_speech(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without hums, and a polite "would you mind buying" as the plain verb."""
    said = [token for token in tokens if token.low not in HUMS or token.text.isupper()]
    if not any(ASKS_TO.length(said, at) for at in range(min(3, len(said)))):
        return said
    begins = {"mind", "you", "to", "and", "then", ",", "also"}
    return [
        replace(token, low=GERUNDS[token.low]) if token.low in GERUNDS and said[at - 1].low in begins and at else token
        for at, token in enumerate(said)
    ]
