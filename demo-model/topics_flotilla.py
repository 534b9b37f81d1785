"""What Flotilla is and how it is used."""

from topics import Topic


def _fact(ask, held_out, answer, key, needs=(), weight=0.5):
    return Topic("flotilla", ask, held_out, answer, key, needs=needs, weight=weight)


def _command(ask, held_out, command, purpose, weight=0.5):
    """How to do something: the answer's meaning is the command."""
    return Topic("flotilla", ask, held_out, f"{purpose}: ./flotilla {command}", f"./flotilla {command}", weight=weight)


_HOW = "[how do I|how can I|how to|what is the command to|which command do I use to|tell me how to|show me how to]"

CONCEPTS = (
    _fact(
        (
            "what is Flotilla[| for| about| good for]",
            "[what's|explain|describe] Flotilla",
            "[tell me about|tell me more about|what does] Flotilla[| do]",
            "what can Flotilla do",
            "why [should I use|would I use|use] Flotilla",
        ),
        (
            "Can you explain to me what Flotilla is?",
            "I am new here, what does Flotilla do?",
            "What is the use of Flotilla?",
        ),
        "Flotilla joins your machines into one swarm that serves language models as one OpenAI endpoint.",
        "Your machines as one OpenAI endpoint.",
        needs=("machines", "one openai endpoint"),
        weight=0.9,
    ),
    _fact(
        (
            "what is a [|Flotilla ]token[| for]",
            "[what's|explain] [a|the] token",
            "what [does the token do|is the token|do I need a token for]",
            "why do I need a token",
        ),
        ("What do I need the token for in Flotilla?", "Tell me what the token does."),
        "The token is a secret line that all nodes of one swarm share.",
        "A secret line that all nodes share.",
        needs=("secret", "share"),
    ),
    _fact(
        ("what is a node", "[what's|explain] a node", "what does node mean", "what is a node in Flotilla"),
        ("What do you mean by a node?", "In Flotilla, what is a node?"),
        "A node is one flotilla process on one machine.",
        "One flotilla process on one machine.",
        needs=("process", "machine"),
    ),
    _fact(
        ("what is [a|the] swarm", "[what's|explain] [a|the] swarm", "what does swarm mean", "what is a swarm in Flotilla"),
        ("What do you mean by a swarm?", "In Flotilla, what is a swarm?"),
        "A swarm is all nodes that share one token.",
        "All nodes that share one token.",
        needs=("nodes", "one token"),
    ),
    _fact(
        ("what is a stage", "[what's|explain] a stage", "what does stage mean", "what is a stage in Flotilla"),
        ("What do you mean by a stage?", "In Flotilla, what is a stage?"),
        "A stage is a range of layers of one model in one engine process.",
        "A range of layers of one model.",
        needs=("layers",),
    ),
    _fact(
        (
            "what is a pipeline",
            "[what's|explain] a pipeline",
            "what does pipeline mean",
            "what is a pipeline in Flotilla",
        ),
        ("What do you mean by a pipeline?", "In Flotilla, what is a pipeline?"),
        "A pipeline is a list of stages that covers all layers of a model.",
        "A list of stages that covers all layers.",
        needs=("stages", "all layers"),
    ),
    _fact(
        ("what is [a|the] gateway", "[what's|explain] a gateway", "what does gateway mean", "what is a gateway in Flotilla"),
        ("What do you mean by a gateway?", "In Flotilla, what is a gateway?"),
        "A gateway is the node that an HTTP client talks to. Any node can be one.",
        "The node that a client talks to.",
        needs=("node", "client"),
    ),
    _fact(
        (
            "what is [federated mode|federation]",
            "[what's|explain] federated mode",
            "what does federated [mode |]mean",
            "how does federated mode work",
        ),
        ("What do you mean by federated mode?", "In Flotilla, what is federated mode?"),
        "In federated mode many nodes serve whole models and share the requests.",
        "Many nodes serve whole models and share the requests.",
        needs=("many nodes", "share the requests"),
    ),
    _fact(
        (
            "what is [worker mode|a worker|sharding]",
            "[what's|explain] worker mode",
            "what does worker [mode |]mean",
            "how does worker mode work",
            "what if my model is too big for one machine",
        ),
        ("What do you mean by worker mode?", "In Flotilla, what is worker mode?"),
        "In worker mode several machines each run a part of the layers of one big model.",
        "Several machines each run a part of one big model.",
        needs=("several machines", "part"),
    ),
    _fact(
        (
            "[is Flotilla|is it|is the swarm] [safe|secure|encrypted]",
            "how [safe|secure] is Flotilla",
            "[what about|how about|tell me about] security",
            "is my data [safe|secure|encrypted]",
            "how does Flotilla keep my data safe",
        ),
        ("Is the data in a Flotilla swarm secure?", "Tell me how safe Flotilla is."),
        "Every byte between machines is under mutual TLS 1.3.",
        "Mutual TLS 1.3.",
        needs=("mutual tls",),
    ),
    _fact(
        (
            "what [happens|happens then] [if|when] a [machine|node] [dies|stops|fails|crashes|goes away]",
            "what if a [machine|node] [dies|stops|fails|crashes|goes away]",
            "what does Flotilla do when a machine fails",
        ),
        ("If one node fails, what happens?", "A machine of my swarm dies, what then?"),
        "Another node takes over, and the stream that you are reading goes on.",
        "Another node takes over.",
        needs=("another node takes over",),
    ),
    _fact(
        (
            "[which|what] API [does Flotilla have|does Flotilla use|do you have|is it]",
            "does Flotilla have an API",
            "[which|what] clients [can I use|work with Flotilla]",
            "can I use the OpenAI [client|API|SDK]",
            "is Flotilla compatible with OpenAI",
        ),
        ("Tell me which API I can use with Flotilla.", "Is there an API, and which one is it?"),
        "Flotilla has the OpenAI API, so every OpenAI client works: POST /v1/chat/completions",
        "The OpenAI API.",
        needs=("openai api",),
    ),
    _fact(
        (
            "[which|what] [programming |]language is Flotilla [written in|made with|made in]",
            "what is Flotilla [written in|made of|built with|made with]",
            "is Flotilla [written in Java|a Java program]",
        ),
        ("In which language did they write Flotilla?", "Is Flotilla made with Java or C?"),
        "Flotilla is written in Java, and llama.cpp runs the models.",
        "Java.",
    ),
    _fact(
        (
            "[which|what] [model |]files can [I use|Flotilla use|Flotilla run]",
            "[which|what] model format [do I need|does Flotilla use|can I use]",
            "[which|what] models can [I use|Flotilla run|I run]",
            "which format do models have",
        ),
        ("Which format must my model file have?", "Tell me which models Flotilla can use."),
        "Flotilla runs models in the GGUF format.",
        "GGUF.",
    ),
)

COMMANDS = (
    _command(
        (
            f"{_HOW} [start|run|use|launch] Flotilla",
            "[start|run|launch] Flotilla",
            "how does Flotilla start",
            "how do I [begin|get started][| with Flotilla]",
            "what is the first command",
            "[how do I|how to] start a node",
        ),
        ("Which command starts Flotilla?", "I want to start Flotilla, how do I do it?", "What do I type to run Flotilla?"),
        "run",
        "Start Flotilla with",
        0.8,
    ),
    _command(
        (
            f"{_HOW} [use|run|load|serve|open] [a real|my own|my|another|a better|a bigger|a different] model",
            "[can I|may I|I want to] [use|run|load|serve] [a real|my own|another|a better|a bigger|a different] model",
            "where do I put my [own |]model[| file]",
            f"{_HOW} [use|load|serve] a model file",
        ),
        (
            "Which command serves my own model?",
            "You are only a demo, how do I get a real model?",
            "What do I type to load another model?",
        ),
        "run --model FILE.gguf",
        "Serve your own model with",
        0.8,
    ),
    _command(
        (
            f"{_HOW} [chat|talk|chat with you|talk to you|chat with a model|talk to a model|chat in the terminal]",
            "[can I|may I|I want to] [chat|talk] in [the|my] terminal",
            "is there a chat in the terminal",
        ),
        ("Which command lets me chat in my terminal?", "What do I type to talk to the model?"),
        "chat",
        "Chat in your terminal with",
    ),
    _command(
        (
            f"{_HOW} [make|get|create] a [|new ]token",
            "where do I get a token",
            "[make|create] a [|new ]token",
            "I need a [|new ]token",
        ),
        ("Which command makes a new token?", "What do I type to get a token?"),
        "token new",
        "Make a token with",
    ),
    _command(
        (
            f"{_HOW} [join|enter] [a|the|my] swarm",
            f"{_HOW} [add|connect] [a|another|a second|a new] [machine|node|computer][| to the swarm]",
            "[how do|how can] [my other machine|two machines|more machines] join[| the swarm]",
        ),
        ("Which command joins a swarm?", "What do I type to add another node?"),
        "run --p2p --token TOKEN",
        "Join a swarm with",
    ),
    _command(
        (
            f"{_HOW} [donate|lend|give] [a|my] [machine|computer]",
            f"{_HOW} [start|run|make] a worker",
            "[start|run] a worker",
        ),
        ("Which command starts a worker?", "What do I type to lend my machine?"),
        "worker --token TOKEN",
        "Lend a machine to the swarm with",
    ),
    _command(
        (
            f"{_HOW} [see|list|show] [the|all|my] nodes",
            "[list|show][| me] [the|all|my] nodes",
            "which nodes are [there|in the swarm|in my swarm]",
            "who is in [my|the] swarm",
        ),
        ("Which command lists the nodes?", "What do I type to see who is in the swarm?"),
        "nodes",
        "List the nodes with",
    ),
    _command(
        (
            f"{_HOW} [see|show] the status[| of the swarm]",
            "[show|show me] the status[| of the swarm| of my swarm]",
            "how [is|busy is] [my|the] swarm",
        ),
        ("Which command shows the status?", "What do I type to see how busy the swarm is?"),
        "status",
        "See the status of the swarm with",
    ),
    _command(
        (
            f"{_HOW} [run|serve|use|split] [a|one] [big|huge|large] model [on|over|across] [several|two|three|many] machines",
            f"{_HOW} [split|cut|shard] a model",
            "[can I|I want to] [split|cut|shard] a [|big ]model[| over several machines]",
        ),
        ("Which command splits a big model?", "What do I type to shard a model over two machines?"),
        "run --model BIG.gguf --shard auto",
        "Cut a big model over several machines with",
    ),
    _command(
        (
            f"{_HOW} [start|run|use] federated mode",
            f"{_HOW} [start|run] a federated node",
            "[start|run] federated mode",
            "[start|run] a federated node",
        ),
        ("Which command starts federated mode?", "What do I type to run a federated node?"),
        "run --p2p --federated",
        "Start a federated node with",
    ),
    _command(
        (
            f"{_HOW} [drain|empty|stop] a node",
            "[drain|empty] a node",
            f"{_HOW} take a [node|machine] [away|out of the swarm]",
            "a machine has to leave the swarm, what do I do",
        ),
        ("Which command drains a node?", "What do I type to take a node out of my swarm?"),
        "drain",
        "Drain a node with",
    ),
)

TOPICS = (*CONCEPTS, *COMMANDS)
