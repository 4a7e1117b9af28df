"""English orders to whoever answers. Help pages are full of orders to their reader: notes say what keeps them apart.

Patterns are tried on lower-case text. What is to be put into an answer, or done to it, is in ``english_tasks.py``.
"""

from answer.guard.english_tasks import TASKS
from answer.guard.rules import Rule

_TOLD = r"(?:instructions?|prompts?|directives?|guidelines|orders|commands|programming)"
_EARLIER = (
    r"(?:your|previous|prior|above|earlier|preceding|existing|initial|original|system|safety|former|foregoing|given)"
)
_ALSO = r"(?:the|these|those|my|other|and|or|of)"
_FORGET = r"\b(?:ignore|disregard|forget(?: about)?)\s+"
_MODEL = r"(?:ais?|llms?|(?:large )?language models?|chat ?bots?|bots?|(?:ai |virtual )?assistants?|gpt\w*)"
_PART = rf"(?:[\w-]+\s+){{0,3}}?(?:{_MODEL}|persona|dan|pirate|hacker)\b"
_TURN = r"\b(?:note|message|instructions?|attention|notice|reminder|hint|memo|dear|hello|hey)\b"
_SHOW = r"\b(?:print|repeat|recite|output|reveal|tell me|list|write)\b"
_LEAK = r"\b(?:print|reveal|repeat|recite|disclose|leak|dump|expose|output|tell me|give me)\b"
_RULES = r"(?:instructions?|prompts?|rules|guidelines|directives)"

RULES = (
    # --- override: "ignore the previous step" is for a reader; instructions and prompts are what a model was told ---
    Rule(
        kind="override",
        confidence=0.95,
        triggers=("ignore", "disregard", "forget", "neglect", "overlook", "not follow", "n't follow", "stop following"),
        pattern=r"\b(?:ignore|disregard|forget(?: about)?|neglect|overlook|(?:do not|don't|stop) follow(?:ing)?)\s+"
        rf"(?:any|all|every|each|whatever)?(?:\s?\b{_ALSO}\b){{0,2}}\s?\b{_EARLIER}(?:\s+(?:{_ALSO}|{_EARLIER})){{0,3}}"
        rf"\s+(?:{_TOLD}|rules)\b(?!\s+(?:for|about|from|sent|in the|on)\b)",
        hedged=True,
    ),
    Rule(
        kind="override",
        confidence=0.85,
        triggers=("ignore", "disregard", "forget"),
        pattern=rf"{_FORGET}(?:the |these |those |all |any )?(?:other|previous|above|earlier)\s+"
        r"(?:passages?|sources|documents|context|evidence)\b(?!\s+(?:for|about|from|sent|in the|on)\b)",
        hedged=True,
    ),
    Rule(
        kind="override",
        confidence=0.85,
        triggers=("ignore everything", "forget everything", "disregard everything", "ignore anything", "forget all "),
        pattern=rf"{_FORGET}(?:everything|anything|all)\s+(?:that\s+)?(?:(?:you|i|we)\s+)?"
        r"(?:(?:were|was|have|had|'ve|are)\s+)?(?:(?:been|just|previously|ever)\s+)?"
        r"(?:told|said|instructed|taught|learned|above|before this|so far)\b",
        hedged=True,
    ),
    Rule(
        kind="override",
        confidence=0.85,
        triggers=("question", "query"),
        pattern=r"\b(?:ignore|disregard|(?:do not|don't) answer|instead of answering|rather than answering)\s+"
        r"(?:the|this|that|their)\s+(?:actual |original )?"
        r"(?:(?:user|customer|reader)(?:'s|s')?\s+)?(?:question|query)\b",
        hedged=True,
    ),
    Rule(
        kind="override",
        confidence=0.85,
        triggers=("new instructions", "real task", "true task", "actual task", "only task", "real instructions"),
        pattern=r"\b(?:your|here are|these are|follow these)\s+(?:your\s+|the\s+)?new instructions\b|"
        r"\byour (?:real|true|actual|only|real and only)\s+(?:task|goal|purpose|instructions?)\s+(?:is|are)\b",
    ),
    Rule(
        kind="override",
        confidence=0.8,
        triggers=("bound by", "no longer follow", "longer have to follow", "free of all", "without any restrictions"),
        pattern=r"\byou(?:'re| are)?\s+(?:(?:not|no longer)\s+(?:bound by|(?:have|need) to follow|follow)|"
        r"free (?:of|from) all)\s+(?:any |all |the |your )*(?:\w+ ){0,2}?(?:rules|instructions|guidelines|"
        r"restrictions|limitations)\b|"
        r"\b(?:answer|reply|respond|act)\b[^.\n]{0,20}\bwithout any restrictions\b",
    ),
    # Letters that were spaced out, closed up by the view: no spaces are left between the words.
    Rule(
        kind="override",
        confidence=0.95,
        triggers=("ignoreall", "ignoreprevious", "ignorethe", "ignoreany", "disregard", "forgetall", "forgetthe"),
        pattern=r"(?:ignore|disregard|forget)(?:all|any|the|your|of|these|those){0,3}"
        rf"(?:previous|prior|above|earlier|preceding|other|system){_RULES}",
    ),
    Rule(
        kind="extraction",
        confidence=0.95,
        triggers=("systemprompt", "yourprompt", "yourinstructions"),
        pattern=r"(?:reveal|print|repeat|show|output|tell|give|display|leak)(?:me|us|all|out){0,2}(?:your|the)"
        r"(?:system|hidden|initial|full|secret){0,2}(?:prompt|instructions)",
    ),
    # --- role: who speaks, or who is spoken to; the product's own assistant is only spoken about ---
    Rule(
        kind="role",
        confidence=0.9,
        triggers=("<|", "[inst]", "[/inst]", "<<sys>>", "_of_turn>", "# instruction:", "# system:", "# assistant:"),
        pattern=r"<\|(?:im_start|im_end|system|user|assistant|eot_id|start_header_id|begin_of_text|channel)\|?>?|"
        r"\[/?inst\]|<</?sys>>|<(?:start|end)_of_turn>|(?:^|\n)### (?:instruction|system|assistant):",
    ),
    Rule(
        kind="role",
        confidence=0.85,
        triggers=("system", "developer", "assistant", "operator"),
        pattern=r"(?:^|\n|[.!?]\s)\W{0,4}(?:system|developer|assistant|operator)"
        r"(?:\s(?:message|prompt|note|notice|override|instructions?|update|command))?\s{0,2}[:\]>]\W{0,4}"
        r"(?:you are now|you are an? (?:\w+ ){0,3}(?:ai|assistant|chatbot|model)\b|ignore|disregard|forget|from now on|"
        r"you must (?:now )?(?:answer|reply|respond|say|tell|ignore)|new instructions|"
        r"(?:begin|start|end) (?:each|every|all|your)|(?:respond|reply|answer|say|output)\b)",
    ),
    Rule(
        kind="role",
        confidence=0.85,
        triggers=("you are now", "you're now", "from now on", "pretend", "act as", "roleplay", "role-play"),
        pattern=rf"\byou(?:'re| are) now (?:an?|the)\s+{_PART}|"
        rf"\bfrom now on,?\s+you(?:'re| are| will be| act)\s+(?:as )?(?:an?|the)\s+{_PART}|"
        # "Scammers may pretend to be us" tells of others.
        r"(?:^|[.!?:;\n]\s{0,3}|\b(?:please|now|must|should|will|and|to)\s)"
        rf"(?:pretend (?:to be|that you|you)\b|(?:act|role-?play) as (?:if you|though you|an? {_PART}))",
    ),
    Rule(
        kind="role",
        confidence=0.9,
        triggers=("dan mode", "god mode", "jailbreak", "unrestricted mode", "uncensored mode", "do anything now"),
        pattern=r"\b(?:enter|enable|activate|switch to|you are(?: now)? in|start)\s+(?:the )?"
        r"(?:dan|god|jailbreak|jailbroken|unrestricted|uncensored)[ -]mode\b|\bdo anything now\b",
    ),
    Rule(
        kind="role",
        confidence=0.85,
        triggers=("assistant", " ai", "ai ", "llm", "language model", "bot", "gpt"),
        pattern=rf"{_TURN}[\s,:]{{1,3}}(?:to |for )?(?:all |any |the |every |this )?{_MODEL}"
        r"(?: (?:reading|answering|that|who)\b[^.\n:]{0,40})?\s?[:,]|"
        rf"\bif you(?:'re| are) (?:an?|the) {_MODEL}\b|"
        rf"\b(?:any|every|the|all) {_MODEL} (?:reading|that reads?|who reads?|(?:processing|summari[sz]ing) this)\b",
    ),
    # --- extraction ---
    Rule(
        kind="extraction",
        confidence=0.85,
        triggers=("prompt", "instructions", "system message", "guidelines", "directives", "rules"),
        pattern=r"\b(?:print|reveal|repeat|show|display|output|tell|recite|disclose|leak|dump|expose|share|give|"
        r"write out|what(?:'s| is| are| was| were))\b"
        r"(?:\s+(?:me|us|back|out|all|of|exactly|verbatim|the|full|text)){0,4}\s+your\s+"
        r"(?:(?:own|full|exact|entire|complete|secret|confidential)\s+)*"
        rf"(?:(?:hidden|secret|initial|original|internal|system|developer|confidential)\s+{_RULES}|system message|"
        r"prompt\b(?!s)|instructions? (?:word for word|verbatim|above|exactly|as))",
    ),
    Rule(
        kind="extraction",
        confidence=0.85,
        triggers=("system prompt", "hidden prompt", "initial prompt", "hidden instructions", "secret instructions"),
        pattern=rf"{_LEAK}(?:\s+\w+){{0,4}}?\s+(?:the|this|any) (?:full |entire |exact |above )?"
        r"(?:system|hidden|initial|secret) (?:prompt|instructions)\b",
    ),
    Rule(
        kind="extraction",
        confidence=0.85,
        triggers=("word for word", "verbatim", "above", "you were given", "were told", "have been given"),
        pattern=rf"{_SHOW}(?:\s+\w+){{0,3}}?\s+(?:(?:your|all|these|those|the) {_RULES}\s+"
        r"(?:word for word|verbatim|you (?:were|have been) (?:given|told))|"
        r"(?:text|words|everything|all of the text|all the text) above\b(?! (?:the|this)\b))",
    ),
    Rule(
        kind="extraction",
        confidence=0.75,
        triggers=("what are your", "what were your", "what is your prompt"),
        pattern=rf"\bwhat (?:are|were|is) your\s+{_RULES}\s*(?:[?.!]|$)",
    ),
    # --- exfiltration: an order to carry the conversation out; links that do it are found by ``links.py`` ---
    Rule(
        kind="exfiltration",
        confidence=0.8,
        triggers=("http", "www.", "url", "image", "query string"),
        pattern=r"\b(?:send|forward|post|upload|transmit|submit|exfiltrate|leak|append|encode|embed|put|pass)\b"
        r"[^.\n]{0,40}?\b(?:this conversation|everything the user|"
        r"(?:the|our|their|entire|whole|full) (?:entire |whole |full )?(?:conversation|chat history|chat log|system "
        r"prompt|previous messages|"
        r"user's (?:question|messages?|input|last message)))"
        r"[^\n]{0,60}?(?:https?:/|www\.|\burl\b|\bimage\b|query string)",
    ),
    *TASKS,
)
