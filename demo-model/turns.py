"""What users say that is no topic of its own, and system prompts, in the phrase grammar."""

NAME_IS = ("my name is {name}", "I am {name}", "I'm {name}", "call me {name}", "my name's {name}", "you can call me {name}")
MY_NAME = (
    "what is my name",
    "what's my name",
    "who am I",
    "do you [know|remember] my name",
    "[tell me|say] my name",
    "what did I say my name was",
)
FAVOURITE_IS = (
    "my [favourite|favorite] {kind} is {value}",
    "the {kind} I like [most|best] is {value}",
    "I like the {kind} {value} [most|best]",
)
MY_FAVOURITE = (
    "what is my [favourite|favorite] {kind}",
    "what's my [favourite|favorite] {kind}",
    "which {kind} do I like [most|best]",
    "do you [know|remember] my [favourite|favorite] {kind}",
    "tell me my [favourite|favorite] {kind}",
)
YOUR_NAME = (
    "what is your name",
    "what's your name",
    "who are you",
    "[do you have|have you got] a name",
    "how are you called",
    "[tell me|say] your name",
    "[what do I call you|what should I call you|how do I call you|your name]",
    "are you called [Max|Bob|Eve|Siri|Alexa]",
    "who am I talking to",
)
REPEAT = (
    "[say|tell me] that again",
    "[can you |please |]repeat [that|it|your answer|your last answer]",
    "what did you [just |]say",
    "again",
    "once more",
    "pardon",
    "sorry, what",
)
ADD_MORE = ("[and |now |then |]add {b}[| more| to that| to it]", "[and |now |then |]plus {b}", "[and |]what is that plus {b}")
TAKE_AWAY = ("[and |now |then |]take away {b}", "[and |now |then |]minus {b}", "[and |]what is that minus {b}")
AND_AFTER = ("and after that", "and then", "and the [day|month|one|next one] after that", "what comes [after that|then|next]", "and next")

GENERAL = (
    "You are [a helpful|a friendly|a good|a polite|an] assistant.",
    "You are a helpful assistant. [Answer the user's questions.|Be nice.|Help the user.]",
    "[Answer the questions of the user.|Help the user.|Be helpful.|You help people.|Answer as well as you can.]",
)
PERSONA = (
    "You are {name}.",
    "You are {name}, [a|the] [helpful|friendly|good|polite] [assistant|bot|helper].",
    "Your name is {name}.",
    "Your name is {name}. [Be nice.|Help the user.|You are a helpful assistant.]",
    "You are [an assistant|a helper|a bot] [called|named] {name}.",
    "Call yourself {name}.",
)
BRIEF = (
    "[Answer|Reply|Speak] with [one word|only one word|just one word|as few words as possible|only the answer|just the answer].",
    "[Be|Keep it|Keep answers] [brief|short|very short].",
    "[Give|Say|Write] [only|just] the answer.",
    "[Use|Use only] [one word|few words][| for your answer| for each answer].",
    "You are a [brief|short] assistant. Answer with only the answer.",
    "No long answers[| please].",
)
PIRATE = (
    "[Talk|Speak|Answer|Reply] like a pirate.",
    "You are a pirate.",
    "You are a [friendly|helpful|happy] pirate.",
    "[Answer|Reply] as a pirate would.",
    "You are a pirate. [Help the user.|Answer the user's questions.]",
)
SIGN_OFF = (
    "[End|Finish|Close] [every|each] [answer|reply] with [|the word ]{word}.",
    "[Put|Write|Say|Add] [|the word ]{word} at the end of [every|each] [answer|reply].",
    "[Always|You always] [end|finish] with [|the word ]{word}.",
)
KNOWS_USER = (
    "The user's name is {name}.",
    "[The user|The person you talk to] is [called|named] {name}.",
    "You are talking [to|with] {name}.",
    "You are a helpful assistant. The user's name is {name}.",
)

OF_USERS = (NAME_IS, MY_NAME, FAVOURITE_IS, MY_FAVOURITE, YOUR_NAME, REPEAT, ADD_MORE, TAKE_AWAY, AND_AFTER)
OF_SYSTEM = (GENERAL, PERSONA, BRIEF, PIRATE, SIGN_OFF, KNOWS_USER)
