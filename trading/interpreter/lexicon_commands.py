"""Phrases of the commands that are not orders: alerts, orders on the book, strategies."""

from trading.interpreter.phrases import Phrases, word_set

ALERT = Phrases.of(
    "tell me|alert me|ping me|notify me|let me know|warn me|give me a heads up|give me a shout|text me|"
    "message me|email me|buzz me|shout|inform me|set an alert|set a price alert|create an alert|"
    "create a price alert|add an alert|make an alert|price alert|alert|set alert|set up an alert|"
    "send me an alert|send me a notification|send me a message|watch for|give me an alert|remind me|"
    "wake me up|wake me|heads up|flag it|flag|set a notification|set up a price alert|drop me a line|"
    "send an alert|i want to know|i want an alert|i would like an alert|keep me posted|set up a notification|"
    "create a notification|add a price alert|new alert|hit me up|call me|i need an alert|send me a ping|"
    "give me a ping|push me a notification|send a notification|set me an alert|set me a price alert|"
    "send me a text|holler|get me an alert|put an alert|put a price alert|place an alert|"
    "i want to be notified|i want to be alerted|please alert me|alarm me|sound the alarm|set an alarm"
)
WATCH = Phrases.of(
    "watch|keep an eye on|monitor|follow|track|keep watch on|keep tabs on|look at|observe|watch over|keep watching|"
    "keep track of|keep a watch on"
)
CANCEL = Phrases.of(
    "cancel|kill|scrap|pull|withdraw|call off|revoke|remove|delete|abort|void|nix|cancel out|"
    "take down|take off|drop|rescind|clear|clear out|wipe|get rid of|scratch|discard|undo|axe|yank|"
    "please cancel|close"
)
CANCEL_ALL = Phrases.of(
    "all|everything|all my orders|all orders|all of them|all of my orders|them all|every order|"
    "all open orders|all my open orders|every open order|all pending orders|all my pending orders|"
    "all of my open orders|all the orders|my orders|my open orders|all of my pending orders|"
    "every single order|all working orders|all my working orders|open orders|all outstanding orders|"
    "all my outstanding orders|my pending orders|any open orders|any orders|any open orders i have|"
    "all open orders i have|the orders|all the open orders|every pending order|my outstanding orders|"
    "every one of my orders|pending orders|my working orders|all existing orders|all my existing orders|"
    "all resting orders|all my resting orders|everything i have open|everything that is open|"
    "everything that is pending|everything outstanding|"
    "all that is open|everything that is outstanding|everything pending|everything open|"
    "all my trades that are pending|any pending orders|every open order i have|every order i have|"
    "all unfilled orders|my unfilled orders|all my unfilled orders|all active orders|all my active orders|"
    "the open orders|all the pending orders|all live orders|all my live orders|all limit orders"
)
ORDER_STATES = word_set(
    """
    open pending outstanding resting working unfilled existing current active live remaining last latest recent most
    """
)
I_PLACED = Phrases.of(
    "i have|i have got|that i have|i placed|that i placed|i have open|i have placed|i put in|that is open|"
    "that are open|open|outstanding|pending|working|i have working|i have pending|i still have|resting|still open"
)
THAT_ORDER = Phrases.of(
    "that|it|that order|this order|my last order|the last order|that one|the order|my order|last order|"
    "the last one|my latest order|my most recent order|this one|the previous order|that last order|"
    "my previous order|the latest order|this"
)
MODIFY = Phrases.of(
    "change|move|adjust|update|set|raise|lower|bump|amend|modify|edit|make|increase|decrease|reduce|"
    "push|drop|revise|reprice|replace|alter|bring|shift|bump up|bring down|move up|move down|bring up|"
    "reset|tighten|loosen|switch|correct|cut|lift|slide|nudge"
)
PRICE_FIELDS = Phrases.mapping(
    {
        "limit|limit price|limit order|price|limit orders|lmt|price limit|buy limit|sell limit|bid|offer|ask|"
        "limit buy|limit sell|limit buy order|limit sell order|buy limit order|sell limit order": "limit_price",
        "stop|stop price|stop loss|stop-loss|stop order|stop loss order|stop loss price|sell stop|"
        "stoploss|trigger|buy stop|stop trigger": "stop_price",
        "quantity|size|share count|number of shares|amount|qty|order size|shares|order quantity|volume|"
        "contracts": "quantity",
    }
)
STRATEGY_COMMANDS = Phrases.mapping(
    {
        "start|run|launch|begin|kick off|turn on|enable|activate|deploy|start up|fire up|set up|"
        "start running|boot up|switch on|begin running|get going|spin up|initiate|go with|start trading|"
        "set going|kickstart|commence|begin trading": "start",
        "pause|halt|suspend|freeze|put on hold|hold|put a pause on|temporarily stop|stop temporarily|"
        "put a hold on|take a break from": "pause",
        "resume|continue|restart|unpause|reactivate|re enable|re-enable|carry on|carry on with|un pause|un-pause|"
        "continue with|turn back on|switch back on|pick up": "resume",
        "stop|end|kill|shut down|turn off|disable|deactivate|terminate|switch off|shut off|quit|"
        "finish|close down|cancel|stop running|wind down|cease|exit": "stop",
    }
)
STRATEGIES = Phrases.mapping(
    {
        "wheel|the wheel|wheeling|option wheel|options wheel": "wheel",
        "collar|collars|protective collar": "collar",
        "ai|artificial intelligence|ai agent|ai trading|ai trader|autopilot|auto trader|ai bot|ai driven": "ai",
        "dca|dollar cost averaging|dollar cost average|dollar-cost averaging|cost averaging|dollar-cost average": "dca",
        "momentum|trend following|trend": "momentum",
        "mean reversion|mean-reversion|reversion": "mean_reversion",
        "grid|grid trading": "grid",
        "covered call|covered calls": "covered_call",
        "rebalance|rebalancing|rebalancer": "rebalance",
        "iron condor|iron condors": "iron_condor",
        "pairs|pairs trading|pair trading": "pairs",
        "breakout|breakouts": "breakout",
        "scalping|scalper|scalp": "scalping",
        "buy and hold|buy-and-hold": "buy_and_hold",
        "sma cross|sma crossover|moving average crossover|ma crossover|golden cross": "sma_cross",
        "cash secured put|cash secured puts|cash-secured put|cash-secured puts": "cash_secured_put",
        "rsi": "rsi",
        "macd": "macd",
        "value": "value",
    }
)
STRATEGY_NOUNS = word_set(
    """
    trade run work strategy strategies bot bots algo algos algorithm trader agent plan program system autotrader robot
    """
)
ALL_STRATEGIES = Phrases.of(
    "all strategies|all my strategies|all of my strategies|every strategy|my strategies|all bots|all my bots|"
    "all the strategies|all running strategies|every bot|all active strategies|all of the strategies|"
    "all my running strategies|all of my bots|strategies|all the bots|my bots|the strategies|"
    "all my active strategies|all automated strategies|all my automated strategies"
)
FOR_CAPITAL = Phrases.of(
    "with|using|for|with capital of|with a capital of|with a budget of|budget|capital|allocating|"
    "and give it|give it|with an allocation of|and allocate|allocate|at|with up to|,|funded with|"
    "with a starting capital of|starting with|with a bankroll of|and use|use|with about|investing|from|"
    "backed by|with starting capital of|, capital|, budget|with initial capital of|putting in|on a budget of|"
    "worth"
)
