"""Phrases of questions the desk can answer from its own data, by topic."""

from trading.interpreter.phrases import Phrases, word_set

BUYING_POWER = Phrases.of(
    "buying power|purchasing power|how much cash|my cash|cash balance|available cash|available funds|"
    "how much can i spend|how much can i invest|how much can i buy|cash do i have|money do i have|"
    "how much money do i have|how much do i have to spend|how much do i have available|how much do i have left|"
    "cash available|how much i can spend|settled cash|account balance|my balance|how much dry powder|"
    "free cash|how much have i got to spend|funds do i have|how much is available|afford|cash position|"
    "money can i spend|money can i invest|cash can i spend|cash can i invest|"
    "cash left|money left|uninvested cash|how much is in my account|what can i spend|money is available|"
    "can i still buy|can i still spend|can i still invest|how much can i still|cash is available|cash have i got|margin"
)
HISTORY = Phrases.of(
    "history|past trades|recent trades|last trades|my trades|transactions|trade log|past orders|"
    "recent orders|filled orders|executed orders|completed orders|closed orders|fills|activity|did i buy|"
    "did i sell|did i trade|have i bought|have i sold|have i traded|previous trades|previous orders|"
    "latest trades|old orders|statement|what trades|did i purchase|last trade|trades from|trades i made|"
    "trades have i|last few trades|trade blotter|trades did i|today 's trades|trades today|last 10 trades|"
    "trades this|trades last|trade record|cancelled orders|canceled orders"
)
ORDERS = Phrases.of(
    "orders|open order|pending order|working order|order status|status of my order|my order|order book|"
    "what is pending|the order|resting|any order|order fill|order filled|order gone through|order go through"
)
PERFORMANCE = Phrases.of(
    "performance|p&l|pnl|p & l|p and l|profit and loss|profit|profits|returns|return|gains|losses|"
    "how did i do|how am i doing|how have i done|how much have i made|how much have i lost|"
    "how much did i make|how much did i lose|did i make money|did i lose money|have i made|am i up|am i down|"
    "how much am i up|how much am i down|up or down|how well|making money|losing money|roi|best performer|"
    "worst performer|winners|losers|how i did|how did my portfolio do|how have my investments done|"
    "how did my account do|earnings so far|gained|how are my trades|how has my portfolio performed|"
    "how has my portfolio done|how did my portfolio perform|how are my investments performing|made or lost|"
    "how i am doing|have i lost|have i earned|did i earn|did i gain|my gain|my loss|win rate|sharpe|"
    "drawdown|how did we do|unrealized|realized|unrealised|realised|how has my account done"
)
POSITIONS = Phrases.of(
    "positions|position|holdings|holding|do i own|do i hold|do i have any|what stocks do i have|"
    "which stocks do i have|my stocks|my shares|my coins|do i have in|do i have|what am i holding|"
    "what i own|what i hold|what i have|what do i have|am i holding|i own|i hold|my stake|"
    "do i currently own|do i still own|do i still have|am i long|how many shares do i|shares do i have|"
    "shares of|how much bitcoin do i|stocks i own|stocks do i|coins do i|crypto do i|my crypto|"
    "my average price|my average cost|my cost basis|my entry price|"
    "am i invested in|investments do i have|is in my portfolio|in my portfolio|my allocation|list my assets|"
    "my assets|have i got|what am i in|exposure"
)
PORTFOLIO = Phrases.of(
    "portfolio|account value|my account|net worth|account worth|total value|net liq|net liquidation|equity|"
    "account summary|my investments|overall value|how much am i worth|what am i worth|my stuff|my book|"
    "account doing|my money doing|my total|balance sheet|account|net asset value|how rich"
)
# Checked in this order: the first topic with a phrase in the question wins.
TOPICS: tuple[tuple[str, Phrases], ...] = (
    ("buying_power", BUYING_POWER),
    ("history", HISTORY),
    ("orders", ORDERS),
    ("performance", PERFORMANCE),
    ("positions", POSITIONS),
    ("portfolio", PORTFOLIO),
)
ANALYSIS = Phrases.of(
    "analyze|analyse|make of|analysis|analysing|analyzing|think of|think about|your take|your opinion|"
    "your view|your thoughts|thoughts on|opinion on|outlook|forecast|prediction|predict|recommend|"
    "recommendation|advice|should i|should we|good buy|good time|a buy|a sell|a hold|buy or sell|"
    "worth buying|worth it|worth investing|worth holding|overvalued|undervalued|bullish|bearish|going up|"
    "going down|go up|go down|research|technicals|technical|fundamentals|rate|rating|review|deep dive|"
    "look into|break down|breakdown of|tell me about|tell me more about|report on|summary of|what about|"
    "how about|oversold|overbought|good investment|smart to|wise to|good idea|bad idea|better to|safe to|"
    "is it time to|time to buy|time to sell|right time|keep going|keep rising|sentiment|risk of|risky|rsi|"
    "macd|moving average|evaluate|assess|assessment|insight|insights|study|examine|would you buy|"
    "would you sell|would you hold|do you like|price target for|potential|earnings|dividend|valuation|"
    "news on|news about|view on|take on|a look at|too late to|still a|worth the|hold or sell|sell or hold|"
    "buy or hold|due diligence|dd on|pros and cons|signal|signals|trend|do you think|opinion about|"
    "will it|going to|how does|feel about|where do you see"
)
QUOTE = Phrases.of(
    "price|quote|trading at|trading for|trading|cost|worth|going for|how much is|how much are|"
    "how much for|what is|where is|how is|how are|value of|last price|current price|market price|at now|"
    "up today|down today|check|show me|show|look up|lookup|pull up|get me|give me|doing|moving|is at|"
    "bid|ask|spread|quote for|quote me|ticker|get|where are|what are|at right now|sitting at|what was|"
    "how has|how did|how high|how low|open at|close at|closed at|opened at|at today|chart|what does"
)
GOING_RATE = Phrases.of("going rate|going price|market rate|current rate|exchange rate|spot rate")
QUESTION_STARTS = word_set(
    """
    what what's where how how's is are am was were do does did can could should would will have has which who why
    when whose whats any tell show list give get display view check see let pull look lookup quote price analyze
    analyse analysis rate research review evaluate study assess report summarize summarise my positions portfolio
    holdings orders balance performance history cash buying i open pending thoughts opinion outlook p&l pnl account
    current latest need explain account's today's how'd run fetch find read examine forecast predict break deep
    status recent past trade trades technical technicals fundamental fundamentals chart sentiment news insights insight
    pros risk
    """
)
SMALL_TALK = Phrases.of(
    "hello|hi|hey|good morning|good afternoon|good evening|thanks|thank you|bye|goodbye|how are you|"
    "who are you|what can you do|help|yo|sup|cheers|good night|hiya|greetings|howdy"
)
