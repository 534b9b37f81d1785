"""Questions that the model must refuse: too many kinds to list, so as many as are cheap."""

import grammar
from topics_talk import BIG_NUMBERS, REFUSAL

_LISTS = {
    "country": "France Germany Spain Italy Japan China India Brazil Canada Mexico Egypt Kenya Norway Sweden Poland Peru "
    "Greece Turkey Russia Chile Ireland Portugal Austria Cuba Iran Ghana Nepal",
    "city": "Paris London Berlin Rome Tokyo Madrid Vienna Boston Chicago Moscow Delhi Cairo Lima Oslo Dublin Athens Prague",
    "person": "Einstein Newton Mozart Shakespeare Napoleon Cleopatra Gandhi Darwin Picasso Obama Caesar Lincoln Bach "
    "Galileo Plato Columbus Churchill",
    "thing": "water gold iron light gravity time money music art love history physics chemistry biology law medicine "
    "coffee tea bread cheese chocolate wine pizza rice sugar salt glass paper steel plastic oil energy electricity "
    "rain snow wind thunder fire earthquakes volcanoes oceans mountains planets galaxies atoms cells viruses bacteria "
    "vitamins dreams language football tennis chess poker cars trains planes bicycles phones cameras batteries "
    "computers Python JavaScript Linux Windows databases compilers encryption blockchain bitcoin stocks taxes banks "
    "insurance elections democracy religion philosophy poetry painting movies television radio newspapers",
    "deed": "cook rice|bake bread|fix my car|lose weight|sleep better|learn Spanish|play guitar|write a letter|"
    "grow tomatoes|make money|get a job|paint a wall|tie a tie|draw a horse|build a house|speak French|train a puppy|"
    "cure a cold|boil an egg|clean a window|repair a phone|invest my money|pass an exam|swim faster|run a marathon",
    "work": "poem|song|essay|letter|mail|program|function|script|recipe|joke|riddle|novel|report|list of cities|"
    "shopping list|haiku|limerick|summary|speech|plan for my holiday|SQL query|regular expression|web page",
    "tongue": "French German Spanish Italian Latin Japanese Chinese Russian Greek Dutch Polish",
}
_LISTS = {name: text.split("|" if "|" in text else " ") for name, text in _LISTS.items()}

_ASK = (
    "what is the [capital|population|flag|president|currency|history|king|food|largest city] of {country}",
    "[who|what] is the [president|queen|leader] of {country}",
    "[where is|how big is|how far is|tell me about|how do I get to|what do people eat in] [{country}|{city}]",
    "what is the weather [|like ][today|tomorrow|now|in {city}|in {country}]",
    "[will it|is it going to|does it] [rain|snow][| today| tomorrow| in {city}]",
    "who [is|was] {person}",
    "when [was {person} born|did {person} die|did {person} live]",
    "what did {person} [do|say|write|discover|invent|paint]",
    "[what is|what are|explain|tell me about|describe|define|I want to learn about] {thing}",
    "[how does|how do|why is|why are|where does|where do] {thing} [work|so important|come from|happen]",
    "who invented {thing}",
    "how much [does|do] {thing} cost",
    "is {thing} [good|bad|healthy|dangerous|useful|expensive]",
    "[what is the best|recommend a good|which is the best] [book|film|song|game|car|phone|restaurant|hotel|school][| in {city}| about {thing}]",
    "[how do I|how can I|how to|help me to|teach me to|show me how to] {deed}",
    "[write|write me|make|give me|compose|create] a {work}[| about {thing}| for my friend| about {city}]",
    "tell me a joke[| about {thing}| about {person}]",
    "[translate|say] [this|hello|thank you|good night|{thing}|I love you] [in|to|into] {tongue}",
    "how do you say {thing} in {tongue}",
    "do you speak {tongue}",
    "who won the [world cup|election|game|war|race|match][| last year| in {country}]",
    "what [time is it|is the time|is the date|day is it today|year is it|month is it now]",
    "what [do you think of|is your opinion on] [{thing}|{person}|{country}]",
    "[should I|can I] [buy|sell|eat|drink|use] {thing}",
    "[what is|find] the [square root|logarithm|meaning|price|color|weight|temperature|speed|size] of [{thing}|{word}]",
    "how [old|tall|rich|far|fast|deep|heavy|hot] is [{person}|the sun|the moon|{city}|the earth|{word}]",
    "[what is|what does|who is|explain|tell me about|where is|why] [a |]{word}[| mean| {word}]",
    "{word}[| {word}| {word} {word}][| {word}]",
    "{word} {thing} {word}",
    "I [like|love|hate|need|want] {thing}",
    "I feel [sick|lonely|tired|bored|angry|strange]",
    "my [car|phone|back|head|computer|dog] [hurts|is broken|does not work|is sick]",
    "[play|sing|draw|paint] [something|a song|me a picture|music]",
    "[order|book|buy] [a pizza|a taxi|a flight to {city}|a hotel in {city}|tickets]",
    "[open|close|turn on|turn off] the [door|light|window|music|radio]",
    "[fix|debug|review|explain] [this|my] [code|program|text|bug|essay]",
    "what is the opposite of [{thing}|{word}|a table|a car|{city}]",
    "tell me [something|a secret|the news|more about {thing}|a fact about {thing}]",
    "[are there|do you believe in] [aliens|ghosts|gods|miracles]",
    "what is the meaning of life",
    "how many [people|cars|cities|stars|books|legs|bones] [are there|are in {country}|does a spider have]",
    "[what is|who is] the [biggest|tallest|fastest|richest|oldest] [animal|building|car|man|woman|city|river|mountain][| in the world| in {country}]",
)

_LOOSER = (
    "[which|what] [city|river|mountain|country|star|book|film|bird] is the [longest|highest|oldest|best|nearest|nicest][| of all| in the world| in {country}]",
    "[please |][write|compose|send] me [a|some] [nice |funny |long |]{work} in {tongue}",
    "how long [is|takes] [the|a] [flight|trip|train|drive] [from|to] {city}[| to {city}]",
    "who [was|is] the [second|last|best|youngest] [man|woman|person|king|president] [of|in|on] [{country}|{city}|mars|the team]",
    "my [radio|bike|phone|computer|oven|screen] [does not start|makes noise|stopped|is too slow][, what is wrong|, what can I do| and I need help|]",
    "is it [cold|warm|snowing|sunny|late] in {city}[| now| today]",
    "what [can|could|shall] I [eat|drink|wear|read|watch|buy] [for breakfast|for lunch|today|on the train]",
    "[order|filter|reverse|print] [this|the] [list|table|array|text|file] [of words |]in [Java|C|Rust|Perl][| for me]",
    "how many [meters|inches|liters|cents|seconds|miles] are [there |]in [a|one] [mile|foot|gallon|dollar|hour|kilometer]",
    "[which|what] [team|player|party|horse|driver] [won|wins|is winning|lost] [the cup|on Sunday|this year|last week]",
    "[do you know|I want to know|tell me|can you explain] [why|how|where|when] [the|my] [sky|sea|grass|moon|neighbour|river] [is blue|is angry|moves|changes|shines]",
    "[what|which] [is|was] the [name|number|address|birthday] of [{person}|my mother|the president|your boss]",
    "[give|send|show] me [a picture|a map|the price|a link|an example] of {thing}",
    "[who|which person] [wrote|painted|built|discovered|sang] [{thing}|the bible|Hamlet|this song]",
    "I am [cold|hungry|late|thirsty|ill|sad][, what now|, what should I do|]",
    "[should|must|may] [we|I|they] [go|travel|move|fly] to [{city}|{country}][| today| in summer]",
    "[compare|choose between] {thing} and {thing}",
    "[summarize|shorten|rewrite|correct] [this|the|my] [article|paragraph|letter|page]",
    "[where|when] [can|did|will] [I|we|they|he|she] [find|meet|see|lose] [{thing}|{person}|the keys|a doctor]",
    "[what|who|which] [makes|moves|eats|breaks|needs] {thing}[| in {country}]",
)

_BIG = (
    "[what is|what's|how much is|calculate|compute|] {big} [+|-|*|plus|minus|times] [{big}|{small}]",
    "[what is|what's|how much is|calculate|compute|] {small} [+|-|*|plus|minus|times] {big}",
    "[add|multiply] {big} [and|by] [{small}|{big}]",
    "count [to|from {small} to|up to] {big}",
    "[what|which] number comes after {big}",
    "[what is|give me] the sum of {big} and {small}",
)


def question(random, loose=False):
    """A question that the model can't answer, and the polite refusal; with `loose` of more kinds."""
    if random.random() < 0.15:
        return _fill(grammar.expand(random.choice(_BIG), random), random), BIG_NUMBERS
    if random.random() < 0.04:
        return _noise(random), REFUSAL
    asks = _ASK + _LOOSER if loose else _ASK
    return _fill(grammar.expand(random.choice(asks), random), random), REFUSAL


def word(random):
    """A word of no language, pronounceable."""
    syllables = random.choice((1, 2, 2, 2, 3))
    text = "".join(random.choice("bcdfghjklmnprstvwyz") + random.choice("aeiou") for _ in range(syllables))
    return text + random.choice(("", "", "n", "r", "s", "t", "x", "l", "ck", "sh"))


def patterns():
    """The grammar's phrasings, for the check that no held-out question is one of them."""
    return _ASK + _LOOSER + _BIG


def _fill(text, random):
    while "{" in text:
        slot = text[text.index("{") + 1 : text.index("}")]
        text = text.replace("{" + slot + "}", _value(slot, random), 1)
    return text


def _value(slot, random):
    if slot == "word":
        return word(random)
    if slot == "big":
        return str(random.choice((random.randint(21, 99), random.randint(100, 999), random.randint(1000, 99999))))
    if slot == "small":
        return str(random.randint(0, 20))
    return random.choice(_LISTS[slot])


def _noise(random):
    """Characters, bytes of other scripts, punctuation: whatever a keyboard can send."""
    kind = random.randrange(3)
    if kind == 0:
        return "".join(chr(random.randint(33, 126)) for _ in range(random.randint(1, 12)))
    if kind == 1:
        start = random.choice((0xC0, 0x391, 0x410, 0x5D0, 0x905, 0x3042, 0x4E00, 0x1F600))
        return "".join(chr(start + random.randint(0, 60)) for _ in range(random.randint(2, 8)))
    return random.choice("?!.,;:#*-/") * random.randint(1, 5)
