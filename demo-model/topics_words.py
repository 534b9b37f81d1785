"""Days, months, and opposites."""

from topics import Topic

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
PLACES = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()

OPPOSITES = (
    "hot cold,big small,up down,in out,open closed,day night,black white,fast slow,happy sad,old young,"
    "high low,long short,hard soft,good bad,left right,full empty,wet dry,early late,light dark,"
    "strong weak,rich poor,loud quiet,clean dirty,thick thin,wide narrow,near far,first last,begin end,push pull,"
    "give take,buy sell,win lose,come go,laugh cry,love hate,true false,yes no,above below,inside outside,"
    "before after,always never,more less,many few,front back,top bottom,north south,east west,summer winter,"
    "sweet sour,sharp blunt,deep shallow,smooth rough,cheap expensive,easy difficult,safe dangerous,"
    "brave afraid,kind cruel,polite rude,asleep awake,alive dead,same different,start stop,on off,"
    "question answer,friend enemy,war peace,sunrise sunset,king queen,boy girl"
)
PAIRS = tuple(tuple(pair.split()) for pair in OPPOSITES.split(","))


def _steps(names, step):
    return tuple({"a": name, "b": names[(i + step) % len(names)]} for i, name in enumerate(names))


def _following(category, noun, names, weight):
    """After and before, for a cycle of names."""
    return (
        Topic(
            category,
            ask=(
                f"[what|which] {noun} [comes|is] [right |]after {{a}}",
                f"[what|which] {noun} follows {{a}}",
                "what [comes|is] after {a}",
                f"[what is|what's|tell me|name|give me] the {noun} after {{a}}",
                f"[what is|what's|tell me|name] the next {noun} after {{a}}",
                "[it is|it's|now it is] {a}. " + f"[What|Which] {noun} [comes next|is next]",
                f"[which|what] is the {noun} that [comes after|follows] {{a}}",
                "after {a} comes",
                "{a} comes right before [what|which] " + noun,
            ),
            held_out=(
                f"When {{a}} is over, which {noun} comes next?",
                f"{{a}} is followed by which {noun}?",
                f"Can you name the {noun} that is next after {{a}}?",
                f"After {{a}}, what {noun} is it?",
            ),
            answer="After {a} comes {b}.",
            key="{b}",
            facts=_steps(names, 1),
            reject=tuple(names),
            weight=weight,
        ),
        Topic(
            category,
            ask=(
                f"[what|which] {noun} [comes|is] [right |]before {{a}}",
                f"[what|which] {noun} was before {{a}}",
                "what [comes|is] before {a}",
                f"[what is|what's|tell me|name|give me] the {noun} before {{a}}",
                f"[which|what] is the {noun} that comes before {{a}}",
                "before {a} comes",
                "{a} comes right after [what|which] " + noun,
            ),
            held_out=(
                f"Which {noun} do we have right before {{a}}?",
                f"Before {{a}}, what {noun} is it?",
                f"Can you name the {noun} that is just before {{a}}?",
            ),
            answer="Before {a} comes {b}.",
            key="{b}",
            facts=_steps(names, -1),
            reject=tuple(names),
            weight=weight,
        ),
    )


TOMORROW = Topic(
    "days",
    ask=(
        "[today is|if today is|it is|if it is] {a}[.|,] what [day |]is tomorrow",
        "what [day |]is tomorrow if today is {a}",
        "[today is|if today is] {a}, what day will it be tomorrow",
        "tomorrow is what day if [it is|today is] {a}",
    ),
    held_out=("If today is {a}, which day comes tomorrow?", "Today it is {a}. Which day is tomorrow?"),
    answer="Tomorrow is {b}.",
    key="{b}",
    facts=_steps(DAYS, 1),
    reject=tuple(DAYS),
)

YESTERDAY = Topic(
    "days",
    ask=(
        "[today is|if today is|it is|if it is] {a}[.|,] what [day |]was yesterday",
        "what [day |]was yesterday if today is {a}",
        "[today is|if today is] {a}, what day was it yesterday",
    ),
    held_out=("If today is {a}, which day did we have yesterday?",),
    answer="Yesterday was {b}.",
    key="{b}",
    facts=_steps(DAYS, -1),
    reject=tuple(DAYS),
)

DAY_FACTS = (
    Topic(
        "days",
        ask=(
            "how many days [are|are there] in [a|one] week",
            "how many days [does|has] [a|one] week [have|got]",
            "[what is|tell me] the number of days in a week",
            "a week has how many days",
        ),
        held_out=("How many days make a week?",),
        answer="A week has 7 days.",
        key="7",
        weight=0.25,
    ),
    Topic(
        "days",
        ask=(
            "[name|list|say|tell me|give me|write] [all |]the days of the week",
            "what are the [seven |]days of the week",
            "which days are in a week",
            "days of the week",
        ),
        held_out=("Can you list every day of the week?",),
        answer=", ".join(DAYS) + ".",
        key=", ".join(DAYS),
        weight=0.3,
    ),
    Topic(
        "days",
        ask=(
            "[what|which] days are [the weekend|on the weekend|in the weekend|at the weekend]",
            "[what|when] is the weekend",
            "name the days of the weekend",
            "which two days are the weekend",
        ),
        held_out=("Tell me which days make the weekend.",),
        answer="The weekend is Saturday and Sunday.",
        key="Saturday and Sunday",
        weight=0.3,
    ),
    Topic(
        "days",
        ask=("what is the {n} day of the week", "[which|what] day is the {n} [day |]of the week", "name the {n} day of the week"),
        held_out=("Of the seven days of the week, which is the {n} one?",),
        answer="The {n} day of the week is {b}.",
        key="{b}",
        facts=tuple({"n": place, "b": day} for place, day in zip(PLACES, DAYS)),
        reject=tuple(DAYS),
        weight=0.8,
    ),
)

MONTH_FACTS = (
    Topic(
        "months",
        ask=(
            "how many months [are|are there] in [a|one] year",
            "how many months [does|has] [a|one] year [have|got]",
            "[what is|tell me] the number of months in a year",
            "a year has how many months",
        ),
        held_out=("How many months make a year?",),
        answer="A year has 12 months.",
        key="12",
        weight=0.25,
    ),
    Topic(
        "months",
        ask=(
            "[name|list|say|tell me|give me|write] [all |]the months [of|in] [the|a] year",
            "what are the [twelve |]months of the year",
            "which months are in a year",
            "months of the year",
        ),
        held_out=("Can you list every month of the year?",),
        answer=", ".join(MONTHS) + ".",
        key=", ".join(MONTHS),
        weight=0.4,
    ),
    Topic(
        "months",
        ask=(
            "how many days [are|are there] in {a}",
            "how many days [does {a} have|has {a} got|has {a}]",
            "how long is {a}",
            "[what is|tell me] the number of days in {a}",
            "{a} has how many days",
        ),
        held_out=("Do you know how many days {a} has?", "How many days long is {a}?"),
        answer="{a} has {c} days.",
        key="{c}",
        facts=tuple({"a": month, "c": str(days)} for month, days in zip(MONTHS, LENGTHS)),
        weight=1.2,
    ),
    Topic(
        "months",
        ask=(
            "what is the {n} month[| of the year]",
            "[which|what] month is the {n} [|one|month of the year|of the year]",
            "name the {n} month[| of the year]",
            "tell me the {n} month[| of the year]",
        ),
        held_out=("In a year, which month is the {n} one?", "The {n} month of the year, what is it?"),
        answer="The {n} month is {b}.",
        key="{b}",
        facts=tuple({"n": place, "b": month} for place, month in zip(PLACES, MONTHS)),
        reject=tuple(MONTHS),
        weight=1.2,
    ),
)

OPPOSITE = Topic(
    "opposites",
    ask=(
        "[what is|what's|tell me|give me|name|say|find|do you know] the opposite of {a}",
        "opposite of {a}",
        "the opposite of {a} is",
        "what is opposite to {a}",
        "[what|which] word is the opposite of {a}",
        "[what|which] word means the opposite of {a}",
        "{a} is the opposite of what",
        "if [it is|something is] not {a}, [what is it|it is]",
        "what is not {a}",
        "[give me|find|tell me] [a|the] word that is the opposite of {a}",
        "{a}, and the opposite",
        "what [do you call|is] the opposite of the word {a}",
        "[what is|tell me] the reverse of {a}",
        "[what is|name|give me] an antonym of {a}",
    ),
    held_out=(
        "Which word would be the opposite of {a}?",
        "I am looking for the opposite of {a}.",
        "The opposite of {a} is what?",
        "Can you say the opposite word of {a}?",
        "What would you call the opposite of {a}?",
        "Do you know which word is opposite to {a}?",
        "{a} has which opposite?",
    ),
    answer="The opposite of {a} is {b}.",
    key="{b}",
    facts=tuple({"a": a, "b": b} for x, y in PAIRS for a, b in ((x, y), (y, x))),
    weight=6,
)

TOPICS = (
    *_following("days", "day", DAYS, 1.5),
    TOMORROW,
    YESTERDAY,
    *DAY_FACTS,
    *_following("months", "month", MONTHS, 1.6),
    *MONTH_FACTS,
    OPPOSITE,
)
