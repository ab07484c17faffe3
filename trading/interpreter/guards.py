"""What is no instruction: negation, past tense, supposition, questions, quotations, others' advice, changed rules."""

from dataclasses import dataclass

from trading.interpreter import lexicon
from trading.interpreter import lexicon_more as more
from trading.interpreter.bounds import read_bound
from trading.interpreter.phrases import Phrases, word_set
from trading.interpreter.reader import Reader


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a sentence is not acted on, and what to ask, if anything."""

    reason: str
    question: str | None = None


RULES = Phrases.of(
    "ignore your|ignore all|ignore the|ignore my|ignore previous|ignore any|disregard|override|bypass|"
    "skip confirmation|disable confirmation|confirmation off|turn off confirmation|skip the confirmation|"
    "skip checks|skip the checks|without asking|without confirmation|without confirming|without checking|"
    "without checks|without the checks|without any checks|no confirmation|do not ask|do not confirm|"
    "turn off risk|disable risk|risk limits|your rules|your instructions|your limits|system prompt|system :|"
    "developer mode|jailbreak|you are now|pretend you|act as|as admin|as an admin|sudo|"
    "previous instructions|new instructions|forget your|forget the rules|forget all|without limits|"
    "without limit|no limits|remove my limits|exceed my limit|even if it is not allowed|regardless of|"
    "no matter what|risk check|risk checks|without permission|do not check|skip risk|skip the risk|"
    "circumvent|confirmed : true|auto confirm|auto-confirm|without my confirmation|without approval|"
    "pre approved|pre-approved|already approved|no questions asked|no need to confirm|no need to ask|"
    "unlimited|all limits|the limits|safety"
)
NEGATIONS = Phrases.of(
    "not|never|no|do not|nor|neither|nope|nah|nevermind|never mind|forget it|forget that|"
    "forget about it|scratch that|cancel that idea|stop buying|stop selling|avoid|refrain|hold off|"
    "instead of|rather than|jk|just kidding|kidding|joking|on second thought|changed my mind|no longer|"
    "without|none|nothing|cancel that thought|leave it|leave them|ignore that|hold on|wait|stop trading|"
    "quit buying|quit selling|keep my|resist"
)
PAST = Phrases.of(
    "i bought|i sold|i purchased|bought|sold|purchased|yesterday|last week|last month|last year|ago|"
    "i had|had|was|were|did|i already|already|i was|i used to|previously|invested|traded|grabbed|"
    "dumped|picked up|last monday|last friday|ordered|had bought|had sold|have bought|have sold|went|"
    "unloaded|acquired|got rid"
)
SUPPOSED = Phrases.of(
    "what if|if i had|if i bought|if i buy|if i were|if i sold|if i sell|suppose|supposing|imagine|"
    "imagining|hypothetically|hypothetical|let us say|say i|assume|assuming|pretend|would have|could have|"
    "should have|might|may|maybe|perhaps|possibly|thinking of|thinking about|thinking|considering|"
    "consider|wondering|wonder|dream|dreaming|wish|hope|hoping|for example|e.g|in theory|theoretically|"
    "simulate|simulation|for instance|going to|planning|plan to|would be|someday|one day|eventually|"
    "tempted|tempting|feel like|i guess|probably|example|test|paper|backtest|practice|i will|i am|"
    "about to|intend|would i|i would have|i could|i can|later|tomorrow|next week|next month"
)
OTHERS = Phrases.of(
    "my friend|friend|says|said|say|told|tells|telling|recommended|recommends|suggests|suggested|"
    "suggest|advised|advises|he|she|they|everyone|everybody|people|analysts|analyst|cramer|my wife|"
    "my husband|my dad|my mom|my brother|my boss|my advisor|my broker|reddit|twitter|the news|article|"
    "according to|heard|rumor|rumour|someone|somebody|guys|experts|wants me to|you should|you could|"
    "you would|we should|buffett|musk|elon|warren|the internet|forum|tip|uncle|neighbour|neighbor|"
    "colleague|chatgpt|thinks|told me|tweet|tweeted|podcast|youtube|bot says|he is|wrote"
)
ASKING = Phrases.of(
    "should i|should we|would you|can i|could i|may i|do you|does it|is it|how do|how to|how can|"
    "how would|how about|why|what|when should|when do|which|who|is there|are there|am i|do i|did i|"
    "will i|shall i|what happens|explain|am i able|would it"
)
REMINDERS = Phrases.of("remind me to|do not let me forget|do not forget|remind me|remember to|note to self|make a note")
QUOTES = frozenset({'"'})


def refusal(reader: Reader) -> Refusal | None:
    """Why this sentence should not be acted on, judged by its words alone; None when nothing speaks against it."""
    if _has(reader, RULES):
        return Refusal(
            "That asks to change the rules; nothing was done.",
            "I always follow the house rules and ask before trading. What would you like to do?",
        )
    if _has(reader, REMINDERS):
        return Refusal("That is a reminder, not an order; nothing was done.")
    if _has(reader, NEGATIONS):
        return Refusal("You said not to, or took it back; nothing was done.")
    if any(token.low in QUOTES for token in reader.tokens):
        return Refusal(
            "Those are quoted words; nothing was done.", "Is that an instruction of yours? Say it without quotes."
        )
    if _has(reader, OTHERS):
        return Refusal("That is what somebody else says; nothing was done.")
    if _has(reader, SUPPOSED):
        return Refusal("That is a thought, not an instruction; nothing was done.")
    if _has(reader, PAST):
        return Refusal("That tells of something past; nothing was done.")
    if _has(reader, ASKING):
        return Refusal("That is a question, not an instruction; nothing was done.")
    return None


HARD_WORDS = word_set(
    """
    not never nor neither nope nah no yesterday ago kidding joking hypothetically imagine suppose supposing pretend
    except unless instead
    """
)


def vetoes(reader: Reader) -> bool:
    """Whether a word stands there that no order may hold, outside the prices that need it ("no more than")."""
    at = 0
    while at < len(reader.tokens):
        bound = read_bound(reader, at) or _last_word(reader, at) or more.REFERENCES.match(reader.tokens, at)
        if bound is None and reader.low(at) in HARD_WORDS:
            return True
        at += bound[1] if bound else 1
    return False


def _last_word(reader: Reader, at: int) -> tuple[str, int] | None:
    """ "and not a penny less" after a price."""
    length = max(reader.is_phrase(lexicon.OR_LOWER, at), reader.is_phrase(lexicon.OR_HIGHER, at))
    return ("", length) if length else None


def changes_rules(reader: Reader) -> bool:
    """Whether the text tries to change the rules."""
    return _has(reader, RULES)


def _has(reader: Reader, phrases: Phrases) -> bool:
    return any(reader.is_phrase(phrases, at) for at in range(len(reader.tokens)))
