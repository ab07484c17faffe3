"""The phrases of the trade as data: which words say which thing."""

from decimal import Decimal

from trading.interpreter.phrases import Phrases, word_set

# Said before a command, changing nothing.
OPENERS = Phrases.of(
    "please|pls|plz|kindly|can you|could you|can u|could u|can you please|could you please|"
    "could you kindly|would you please|would you kindly|will you please|i want to|want to|i want you to|"
    "i would like to|i would like you to|i need to|i need you to|let us|let me|go ahead and|go ahead|go|"
    "go and|just|hey|hi|hello|hey there|hi there|arbion|hey arbion|ok|okay|alright|all right|now|"
    "then|also|and|quickly|yes|yeah|yep|sure|good morning|good afternoon|good evening|so|well|"
    "first|next|finally|after that|and then|and also|then also|ok so|right now|immediately|quick|asap|"
    "new order|hey can you|on my behalf|for me|dear broker|yo|sir|go on and|please go ahead and|"
    "would you mind|do you mind|mind|you mind|try to|try and|please try to|see if you can|make sure to|"
    "be sure to|make sure you|"
    "how about you|could you possibly|can you possibly|could you maybe|"
    "time to|it is time to|for my portfolio|for my account|in my account|in my portfolio|on my account|"
    "do me a favor and|do me a favour and|would you be so kind as to|be so kind as to|be so kind and|can we|could we|"
    "i wish to|wish to|fully|completely|entirely|"
    "bracket order|bracket|automatically|auto|new trade|next trade|i would appreciate you|actually"
)
# Said inside or after a command, changing nothing.
FILLERS = Phrases.of(
    "please|pls|plz|rn|kindly|thanks|real quick|really quick|thank you|thank you very much|thanks a lot|"
    "many thanks|thx|ty|cheers|for me|now|right now|right away|straight away|immediately|asap|"
    "as soon as possible|today|for my account|in my account|to my account|from my account|on my account|"
    "to my portfolio|in my portfolio|into my portfolio|to my holdings|from my portfolio|from my holdings|"
    "mate|bro|dude|buddy|man|sir|quickly|just|exactly|ok|okay|at once|!|🚀|🙏|👍|📈|🔥|💎|🙌|💰|😊|🙂|"
    "on the market|on the open market|precisely|only|if you please|completely|entirely|fully|altogether|in full|"
    "will you|would you|can you|could you|if you would"
)
CONNECTORS = Phrases.of(
    "and|,|then|plus|&|.|;|also|and then|and also|, and|, then|, and then|after that|as well as|:|"
    "-|but|next|finally|, also|. then|. also|. and|; and|; then"
)

BUY = Phrases.of(
    "buy|buy me|buy up|buy us|purchase|grab|grab me|grab up|pick up|pick me up|scoop|scoop up|"
    "scoop me up|acquire|snag|snag me|get|get me|get us|load up on|load up with|load up|long|go long|"
    "go long on|go long with|order|add|add on|accumulate|stock up on|ape into|ape in to|ape|yolo into|"
    "give me|i want|i would like|i need|i will take|i will have|snap up|hook me up with|fill me|fill me on|"
    "buy in|buy into|make a purchase of|put me down for|put me in for|sign me up for|enter long|"
    "open a long position in|bag|"
    "bag me|nab|secure|collect|buyy|byu|buuy|procure|market buy|buy to open|bto|get into|get me into|"
    "hop into|jump into|jump in on|pile into|invest in|take|smash buy on|fill me up with|"
    "need|want|start a position in|open a position in|start a position of|open a position of|initiate a position in|"
    "initiate a position of|buy long|pull the trigger on|mop up|sweep up|top up on|top up with|top up"
)
SELL = Phrases.of(
    "sell|sell off|sell down|dump|unload|get rid of|offload|liquidate|ditch|cut|trim|reduce|cash out|"
    "cash out of|cash in|off load|let go of|part with|shed|selloff|sel|selll|market sell|drop|"
    "sell out of|get out of|get me out of|exit|exit out of|bail on|bail out of|unwind|close|close out|"
    "close out of|flatten|dispose of|jettison|dump out of|cut loose|move out of|pull out of|cut back on|"
    "trim back|scale out of|scale out|ax|axe|eject|go flat on|go flat in|close down|wind down|clear out|"
    "lighten up on|lighten up|lighten|pare|pare back|pare down|scale back|scale down|thin out|whittle down|"
    "partially close|partly close|i want out of|i want to get out of|i want to be out of|get me out from|"
    "get me out|bail out|bail"
)
# Verbs whose object is an amount of money and whose place is the instrument.
INVEST = Phrases.of(
    "put|invest|spend|throw|allocate|drop|stick|deploy|plow|plough|pour|sink|toss|chuck|commit|dump|"
    "use|move|yolo|park|shove|stake|devote|dedicate|go|dca|dollar cost average|dollar-cost average|"
    "buy in with|put in"
)
INTO = frozenset({"into", "in", "on", "to", "towards", "toward", "at"})
CLOSE_VERBS = frozenset(
    Phrases.of(
        "close|flatten|liquidate|exit|unwind|close out|close out of|exit out of|go flat on|go flat in|"
        "close down|wind down|clear out|get out of|get me out of|bail on|bail out of|cash out|cash out of|"
        "sell out of|scale out of|pull out of|move out of|partially close|partly close|i want out of|"
        "i want to get out of|i want to be out of|get me out|bail out|bail"
    ).phrases()
)
ALL_OF_IT = Phrases.of(
    "everything|all|it all|the lot|all of it|the whole lot|all positions|all my positions|"
    "all of my positions|my positions|all open positions|all my open positions|everything i have|"
    "everything i own|all my holdings|all of my holdings|my entire portfolio|my whole portfolio|my portfolio|"
    "the entire portfolio|the whole portfolio|all my stocks|all my stock|all my shares|all of my stocks|"
    "every position|every position i have|all of them|all holdings|the portfolio|every single position|"
    "everything in my portfolio|everything in my account|everything i have in my account|everything i hold|"
    "all of my shares|all positions i have|out of everything|my whole book|the book|my book|"
    "all my investments|my entire account|the whole thing|my holdings|everything i got|everything i have got|"
    "all stocks|all my assets|all assets|every holding"
)

UNITS = word_set("share shares coin coins unit units stock stocks shs sh contract contracts")
CONTRACT_UNITS = frozenset({"contract", "contracts"})
NOUNS = word_set(
    """
    share shares coin coins unit units stock stocks position positions holding holdings stake tokens token etf fund
    equity bag bags stash
    """
)
VAGUE = Phrases.of(
    "some|a few|a bit of|a little|a bunch of|several|lots of|a lot of|many|any|a little bit of|"
    "a handful of|plenty of|a ton of|tons of|loads of|a load of|as much|as many|as many as possible|"
    "as much as i can|as much as possible|more|some more|a little more|a bit more|a bit|a small amount of|"
    "much|most of|most of my|part of|part of my|some of|some of my|a portion of|a portion of my|"
    "a piece of|a chunk of|a small position in|a big position in|a position in|a large position in|"
    "a slice of|a tad|heaps of|a pile of|whatever|enough|a decent amount of|a few more|hundreds of|"
    "thousands of|dozens of|fewer|less"
)
SOME_MONEY = Phrases.of(
    "something|money|some money|cash|some cash|a bit of money|more money|some more money|funds|some funds|"
    "some of my cash|"
    "some of my money|a little money|a bit|a little|some|a bit of cash|a little cash|my savings"
)
ALL_OF = Phrases.of(
    "all|all of|all my|all of my|all the|all of the|my entire|my whole|my full|the entire|the whole|"
    "everything i have in|everything in|everything i own in|every share of|every last|every single|"
    "every last share of|every single share of|all i have in|all i have of|all i own of|the full|"
    "the rest of my|my remaining|every bit of|every bit of my|everything i hold in|all i hold of|"
    "all that i have in|all of it in|every one of my|100 percent of my|all shares of|all my shares of|"
    "all of my shares of|all the shares of|all my shares in|all of my shares in|all my stock in|"
    "all my holdings in|all of my holdings in|all my holdings of|my entire position in|my whole position in|"
    "my full position in|all my position in|the entire position in|the whole position in|my position in|"
    "my holdings in|my stake in|my shares of|my shares in|my holding in|my entire stake in|my whole stake in|"
    "my entire holding in|my entire holding of|the lot of|every share i have of|every share i own of|"
    "all the shares i own of|all shares i have of|all the shares i have in|everything i have invested in|"
    "everything i got in|everything i have got in|every share of my|every last share of my|all my exposure to|"
    "all of my exposure to|my positions in|all my positions in|all of my positions in|positions in|all positions in|"
    "both my positions in|both positions in|open positions in|my open positions in|my open position in"
)
I_OWN = Phrases.of(
    "i own|i have|i hold|that i own|that i have|that i hold|i have got|i am holding|that i am holding|i currently own|"
    "i currently hold|i currently have|that i currently own|that i currently hold|i still have|i still own|which i own|"
    "i am sitting on|that i have got|i got|i bought|that i bought|in my account|in my portfolio|that i still own|"
    "that i still have|we own|we have|we hold"
)
CASH = Phrases.of(
    "my cash|my buying power|my money|my available cash|cash|my cash balance|my funds|my available funds|"
    "my account cash|buying power|my free cash|available cash|my purchasing power|the cash|my spare cash|"
    "the cash i have|my dry powder|the cash in my account|my uninvested cash|my remaining cash|"
    "my available buying power|available funds|available buying power|my available balance"
)
ALL_CASH = Phrases.of(
    "everything i have|all my cash|all of my cash|all my money|all of my money|all my buying power|"
    "all of my buying power|everything|everything i have got|everything i got|all in|all my available cash|"
    "all of my available cash|my entire cash balance|my whole cash balance|my entire balance|all my funds|"
    "all of my funds|all available cash|the rest of my cash|my remaining cash|all my remaining cash|"
    "all the cash i have|all the money i have|my entire buying power|my full buying power|every dollar i have|"
    "every penny i have|every cent i have|every last dollar|all i have|all i have got|all the cash|"
    "all my available funds|all the cash in my account"
)
EACH = Phrases.of(
    "each|apiece|a share|per share|a piece|a pop|per coin|a coin|per unit|each one|per contract|a contract"
)

AT = frozenset({"at", "@"})
LIMIT_WORDS = Phrases.of(
    "limit|lmt|limit price|limit order|limit at|limit of|limit price of|limit price at|at limit|"
    "at a limit|at a limit of|at a limit price of|with a limit|with a limit of|with a limit at|"
    "with a limit price of|with limit|with limit price|a limit of|limit order at|a limit at|on a limit of|"
    "on a limit at|with limit of|with limit at|using a limit of|with a limit order at|as a limit order at|"
    "as a limit at|my limit is|limit is|limit set at|limit set to|with a limit set at|a limit price of|"
    "limit order for|at a price limit of|price limit|price limit of|with a price limit of|"
    "using a limit order at|limited to|limited at|limit is set at|set limit at|set limit to|set the limit at|"
    "set the limit to|with the limit at|the limit price is|limit price is|the limit is|at the limit price of|"
    "at limit price|at limit price of|with a limit order of|limit to"
)
AT_PRICE = Phrases.of(
    "at|@|at a price of|at price|at the price of|for|for a price of|priced at|at exactly|for exactly|"
    "at a cost of|at a bid of|with a bid of|at the level of|at a level of"
)
AT_MOST = Phrases.of(
    "no more than|for no more than|at no more than|not more than|for not more than|at most|for at most|max|"
    "at max|at a max of|at a maximum of|maximum|for a maximum of|up to|for up to|below|under|for under|"
    "at under|at or below|at or under|for less than|less than|not above|not over|not to exceed|"
    "not exceeding|no higher than|at no higher than|capped at|max price|max price of|maximum price|"
    "maximum price of|with a max price of|with a maximum price of|do not pay more than|"
    "but do not pay more than|do not pay over|but do not pay over|paying no more than|paying at most|"
    "paying up to|pay no more than|pay at most|i will pay at most|and pay no more than|but no more than|"
    "but not above|but no higher than|but pay no more than|without paying more than|for anything under|"
    "for anything below|anything under|anything below|with a cap of|with a price cap of|price cap|"
    "do not go above|do not go over|never pay more than|but not more than|but only under|but only below|"
    "only below|only under|at or less than|at a price no higher than|at a price not above|at a price below|"
    "at a price under|at prices below|at prices under|paying no higher than|paying max|at the most|for max|"
    "for a max of|tops of|ceiling of|with a ceiling of"
)
AT_LEAST = Phrases.of(
    "at least|for at least|no less than|for no less than|at no less than|not less than|for not less than|"
    "minimum|at a minimum of|for a minimum of|min|min price|minimum price|minimum price of|"
    "with a minimum price of|above|for more than|over|for over|at or above|no lower than|at no lower than|"
    "for no lower than|not below|not under|but not below|but no lower than|but not for less than|"
    "not for less than|do not sell below|do not sell for less than|do not go below|do not accept less than|"
    "but do not accept less than|but do not go below|asking at least|never below|at or over|for above|"
    "with a floor of|with a minimum of|for anything above|for anything over|for a min of|at min|"
    "but do not sell below|but do not sell for less than|at a price no lower than|at a price above|"
    "at prices above|but no less than|but only above|only above"
)
OR_BETTER = Phrases.of("or better|or a better price|or best|or a better|or better price")
OR_LOWER = Phrases.of(
    "and not a penny more|not a penny more|and not a cent more|not a cent more|and no more|no more|and not more|"
    "or less|or lower|or below|or under|or cheaper|or lower price|and below|and under|max|maximum|tops|"
    "at most|or lesser|at the most"
)
OR_HIGHER = Phrases.of(
    "and not a penny less|not a penny less|and not a cent less|not a cent less|and no less|no less|and not less",
    "or more|or higher|or above|or over|and above|and up|minimum|at least|at minimum|at the least",
)
AT_MARKET = Phrases.of(
    "at market|at the market|at market price|at the market price|market order|at the current price|"
    "at current price|at the current market price|at the best price|at best price|at the going rate|"
    "at the going price|at the prevailing price|at whatever price|at any price|market price|"
    "at the best available price|at mkt|mkt|at the price it is now|at spot|at the present price|"
    "at current market price|as a market order|with a market order|using a market order|on a market order|"
    "by market order|at whatever it is trading at|at today 's price|at whatever the price is|"
    "whatever the price|at whatever price it is at|at the latest price|at the best available|"
    "for the market price|for market price"
)
ONE = Decimal(1)
# Verbs that sell a part: without a size they say nothing of how much.
PARTIAL_SELLS = frozenset(
    Phrases.of(
        "partially close|partly close|lighten up on|lighten up|lighten|pare|pare back|pare down|scale back|"
        "scale down|thin out|whittle down|"
        "trim|reduce|cut|cut back on|trim back|scale out of|scale out|sell down|shed|"
        "cash in|drop|shift|lose|take some off"
    ).phrases()
)
# Verbs that may stand before "everything"; "drop everything" is no instruction.
SELLS_ALL = frozenset(
    Phrases.of(
        "sell|sell off|dump|liquidate|close|close out|close out of|flatten|exit|exit out of|unload|"
        "offload|get out of|get me out of|cash out|cash out of|unwind|get rid of|ditch|sell out of|"
        "market sell|bail out of|pull out of|close down|wind down"
    ).phrases()
)
WEAK_BUYS = frozenset(
    Phrases.of(
        "need|want|order|take|add|i want|i need|i would like|give me|get|get me|get us|collect|secure|"
        "i will take|i will have|bag|get into|long|fill me|fill me on"
    ).phrases()
)
EFFECTS = Phrases.mapping(
    {
        "buy to open|bto": "buy open",
        "buy to close|buy back|buy back to close": "buy close",
        "sell to open|sto|write|write me": "sell open",
        "sell to close|stc": "sell close",
    }
)
SHORT = Phrases.of(
    "short|sell short|go short|go short on|short sell|shorting|open a short|open a short position in|"
    "open a short on|sell short on|enter short|take a short position in|bet against|naked short|shortsell|"
    "go and short"
)
TYPED = Phrases.mapping(
    {
        "market buy|buy market|buy at market": "buy market",
        "market sell|sell market|sell at market": "sell market",
        "limit buy|buy limit": "buy limit",
        "limit sell|sell limit": "sell limit",
        "stop buy|buy stop|stop-buy|buy on stop": "buy stop",
        "stop sell|sell stop|stop-sell|stop loss sell": "sell stop",
        "stop limit buy|buy stop limit|buy stop-limit": "buy stop_limit",
        "stop limit sell|sell stop limit|sell stop-limit": "sell stop_limit",
        "trailing stop sell|sell trailing stop|trailing sell": "sell trailing_stop",
    }
)
ORDER_LEADS = Phrases.of(
    "place|enter|submit|work|put in|set|set up|create|make|execute|open|queue|queue up|send|send in|"
    "give me|i want|i would like|do|put|put through|file|issue|drop in|leave|enter in|input|write|"
    "schedule|arrange|get me|use|using|with|via|through|by"
)
ORDER_KINDS = Phrases.mapping(
    {
        "limit": "limit",
        "market": "market",
        "stop": "stop",
        "stop limit|stop-limit": "stop_limit",
        "stop loss|stop-loss": "stop",
        "trailing stop": "trailing_stop",
        "at market|mkt": "market",
        "stop market": "stop",
    }
)
GUARDS = Phrases.of(
    "put|set|place|add|attach|use|give me|i want|create|set up|put in|put on|enter|protect|guard|"
    "cover|hedge|i need|get me|secure|safeguard|leave|make|have|place me|put me|i would like|submit|"
    "activate|install|stick|slap|throw"
)
BIDS = Phrases.mapping(
    {
        "bid|put in a bid of|put a bid of|place a bid of|put in a bid at|pay|place a bid at|"
        "enter a bid of|enter a bid at|bid at|put a bid in at": "buy",
        "offer|ask|put in an offer of|put in an offer at|place an offer of|place an offer at|offer at": "sell",
    }
)
