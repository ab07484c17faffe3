"""Plain words that are never a misspelled company and never its first name alone: "song" is not Sony."""

# Trades and kinds of companies: "tech stocks" are many, and none of them is the ticker TECH.
SECTOR_WORDS = frozenset(
    word
    for line in """
    ai airline airlines auto autos banking banks biotech biotechs cannabis chip chips cleantech clothing commodities
    commodity construction consumer crypto cryptos cyber cybersecurity defence defense dividend drug drugs electric
    electronics emerging etfs ev evs fang farming fashion finance financial financials fintech food foods foreign
    fossil funds gaming geothermal grocery growth healthcare hydrogen industrial industrials infrastructure internet
    lithium logistics luxury materials media medical meme metals mining nuclear penny pharma pharmaceutical
    pharmaceuticals property quantum railway railways retail robotics semi semiconductor semiconductors semis
    shipping social solar space staples streaming tech technology telecom telecommunication telecoms tobacco tourism
    transport transportation uranium utilities utility weed wind
    """.splitlines()
    for word in line.split()
)
PLAIN_WORDS = SECTOR_WORDS | frozenset(
    word
    for line in """
    account afraid age agreement aim air airport amount angry another anyone anything apartment apples area autumn
    average baby back bag bake ball banana bank bar bath bathroom battery beach bed beer begin belt best better big
    bike bill bird birthday bit black blanket blue boat body bond bonds bonus book books boot boots both bottle
    bottom bowl box boy brake bread breakfast bridge broker brown brush bulb burger bus business busy butter button
    cable cafe cake call calls calm camera can candle candy car card cars cart case cash cat ceiling center chain
    chair charger chart checking cheese chef cherry chicken child chocolate church cinema city class clean client
    cloud coat code coffee coin coins cold college color colour comb company computer contract cookie cool copper
    cost cotton couch count country cow cup curb customer data day days deal debt deck deep degree desert desk
    different dinner dip dirty doc doctor dog doll dollar door dress drill dry duck due each ear earth easy eat eggs
    elf email end energy engine equities equity euro evening every everyone everything eye face factory fake fall
    false family fan farm few file filter first fish fix fizz flight floor flower foot force forest fork form free
    fresh friend front fruit fun fund futures game games garage garden gas gift girl glass gloves goat gold golf
    goodbye government grape grass gray green grey group hair half hammer hand happily happy harbor hard hardware
    hat head heart heater heavy height hello high holiday home hope horse hospital hot hotel hour hours house houses
    hum hundred ice idea image index inn insurance iron jacket jar job journey judge juice key keyboard kid kind
    king kitchen knife lake lamp land laptop large last law lawyer leaf leather left leg lemon length letter level
    library light line little loan lock long lot lots love low lunch machine magazine mall man many market maybe
    meeting melon message middle milk mind minute minutes mirror money monitor month moon morning mortgage motor
    mountain mouse mouth movie museum music nail name nation network new news newspaper next nft night no nobody
    noise nose notebook nothing novel number nurse ocean office oil okay old options oranges order other oven page
    pair pan pants paper park part party path peach pear pen pencil pension people person phone phones photo picture
    piece pillow pink pipe pizza place plan planet plastic plate play please plug point police pool poor port pot
    pound power present price prince princess printer product program project pump purple puzzle queen quickly
    rabbit race ramp rate ready real red rent report restaurant rich right rip river road robot rock rocket roof
    room rope rubber rule sad safe salad salary sale sales same sandwich savings saw scarf school screen screw
    season seat second server service set several shape share shares sheep shirt shirts shoes shop short shower side
    silk silver sink size skirt sky slowly small snack soap socks sofa soft software soldier some someone something
    song sorry sort soul sound speed spoon spring stairs star start state station steel step stock stocks stone
    store story stove street strong student style sugar sum summer sure switch system table tablet tall tank tap tax
    tea teacher team thanks theater thick thin third ticket tickets tile time tire title toilet token tool top total
    towel town toy toys trade train travel treasuries tree trend trip truck true tube type university vacation value
    valve van video village voice wall warm watch watches water weak weather wedding week weeks weight wet whatever
    wheel white whole wide window wine winter wire woman wood wool word work world worse worst year yellow yen yes
    young
    """.splitlines()
    for word in line.split()
)
