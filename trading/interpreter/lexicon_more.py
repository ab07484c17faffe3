"""More phrases as data: conditions, exits, times, schedules, options, alerts, orders on the book, strategies."""

from trading.interpreter.phrases import Phrases

# --- times in force
RIGHT_AT = Phrases.of(
    "leave it open|keep it open|keep it working|leave it|keep it|keep it active|leave it working",
    "and leave it open|leave the order open|keep the order open|make it|make that|and keep it open|leave it on|valid",
    "right|just|shortly|first thing|exactly|precisely|only|bright and early|as an order|order|late",
)
TIME_IN_FORCE = Phrases.mapping(
    {
        "good till cancelled|good till canceled|good til cancelled|good til canceled|good until cancelled|"
        "good until canceled|gtc|till cancelled|until cancelled|until canceled|til cancelled|til canceled|"
        "till canceled|good 'til cancelled|good 'til canceled|gtc order|as gtc|as a gtc|as a gtc order|"
        "make it gtc|keep it open until cancelled|keep it open until canceled|until i cancel|"
        "until i cancel it|till i cancel|till i cancel it|good till i cancel|good till i cancel it|"
        "good until i cancel|good until i cancel it|good till cancel|good til cancel|good until cancel|"
        "and make it gtc|on gtc|open until cancelled|keep it working until i cancel|"
        "and keep it open until i cancel|keep it open until i cancel": "gtc",
        "good for the day|good for day|good for today|day order|day only|for the day|as a day order|"
        "for today only|today only|gfd|good till end of day|good until end of day|"
        "good till the end of the day|good until the end of the day|good til end of day|just for today|"
        "only for today|for today|expires today|valid today|valid for the day|valid for today|"
        "good for today only|good today|tif day|time in force day": "day",
        "immediate or cancel|ioc|immediate or cancelled|as ioc|as an ioc|as an ioc order|ioc order|"
        "immediately or cancel|as immediate or cancel|as an immediate or cancel|"
        "as an immediate or cancel order|fill what you can and cancel the rest|"
        "fill what you can right away and cancel the rest|whatever fills immediately": "ioc",
        "fill or kill|fok|fill it or kill it|as fok|as a fok|as a fok order|fok order|as a fill or kill|"
        "as a fill or kill order|as fill or kill|all at once or not at all|fill or kill order|"
        "filled entirely or killed": "fok",
        "at the open|at open|at market open|at the market open|on the open|on open|at the opening|"
        "at the opening bell|market on open|moo|when the market opens|at the next open|when market opens|"
        "at opening|as a market on open order|at the opening auction|in the opening auction|on the opening|"
        "at the start of trading|as soon as the market opens|once the market opens|right at the open|"
        "at the open tomorrow|at tomorrow 's open|tomorrow at the open|at the bell when the market opens|"
        "at the next market open|with the opening bell|on the opening bell|on market open|limit on open|loo|"
        "opg|right when the market opens|tomorrow when the market opens|at the open tomorrow morning|"
        "tomorrow morning at the open|at open tomorrow|at the opening price|for the open|into the open|"
        "tomorrow 's open|when the market opens tomorrow|when trading begins|at market open tomorrow|"
        "at tomorrow open|when trading opens|when trading starts": "opg",
        "at the close|at close|at market close|at the market close|on the close|on close|"
        "at the closing bell|market on close|moc|when the market closes|at closing|"
        "as a market on close order|at the closing auction|in the closing auction|into the close|"
        "at today 's close|at the close today|right at the close|at the end of the day|at end of day|"
        "on market close|limit on close|loc|cls|before the market closes|just before the close|"
        "at the closing price|when market closes|with the closing bell|on the closing bell|for the close|"
        "before the close|before close|before the bell|by the close|before closing|"
        "at the end of the session|at the close of trading|as the market closes|at the closing|"
        "today at the close|when trading closes|when trading ends|at the final bell": "cls",
    }
)
# --- exits that belong to an entry
STOP_LOSS = Phrases.of(
    "stop loss|stop-loss|stoploss|sl|stop loss order|a stop loss|a stop loss order|a stop-loss|"
    "protective stop|a protective stop|the stop loss|stop losses|my stop loss|the stop|stop out|stop me out|"
    "stopped out|the sl|a sl|hard stop|a hard stop|protective stop loss|a protective stop loss|a safety stop"
)
TAKE_PROFIT = Phrases.of(
    "take profit|take-profit|takeprofit|tp|a take profit|take profits|take profit order|a take profit order|"
    "target|a target|profit target|a profit target|price target|a price target|a take-profit|"
    "the take profit|a target price|target price|my target|the target|the tp|take profit target|"
    "a take profit target|take gains|take my profit|take my profits|a tp"
)
STOP = Phrases.of(
    "stop|a stop|stop order|a stop order|stop price|a stop price|stop at|on stop|on a stop|a stop set|"
    "with stop|stop market|stop market order|a stop market order|a sell stop|sell stop|buy stop|a buy stop|"
    "stop trigger|trigger|trigger price|a trigger price|the stop price"
)
STOP_LIMIT = Phrases.of(
    "stop limit|stop-limit|a stop limit|a stop limit order|stop limit order|a stop-limit|a stop-limit order|"
    "with a stop limit|on a stop limit|using a stop limit|using a stop limit order|as a stop limit order|"
    "as a stop limit|with a stop limit order|with stop limit|stoplimit"
)
TRAIL = Phrases.of(
    "trailing stop|a trailing stop|trailing stop loss|a trailing stop loss|trailing stop order|"
    "a trailing stop order|trailing|trail|a trail|the trailing stop|trail stop|a trail stop|"
    "trailing stop-loss|trail it|trail it by|trail by|a trailing order|trailing order|"
    "trailing stop loss order|a trailing stop loss order|trailing sell stop|a trailing sell stop|"
    "trailing stops|a trailing sell|trailing sell|a trailing stop sell order|trailing stop sell"
)
OF_AT = Phrases.of(
    "of|at|@|to|for|is|price|price of|price at|set at|set to|set|is set at|at a price of|by|=|"
    "around|level|level of|placed at|trailing by|distance|distance of|at around|gap of|trailing|trail of|"
    "it at|it to|them at|me at|out at|if it hits|if it reaches|order at|order of|orders at|"
    "that trails by|which trails by|offset of|an offset of|with an offset of|percentage of|amount of|"
    "width of|to be"
)
AWAY = Phrases.mapping(
    {
        "below|below entry|below my entry|under|beneath|below the entry|below the entry price|"
        "below my entry price|below the fill|below purchase price|below the purchase price|below cost|"
        "below the buy price|below my buy price|below my cost|below my fill|lower|below the price|"
        "below what i pay|below where i buy|below it|down|loss|below my purchase price|"
        "below the fill price|below my fill price|away": "down",
        "above|above entry|above my entry|over|above the entry|above the entry price|above my entry price|"
        "above the fill|above purchase price|above the purchase price|above cost|above the buy price|"
        "above my buy price|above my cost|above my fill|higher|gain|above the price|above what i pay|"
        "above where i buy|above it|up|profit|in profit|above my purchase price|above the fill price|"
        "above my fill price": "up",
    }
)
GUARD_LEAD = Phrases.of(
    "with|and|and with|protect it with|and protect it with|protected by|protected with|set|put|place|add|"
    "attach|use|using|and set|and put|and place|and add|and attach|and use|set it with|including|plus|"
    "protecting it with|with both|and protect with|protect with|and protect them with|protect them with|"
    "and protect the position with|protect the position with|set up|and set up|along with|together with|"
    "bracketed by|bracketed with|bracket it with|and bracket it with|with a bracket of|but with|having|"
    "and give it|give it|with a bracket|with bracket|cover it with|and cover it with|backed by|secured with|"
    "secured by|and secure it with|secure it with|and then set|then set|then put|and then put|then place|"
    "and then place|my|and my|and also set|also set|and safeguard it with|safeguard it with|"
    "and back it with|back it with"
)
ON_IT = Phrases.of(
    "on it|for it|on them|on that|on the position|on this|for them|on that position|on the trade|for that|"
    "on the order|on those|on these|on both"
)
# --- conditions
WHEN = Phrases.of(
    "if|when|once|as soon as|in case|the moment|the minute|the second|the instant|provided|provided that|"
    "only if|but only if|only when|but only when|if and when|in the event|in the event that|after|whenever|"
    "if ever|if and only if|the moment that|the minute that|the second that|in case that|on condition that|"
    "on the condition that|but only once|only once|only after|the next time|next time|should|wait until|"
    "wait till|wait for|waits for|wait til"
)
SUBJECT = Phrases.of(
    "it|they|the price|the stock|price|the share price|shares|the shares|that|this|its price|"
    "the stock price|the coin|the price of it|he|the market price|its share price|their price|the etf|"
    "the fund|the current price|the coin price|their share price|the last price|the thing"
)
METRICS = Phrases.mapping(
    {
        "rsi|the rsi|its rsi|rsi 14|14 day rsi|14-day rsi|the 14 day rsi|its 14 day rsi|"
        "relative strength index|the relative strength index|daily rsi|the daily rsi|"
        "its relative strength index": "rsi",
        "50 day moving average|the 50 day moving average|its 50 day moving average|50 day sma|the 50 day sma|"
        "its 50 day sma|sma 50|50 sma|50dma|50 dma|the 50 day|its 50 day|50 day ma|the 50 sma|"
        "its 50 sma|50 day simple moving average": "sma_50",
        "200 day moving average|the 200 day moving average|its 200 day moving average|200 day sma|"
        "the 200 day sma|its 200 day sma|sma 200|200 sma|200dma|200 dma|the 200 day|its 200 day|"
        "200 day ma|the 200 sma|its 200 sma|200 day simple moving average": "sma_200",
        "volume|the volume|its volume|trading volume|its trading volume|daily volume|the trading volume|"
        "the daily volume|its daily volume": "volume",
        "price|the price|its price|share price|stock price|the share price|the stock price": "price",
    }
)
DOWN, UP, BELOW, ABOVE, LEVEL, BREAK, CROSS = "down", "up", "below", "above", "level", "break", "cross"
BY, TO, MORE, AUX = "by", "to", "more", "aux"
MOVES = Phrases.mapping(
    {
        "falls|fall|falling|fell|drops|drop|dropping|dips|dip|declines|decline|slides|slide|sinks|"
        "sink|tumbles|tumble|plunges|plunge|crashes|crash|goes down|go down|comes down|come down|"
        "moves down|move down|pulls back|pull back|retraces|retrace|retreats|retreat|slips|slip|"
        "decreases|decrease|loses|lose|is down|down|sells off|tanks|tank|corrects|sheds|shed|"
        "gets down|get down|trades down|dumps|has fallen|has dropped|comes back down|goes back down|"
        "falls back|drops back|drops down|falls down|dips down|drops back down|falls back down|"
        "pulls back down|slumps|slump|nosedives|has declined|weakens|cools|cools off|cools down|is off|"
        "is trading down|gets cut|dives|dive|were down|gets hit|comes in|has gone down|trades lower|"
        "moves lower|goes lower|ticks down|eases|ease|gives back|loses another": DOWN,
        "rises|rise|rising|climbs|climb|goes up|go up|comes up|moves up|move up|gains|gain|jumps|"
        "jump|rallies|rally|increases|increase|is up|up|soars|soar|surges|surge|pops|pop|advances|"
        "advance|shoots up|spikes|spike|pumps|pump|rockets|has risen|has gained|gets up|climbs back|"
        "climbs up|rises back|rallies back|bounces|bounce|recovers|recover|rebounds|rebound|"
        "goes back up|comes back up|comes back|spikes up|rips|runs up|run up|moons|appreciates|adds|"
        "is trading up|trades up|grows|grow|ticks up|moves higher|goes higher|trades higher|has gone up|"
        "jumps up": UP,
        "goes lower than|moves lower than|trades lower than|gets lower than|is lower than|drops lower than|"
        "falls lower than|below|under|beneath|less than|lower than|at or below|underneath|<|<=|south of|at or under|"
        "at or lower than|or below": BELOW,
        "goes higher than|moves higher than|trades higher than|gets higher than|is higher than|rises higher than|"
        "climbs higher than|above|over|past|higher than|at or above|north of|beyond|>|>=|greater than|breaks out above|"
        "breaks above|break above|breaks out over|breaks over|break over|crosses above|crosses over|"
        "cross above|cross over|tops|top|exceeds|exceed|surpasses|surpass|break out above|breaks past|"
        "breaks out past|crosses up through|crosses up|breaking above|crossing above|clears|clear|"
        "at or over|goes through|moves through|breaks upward through|out above|or above|closes above|"
        "close above|breaks up through|breaks out of|pushes past|pushes through|pushes above": ABOVE,
        "breaks below|break below|breaks under|break under|crosses below|cross below|crosses under|"
        "cross under|breaks down below|breaking below|crossing below|breaks down through|crosses down|"
        "crosses down through|undercuts|loses the|breaks down|closes below|close below|breaks beneath": BELOW,
        "hits|hit|reaches|reach|touches|touch|gets to|get to|goes to|go to|comes to|trades at|is at|"
        "is trading at|makes it to|arrives at|prints|gets back to|goes back to|hits the|equals|moves to|"
        "gets as far as|reaching|hitting|touching|tags|is|has|attains|taps": LEVEL,
        "breaks|break|breaks through|break through|passes|pass": BREAK,
        "crosses|cross": CROSS,
        "by|by a|a further|another|an additional": BY,
        "to|down to|up to|back to|back up to|back down to|as low as|as high as|all the way to|"
        "all the way down to|all the way up to|to the": TO,
        "more than|at least|by at least|by more than|greater|over by|or more than|by over|a full|"
        "as much as|in excess of|by as much as": MORE,
        "trades|trade|goes|go|gets|get|moves|move|closes|close|stays|were|ever|does|is trading|"
        "are|trading|ends|comes|should|will|were to|ever gets|starts|be|has been|was|opens|has gone|"
        "is ever|sits|sitting|gets back|goes back|has moved": AUX,
    }
)
MOVE_NOUNS = Phrases.mapping(
    {
        "dip|drop|decline|fall|pullback|pull back|correction|slide|sell off|selloff|crash|loss|"
        "retracement|dump|decrease": DOWN,
        "rise|gain|rally|jump|increase|surge|pop|bounce|climb|spike|run up|runup": UP,
        "break above|breakout above|move above|close above|cross above|break over|breakout over|move over|"
        "push above|cross over|breakout past|break out above": ABOVE,
        "break below|breakdown below|move below|close below|cross below|break under|move under|drop below|"
        "fall below|dip below": BELOW,
    }
)
ON_A = Phrases.of(
    "on a|on an|on any|after a|after an|following a|in case of a|upon a|upon any|on the next|in the event of a|on"
)
REFERENCES = Phrases.mapping(
    {
        "today|on the day|for the day|intraday|in a day|in one day|in a single day|this session|"
        "since yesterday|from yesterday|from yesterday 's close|since yesterday 's close|since the close|"
        "from the previous close|from the prior close|from the last close|since the open|during the day|"
        "within a day|since the previous close|since last close|from the close|vs yesterday|"
        "versus yesterday|from yesterday 's closing price|from the previous day 's close|"
        "compared to yesterday|from its previous close|from last close|from previous close|"
        "over yesterday 's close|below yesterday 's close|above yesterday 's close|below the previous close|"
        "above the previous close|in today 's session|in the day|by the close|since the last close|"
        "on a single day|from prior close": "previous_close",
        "from here|from now|from the current price|from current levels|from this point|"
        "from its current price|from where it is|from where it is now|from the current level|from this level|"
        "from current price|from its current level|from right now|from now on|from the price now|"
        "from today 's price|from present levels|from this price|from today": "now",
        "from my cost|from my average cost|from my entry|from my entry price|from my average price|"
        "from what i paid|from my purchase price|since i bought|since i bought it|from my buy price|"
        "from cost|below my cost|above my cost|below my entry|above my entry|below my average|"
        "above my average|from my average|below my average cost|above my average cost|above what i paid|"
        "below what i paid|below my average price|above my average price|below my purchase price|"
        "above my purchase price|below cost|above cost|from where i bought|from where i bought it|"
        "on my cost|over my cost|versus my cost|vs my cost|from my cost basis|below my cost basis|"
        "above my cost basis|over what i paid|on my position|below my entry price|above my entry price|"
        "from entry|since purchase|since my purchase|on my entry|below my buy price|above my buy price|"
        "since i bought them|on my average cost|over my average cost|over my entry|from my avg cost|"
        "from the price i paid|below the price i paid|above the price i paid|from my average entry": "average_price",
    }
)
AFTER_LEVEL = Phrases.of(
    "or lower|or less|or below|or higher|or more|or above|a share|per share|each|a coin|per coin|"
    "at any point|again|or under|or over|at any time|apiece|or worse"
)
