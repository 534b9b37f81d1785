"""Looser ways to say the same, which only the end of training uses.

By then the plain ways are known, and an answer has to stop hanging on one order of words. Keys are what a topic
answers (with its category), or phrases of turns.py; values are further phrases in the phrase grammar.
"""

import turns


def _steps(noun):
    """After and before, for days or months."""
    category = noun + "s"
    return {
        (category, "After {a} comes {b}."): (
            f"[once|as soon as] {{a}} [is gone|has passed|ends], [what|which] {noun} [is it|comes|starts]",
            f"{{a}} ends. [What|Which] {noun} [starts|is it then|comes then]",
            f"after {{a}} [we have|it is|you get|there is] [what|which] {noun}",
            f"{{a}} comes first, and [then which|then what|which] {noun}",
            f"[can you say|say|I need|I want] the {noun} [that is|coming|which comes] after {{a}}",
            f"[what|which] {noun} [do we have|do you get|is there|will it be] [right |just |]after {{a}}",
            f"the {noun} after {{a}}, [which one|what] is [it|that]",
            f"{{a}} [has which|has what] {noun} after it",
        ),
        (category, "Before {a} comes {b}."): (
            f"[what|which] {noun} [ends|is over] when {{a}} [starts|begins]",
            f"{{a}} starts. [What|Which] {noun} [was it|is over|ended|has ended]",
            f"before {{a}} [we have|we had|you get|there is] [what|which] {noun}",
            f"[can you say|say|I need|I want] the {noun} [that is|coming|which comes] before {{a}}",
            f"[what|which] {noun} [did we have|do you get|is there] [just |]before {{a}}",
            f"the {noun} before {{a}}, [which one|what] is [it|that]",
            f"before {{a}}, which {noun} [comes|was there]",
            f"{{a}} [has which|has what] {noun} before it",
        ),
    }


TOPICS = (
    _steps("day")
    | _steps("month")
    | {
            ("days", "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday."): (
                "[can you|could you] [name|say|write down] [all|all of] the [|seven ]days of a week",
                "[every|each] day [of|in] [a|the] week[|, one after the other]",
                "[list|name|say] [every|each] day [of|in] one week",
                "the seven days of the week, what are they",
            ),
            ("days", "A week has 7 days."): (
                "[a|one] week is how many days[| long]",
                "[how many|what number of] days [form|are needed for|do you need for] a week",
            ),
            ("days", "The weekend is Saturday and Sunday."): (
                "[the|a] weekend is [which|what] days",
                "which days [form|belong to|are called] the weekend",
            ),
            ("days", "The {n} day of the week is {b}."): (
                "in a week, [what|which] day is [number {n}|the {n}]",
                "the {n} day of the week[ is|, which one is it|, what is it called]",
                "of all days in the week, [what|which] is the {n}",
            ),
            ("days", "Tomorrow is {b}."): (
                "[this is|we have|now it is] {a}[. | today. |, so ][what|which] day [do we have|comes|is it] tomorrow",
                "[what|which] day [comes|follows|do we get] tomorrow [if|when] [this|today] is {a}",
            ),
            ("days", "Yesterday was {b}."): (
                "[this is|we have|now it is] {a}[. | today. |, so ][what|which] day [did we have|came|was it] yesterday",
                "[what|which] day [did we have|was it] yesterday [if|when] [this|today] is {a}",
            ),
            (
                "months",
                "January, February, March, April, May, June, July, August, September, October, November, December.",
            ): (
                "[can you|could you] [name|say|write down] [all|all of] the [|twelve ]months of a year",
                "[every|each] month [of|in] [a|the] year[|, one after the other]",
                "[list|name|say] [every|each] month [of|in] one year",
                "the twelve months of the year, what are they",
            ),
            ("months", "A year has 12 months."): (
                "[a|one] year is how many months[| long]",
                "[how many|what number of] months [form|are needed for|do you need for] a year",
            ),
            ("months", "{a} has {c} days."): (
                "[can you say|say] how many days [are in|there are in|are there in] {a}",
                "how many days [long |]has the month of {a}",
                "in {a} [there are|we have|you have] how many days",
            ),
            ("months", "The {n} month is {b}."): (
                "[of|in] the twelve months, [what|which] [one |]is the {n}",
                "the {n} month of the year[ is|, which one is it|, what is it called]",
                "month [number |]{n} of the year is [which|what]",
            ),
        ("opposites", "The opposite of {a} is {b}."): (
            "[which|what] is opposite to the word {a}",
            "[I need|I want|I am thinking of|we need] [the|a] [word for the |]opposite of {a}",
            "{a} has [what as its opposite|an opposite, what is it|an opposite, which word is it]",
            "the opposite of {a}[, what is it|, which word is that|, please say it]",
            "[what|which word] would [make|give] the [very |]opposite [of|to] {a}",
            "[can you|could you] [find|think of|write] [the|an] opposite [for|of] {a}",
            "{a} and its opposite[, which is it|]",
            "for {a}, what is the opposite",
        ),
        ("arithmetic", "{a} + {b} = {c}."): (
            "[what|how much] [will|would|do] {a} [+|plus|and] {b} [give|come to|add up to]",
            "{a} [+|plus] {b} [gives|makes|comes to] [what|how much]",
            "[can you|could you] [work out|add|sum up] {a} [+|plus|and] {b}",
            "[say|show me|find out] [what|how much] {a} [+|plus] {b} is",
            "[I want|find|say] the [result of|answer to] {a} [+|plus] {b}",
            "[I take|you take|take] {a} and [then |]add {b}[. How much is it|, what do [I|you] get|, how much is that]",
            "the total [of|for] {a} and {b} is [what|how much]",
            "[what|how much] is the total of {a} [and|plus] {b}",
            "{a} and {b} more[ is|, how much is it| make what]",
            "when you add {b} to {a}, what is the [sum|total|result]",
        ),
        ("arithmetic", "{a} - {b} = {c}."): (
            "[what|how much] [will|would|do] {a} [-|minus] {b} [give|come to|leave]",
            "{a} [-|minus] {b} [gives|makes|leaves] [what|how much]",
            "[can you|could you] [work out|find] {a} [-|minus] {b}",
            "[say|show me|find out] [what|how much] {a} [-|minus] {b} is",
            "[I want|find|say] the [result of|answer to] {a} [-|minus] {b}",
            "[I take|you have|take] {a} and [then |]subtract {b}[. What is left|, what do [I|you] get|, how much is that]",
            "{b} away from {a} [is|leaves] [what|how much]",
            "from {a} [take|subtract] {b}",
        ),
        ("arithmetic", "{a} * {b} = {c}."): (
            "[what|how much] [will|would|do] {a} [*|times] {b} [give|come to]",
            "{a} [*|times] {b} [gives|makes|comes to|is] [what|how much]",
            "[can you|could you] [work out|find] {a} [*|times] {b}",
            "[say|show me|find out] [what|how much] {a} [*|times] {b} is",
            "[I want|find|say] the [result of|answer to] {a} [*|times|multiplied by] {b}",
        ),
        ("arithmetic", "{a} + {b} = {c}, so there are {c} {things}."): (
            "I [had|took] {a} {things} and then [got|found|bought] {b} more. [What is the total|How many is that|How many have I got]",
            "[we|you] have {a} {things}. [We|You] [get|find|buy] {b} more. How many [{things} |]do [we|you] have",
            "{a} {things} and [then |]{b} more {things}[, how many is that| are how many|, how many in total]",
        ),
        ("arithmetic", "{a} - {b} = {c}, so there are {c} {things}."): (
            "I [had|took] {a} {things} and then [lost|sold|ate] {b}. [What is left|How many are left|How many have I got]",
            "[we|you] have {a} {things}. [We|You] [lose|give away|sell] {b}. How many [{things} |]do [we|you] have",
        ),
        ("arithmetic", "The bigger number is {c}."): (
            "[from|between|out of] {a} and {b}, [what|which][ one| number|] is [the |][bigger|larger|greater]",
            "[say|find out] [which is|what is|which one is] [bigger|larger|greater], {a} or {b}",
            "[here are|take] {a} and {b}. Which [number |one |]is [bigger|larger]",
        ),
        ("arithmetic", "The smaller number is {c}."): (
            "[from|between|out of] {a} and {b}, [what|which][ one| number|] is [the |][smaller|lower]",
            "[say|find out] [which is|what is|which one is] [smaller|lower|less], {a} or {b}",
            "[here are|take] {a} and {b}. Which [number |one |]is [smaller|less]",
        ),
        ("counting", "After {a} comes {b}."): (
            "[if|while|as] [I am counting|you count|I am at {a} and count on], [which|what] number [comes|is] after {a}",
            "I [am at|have counted to|say] {a}. [What|Which number] is next",
        ),
        ("counting", "Before {a} comes {b}."): (
            "[if|while|as] [I am counting|you count], [which|what] number [comes|is] before {a}",
            "before {a}, which number is there",
        ),
        ("stories", "Once upon a time there was a little boat. It was alone, so it called the other boats. "
         "Together they were a flotilla and crossed the sea. The end."): (
            "[could you|can you|would you] [make up|tell|write] [some|any|a] [|short |nice ]story[| now]",
            "I [would love|want|would like] [some|a] story[| now| to read]",
        ),
        ("greetings", "I am fine, thank you. How can I help you?"): (
            "[and |so |][how|are you] [are you feeling|is life|fine today|well, my friend|feeling well]",
            "[is everything|are things] [fine|well|ok|good][| with you]",
        ),
        ("greetings", "You are welcome!"): (
            "[great|perfect|nice|super], [thank you|thanks] [so much|a lot|, you helped me|for helping]",
            "I [thank you|am thankful] for [the|your] [help|answer|work]",
        ),
        ("identity", "I am Flotilla Demo, a tiny demo model that ships with Flotilla."): (
            "[is this|are you] a [small|large|tiny|big|real] [|language ]model[|, or what]",
            "[please |][say|explain] what [sort|kind] of [model|thing] you are",
            "[big or small|large or small], [which|what] [kind|sort] of model are you",
        ),
        ("identity", "No person here: I am a tiny demo model, a computer program."): (
            "[is there|do I have] a [real |][human|person|man] [here|there|on the line|or a [bot|machine|program]]",
            "[are you|is this] [truly|maybe|perhaps] [a bot|a person|a program|human] or [a machine|a human|a person]",
            "do I [talk|speak|write] to a [real |][person|human|machine|bot]",
        ),
        ("identity", "The Flotilla project made me and trained me on its own small texts."): (
            "who [are the people|is it] [that|who] [made|trained|created] you",
            "[which|what] [project|team|company|group|persons] [made|created|trained|built] you",
            "[I wonder|say] who [made|created|trained|built] you",
            "you were [made|trained|created|built] by [whom|which people|what company]",
        ),
        ("identity", "I am tiny: 8 layers and less than 4 megabytes."): (
            "[your size is what|your size, please|say your size]",
            "[what|which] number of [layers|parameters] [have you|do you have]",
            "how many [layers|megabytes|weights] [have you got|are in you]",
        ),
        ("identity", "I am only a toy and I make mistakes. Please use a real model for real questions."): (
            "[how good|how clever|how reliable] are [you|your answers]",
            "[is it right|is it safe|can I] to [trust|believe] [you|what you say]",
            "[are you|will you be] [ever |sometimes |often |]wrong",
            "could [you|your answers] be [wrong|false]",
        ),
        ("identity", "I know small sums, days, months, opposites, counting, short stories and a bit about Flotilla."): (
            "[which|what] [questions|topics|things] [are you able to|do you|could you] [answer|know|understand]",
            "[in what way|with what|with which things] can you help[| me]",
        ),
        (
            "flotilla",
            "Flotilla joins your machines into one swarm that serves language models as one OpenAI endpoint.",
        ): (
            "[please |][say|explain|describe] [shortly |]what Flotilla [does|is for|is good for]",
            "[what use|what good] is Flotilla",
            "Flotilla, what [is that|is it|does it do]",
        ),
        ("flotilla", "Flotilla is written in Java, and llama.cpp runs the models."): (
            "Flotilla is [written|made|programmed] in [which|what] language",
            "[did|do] they [write|make|program] Flotilla in [Java|C|Python|Rust]",
        ),
        ("flotilla", "In federated mode many nodes serve whole models and share the requests."): (
            "[say|please explain] what federated mode [is|means|does]",
            "federated mode, what is [it|that]",
        ),
        ("flotilla", "Start Flotilla with: ./flotilla run"): (
            "[what|which command] [must I type|do I enter|must I enter] to [start|launch|get] Flotilla[| running]",
            "Flotilla has to [start|run], [which|what] command [is it|do I need]",
        ),
    }
)

TURNS = {
    turns.MY_NAME: (
        "[and |so |]do you [still |]know [my name|how I am called|what I am called]",
        "[which name did I [say|tell you|give you]|how am I called|what am I called]",
        "[please |]say what my name is[|, if you know it]",
        "my name[ is what|, do you know it|, what was it]",
    ),
    turns.YOUR_NAME: (
        "[how|what] do [they|your friends|others] call you",
        "[which|what] name do you have",
        "[please |]say who you are",
    ),
    turns.FAVOURITE_IS: (
        "[of all {kind}s, |]I [love|prefer] the {kind} {value}[| most| best]",
        "{value} is [the {kind} I like [best|most]|my [favourite|favorite] {kind}]",
    ),
    turns.MY_FAVOURITE: (
        "[can you say|say|and] which {kind} I [like|love] [best|most]",
        "my [favourite|favorite] {kind}[ is which|, what is it|, do you know it]",
        "[what|which] is [the {kind} I like best|my [favourite|favorite] {kind} then]",
    ),
    turns.REPEAT: (
        "[could you|can you|would you] [say|tell me] [that|it] [again|once more|another time]",
        "[I did not hear [that|you]|one more time|say it a second time][|, please]",
    ),
    turns.ADD_MORE: (
        "[now |and |then |]please add {b}[| more| to the result]",
        "[to that|to this], [please |]add {b}",
        "add {b} to [the result|it] now",
    ),
    turns.TAKE_AWAY: (
        "[now |and |then |]please [take away|subtract] {b}[| from the result]",
        "from [this|the result|it], [take|subtract] {b}[| away]",
    ),
    turns.AND_AFTER: (
        "[and |]what is the [one|next one] after [it|that]",
        "[and |]which [one|day|month] [comes|is] [after it|next|then]",
    ),
    turns.PERSONA: (
        "[Here|Today|In this talk] your name is {name}.",
        "{name} is [who you are|how people call you|what you are called].",
        "You are a [friendly|helpful|kind|good] [bot|helper|assistant] and your name is {name}.",
        "[Users|Everybody|They] [know you as|call you|calls you] {name}.",
        "Be {name}[|, a friendly helper|, an assistant].",
    ),
    turns.BRIEF: (
        "[Reply|Answer] in [one word|a single word|one single word][| only].",
        "[Use|Say|Write] [one word|a single word] [for every reply|when you answer|and no more].",
        "[Nothing but|Only|Just] the [bare |short |]answer[|, no sentence|, nothing more|, no other words].",
        "[Do not write|No] [whole |]sentences, [only|just] the answer.",
        "[A|One] short word [is enough|will do] [as|for] your answer.",
    ),
    turns.PIRATE: (
        "[Talk|Speak] to [me|us|everybody] [like|as] a pirate[| does| would].",
        "You [act|talk|sound] like [a|an old] pirate.",
        "[An old|A good|A kind] pirate is what you are.",
    ),
    turns.SIGN_OFF: (
        "[The last word|The end] of [every|each] [answer|reply] [is|must be] {word}.",
        "[Every|Each] [answer|reply] of yours [ends|has to end] with {word}.",
        "{word} is the last word of [all your answers|every reply].",
    ),
    turns.KNOWS_USER: (
        "[Today the|Your] user is [called|named] {name}.",
        "{name} is [the user's name|the name of your user|talking to you].",
    ),
    turns.GENERAL: (
        "[You are|Be] a [kind|nice|helpful|good] [bot|helper|assistant] [to everybody|for all users|who likes to help].",
        "Be [kind|helpful|nice] [to|with] the user[| and answer well].",
    ),
}
