"""Numbers up to twenty: sums, comparisons and counting."""

from topics import Topic

LIMIT = 20
WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()

THINGS = "apples pears books cups boats coins hats eggs cats dogs stones stars trees cards nuts".split()
NUMBERS = tuple(str(n) for n in range(LIMIT + 1))


def _sums(result, symbol):
    return tuple(
        {"a": str(a), "b": str(b), "c": str(result(a, b))}
        for a in range(LIMIT + 1)
        for b in range(LIMIT + 1)
        if 0 <= result(a, b) <= LIMIT and not (symbol == "*" and 0 in (a, b))
    )


def _with_things(facts):
    """Every fact once, about things in turn."""
    return tuple({**fact, "things": THINGS[i % len(THINGS)]} for i, fact in enumerate(facts))


def _runs():
    runs = []
    for a in range(LIMIT + 1):
        for b in range(LIMIT + 1):
            if 2 <= abs(b - a) <= 12:
                step = 1 if a < b else -1
                run = ", ".join(str(n) for n in range(a, b + step, step))
                runs.append({"a": str(a), "b": str(b), "run": run})
    return runs


ADD = Topic(
    "arithmetic",
    ask=(
        "[what is|what's|how much is|calculate|compute|tell me|work out] {a} [+|plus] {b}",
        "{a} [+|plus] {b}",
        "{a}+{b}",
        "what's {a}+{b}",
        "{a} [+|plus] {b} [=|is|equals]",
        "add {a} [and|to] {b}",
        "add up {a} and {b}",
        "[what is|what's|tell me|give me|find|compute] the sum of {a} and {b}",
        "[what do you get when|what do I get if|what happens when] [you|I|we] add {a} [and|to] {b}",
        "[how much|how many] [are|is|do you get with] {a} and {b} [together|in all|in total]",
        "[which|what] number is {a} plus {b}",
        "the sum of {a} and {b} is",
        "if I have {a} and add {b}, [what do I get|how many do I have|how much is it]",
    ),
    held_out=(
        "What does {a} plus {b} make?",
        "{a} plus {b} is what?",
        "Can you add up {a} plus {b} for me?",
        "What is the result of {a} + {b}?",
        "I need the total of {a} and {b}.",
        "Give me {a} + {b}, please.",
        "How much do {a} and {b} make together?",
        "If you take {a} and add {b}, what is the sum?",
        "What number do you get with {a} + {b}?",
        "Do you know how much {a} plus {b} is?",
    ),
    answer="{a} + {b} = {c}.",
    key="{c}",
    facts=_sums(lambda a, b: a + b, "+"),
    weight=8,
)

SUBTRACT = Topic(
    "arithmetic",
    ask=(
        "[what is|what's|how much is|calculate|compute|tell me|work out] {a} [-|minus] {b}",
        "{a} [-|minus] {b}",
        "{a}-{b}",
        "what's {a}-{b}",
        "{a} [-|minus] {b} [=|is|equals]",
        "[subtract|take] {b} from {a}",
        "take away {b} from {a}",
        "{a} take away {b}",
        "[what is|what's|tell me|give me|find|compute] the difference [of|between] {a} and {b}",
        "[what do you get when|what do I get if|what happens when] [you|I|we] [take|subtract] {b} from {a}",
        "[how much|how many] is left [of {a}|] if [you|I|we] take {b} from {a}",
        "[which|what] number is {a} minus {b}",
        "if I have {a} and take away {b}, [what do I get|how many do I have|what is left]",
    ),
    held_out=(
        "What does {a} minus {b} make?",
        "{a} minus {b} is what?",
        "What is the result of {a} - {b}?",
        "Give me {a} - {b}, please.",
        "If you have {a} and subtract {b}, how much is left?",
        "What number do you get with {a} - {b}?",
        "Do you know how much {a} minus {b} is?",
        "Can you take {b} away from {a} for me?",
    ),
    answer="{a} - {b} = {c}.",
    key="{c}",
    facts=_sums(lambda a, b: a - b, "-"),
    weight=7,
)

MULTIPLY = Topic(
    "arithmetic",
    ask=(
        "[what is|what's|how much is|calculate|compute|tell me|work out] {a} [*|x|times] {b}",
        "{a} [*|x|times] {b}",
        "{a}*{b}",
        "{a} [*|times] {b} [=|is|equals]",
        "multiply {a} [by|and|with] {b}",
        "[what is|what's|tell me|give me|find] the product of {a} and {b}",
        "[what do you get when|what do I get if] [you|I|we] multiply {a} [by|with] {b}",
        "[which|what] number is {a} times {b}",
    ),
    held_out=(
        "What does {a} times {b} make?",
        "What is the result of {a} times {b}?",
        "Give me {a} times {b}, please.",
        "Do you know how much {a} times {b} is?",
    ),
    answer="{a} * {b} = {c}.",
    key="{c}",
    facts=_sums(lambda a, b: a * b, "*"),
    weight=3,
)

HAVE_MORE = Topic(
    "arithmetic",
    ask=(
        "I have {a} {things} and [get|find|buy] {b} more. How many {things} do I have[| now]",
        "[Anna|Tom|Ben|Mia] has {a} {things} and [gets|finds|buys] {b} more. How many [{things} |]are there",
        "there are {a} {things} and {b} more come. How many {things} are there[| now]",
    ),
    held_out=(
        "If I have {a} {things} and then get {b} more, how many {things} do I have in total?",
        "I had {a} {things}. I found {b} more. How many do I have now?",
    ),
    answer="{a} + {b} = {c}, so there are {c} {things}.",
    key="{c}",
    facts=_with_things(_sums(lambda a, b: a + b, "+")),
    weight=1.2,
)

HAVE_LESS = Topic(
    "arithmetic",
    ask=(
        "I have {a} {things} and [lose|eat|give away|sell] {b}. How many {things} [do I have|are left][| now]",
        "[Anna|Tom|Ben|Mia] has {a} {things} and [loses|gives away|sells] {b}. How many [{things} |]are left",
        "there are {a} {things} and {b} go away. How many {things} are [there|left]",
    ),
    held_out=("If I have {a} {things} and give away {b}, how many are left?",),
    answer="{a} - {b} = {c}, so there are {c} {things}.",
    key="{c}",
    facts=_with_things(_sums(lambda a, b: a - b, "-")),
    weight=1.2,
)

BIGGER = Topic(
    "arithmetic",
    ask=(
        "[which|what] [number |one |]is [bigger|larger|greater|more], {a} or {b}",
        "which is the [bigger|larger|greater] [number|one]: {a} or {b}",
        "[what is|what's|tell me|find] the [larger|bigger|greater] of {a} and {b}",
        "is {a} or {b} [bigger|larger|greater|more]",
        "{a} or {b}, which is [more|bigger|larger]",
    ),
    held_out=(
        "Of {a} and {b}, which is bigger?",
        "Tell me which number is larger: {a} or {b}.",
    ),
    answer="The bigger number is {c}.",
    key="{c}",
    facts=_sums(lambda a, b: max(a, b) if a != b else -1, "max"),
    weight=1.5,
)

SMALLER = Topic(
    "arithmetic",
    ask=(
        "[which|what] [number |one |]is [smaller|less|lower], {a} or {b}",
        "which is the [smaller|lower] [number|one]: {a} or {b}",
        "[what is|what's|tell me|find] the [smaller|lower] of {a} and {b}",
        "is {a} or {b} [smaller|less|lower]",
        "{a} or {b}, which is [less|smaller|lower]",
    ),
    held_out=("Of {a} and {b}, which is smaller?",),
    answer="The smaller number is {c}.",
    key="{c}",
    facts=_sums(lambda a, b: min(a, b) if a != b else -1, "min"),
    weight=1.5,
)

COUNT = Topic(
    "counting",
    ask=(
        "count from {a} to {b}",
        "count [the numbers |]from {a} [up |]to {b}",
        "[say|list|write|give me|show me|name|tell me] [all |]the numbers from {a} to {b}",
        "[say|list|write|give me|show me|name|tell me] [all |]the numbers between {a} and {b}",
        "[start|begin] at {a} and count to {b}",
        "numbers from {a} to {b}",
        "[what are|which are] the numbers from {a} to {b}",
        "counting from {a} to {b}",
    ),
    held_out=(
        "I would like you to count from {a} until {b}.",
        "Can you count for me, from {a} to {b}?",
        "Start counting at {a} and stop at {b}.",
        "Which numbers do you say when you count from {a} to {b}?",
    ),
    answer="{run}.",
    key="{run}",
    facts=tuple(_runs()),
    reject=NUMBERS,
    weight=4,
)

COUNT_TO = Topic(
    "counting",
    ask=(
        "count to {b}",
        "count up to {b}",
        "count [from one|from the start] to {b}",
        "[say|list|write|give me|show me|name] the first {b} numbers",
        "[how do you|how do I] count to {b}",
        "[start|begin] counting and stop at {b}",
    ),
    held_out=("Can you show me how you count to {b}?", "Please count for me up to {b}.", "I want to hear you count to {b}."),
    answer="{run}.",
    key="{run}",
    facts=tuple(run for run in _runs() if run["a"] == "1" and int(run["b"]) > 2),
    reject=NUMBERS,
    weight=1,
)

NEXT_NUMBER = Topic(
    "counting",
    ask=(
        "[what|which] number [comes|is] [right |]after {a}",
        "[what|which] number follows {a}",
        "what [comes|is] after {a}",
        "[what is|tell me|name|give me] the [number after|next number after] {a}",
        "[what is|tell me] the next number: {a}",
        "what is one more than {a}",
    ),
    held_out=("When I count, what comes after {a}?", "After {a}, which number is next?"),
    answer="After {a} comes {b}.",
    key="{b}",
    facts=tuple({"a": str(n), "b": str(n + 1)} for n in range(LIMIT)),
    weight=1,
)

PREVIOUS_NUMBER = Topic(
    "counting",
    ask=(
        "[what|which] number [comes|is] [right |]before {a}",
        "what [comes|is] before {a}",
        "[what is|tell me|name|give me] the number before {a}",
        "what is one less than {a}",
    ),
    held_out=("When I count, what comes before {a}?",),
    answer="Before {a} comes {b}.",
    key="{b}",
    facts=tuple({"a": str(n), "b": str(n - 1)} for n in range(1, LIMIT + 1)),
    weight=1,
)

TOPICS = (
    ADD, SUBTRACT, MULTIPLY, HAVE_MORE, HAVE_LESS, BIGGER, SMALLER, COUNT, COUNT_TO, NEXT_NUMBER, PREVIOUS_NUMBER,
)  # fmt: skip
