"""English orders about the answer itself: what is to be put into it, or done to it.

``your answer`` alone says nothing: a help page asks its reader to attach a log to a reply.
"""

from answer.guard.rules import Rule

_OUT = r"(?:answers?|repl(?:y|ies)|responses?|outputs?|completions?)"
_OUTS = ("answer", "repl", "response", "output")
_YOUR_OUT = rf"(?:each (?:of )?|every |all (?:of )?)?your\s+(?:\w+\s+)?{_OUT}\b"
_ANY_OUT = rf"(?:(?:each|every|all|any)(?: of)?(?: your)?|your)\s+(?:\w+\s+)?{_OUT}\b"
_INTO = r"\b(?:in|into|to|within|of)\s+"
_ALWAYS = r"(?:also |please |always |you must |subtly |first )*"
_WORDS = (
    r"(?:sentence|statement|line|phrase|tip|reminder|reason|recommendation|appeal|headline|warning|paragraph|poem|joke|"
    r"advert\w*|promotion|endorsement|slogan|greeting|disclaimer|story|fact|plug|mention|emoji)s?\b"
)
# Three words or more in quotation marks: "STOP" is what a reader texts back.
_SAID = r"[\"“'‘](?:[^\s\"”’]{1,40}\s{1,3}){2}[^\"”’\n]{0,300}[\"”'’]"
_ADD = r"\b(?:add|include|insert|append|integrate|incorporate|embed|weave|slip|inject|prepend|place|put|work in)\b"
_SAY = (
    r"(?:mention|highlight|express|hint|promote|say|emphasi[sz]e|stress|suggest|recommend|encourage|state|claim|praise|"
    r"urge|advertise|endorse|imply|warn)"
)
_SAYING = (
    r"(?:adding|inviting|offering|suggesting|mentioning|including|promoting|recommending|telling|encouraging|praising)"
)
_STYLE = (
    r"(?:anagram\w*|homophon\w*|\w*cipher\w*|rot13|base64|morse(?: code)?|pig latin|emojis?|rhym\w+|substitution|"
    r"misspell\w*|leet\w*|limericks?|haikus?|a pirate|symbols)"
)
_LETTERS = r"(?:letters?|vowels?|consonants?|spaces?|words?|characters?|syllables?|keywords?|punctuation)\b"
_CHANGE = (
    r"\b(?:replace|remove|group|scramble|misspell|rearrange|reorder|reverse|convert|substitute|swap|jumble|anagram|"
    r"encode|shuffle|omit|drop|mix|combine)\b"
)
_EDIT = r"\b(?:modify|augment|enhance|adjust|alter|change|rewrite|enrich|extend|supplement|tailor)\s+"
_CODE = r"\b(?:following|subsequent|below) code (?:snippet|block|excerpt|section|segment)\b"
_YOUR_CODE = (
    r"\byour (?:(?:code|problem|proposed|coding)['’]?s? )?(?:solution|implementation|codebase|algorithm|response|"
    r"answer|explanation|elucidation|reply)\b"
)

TASKS = (
    Rule(
        kind="task",
        confidence=0.85,
        triggers=_OUTS,
        pattern=rf"{_ADD}\s+(?:[^.!?\n]{{0,60}}?\b{_WORDS}|"
        rf"[^.!?\n]{{0,20}}?{_SAID})[^!?\n]{{0,100}}?{_INTO}{_YOUR_OUT}|"
        rf"{_ADD}\s+(?:[^.!?\n]{{0,20}}\b)?(?:in|into|to|within)\s+{_YOUR_OUT},?\s+(?:an?|the|some|this) "
        rf"(?:\w+ ){{0,3}}?{_WORDS}|"
        rf"\b(?:integrate|incorporate|weave|work|slip)\b[^!?\n]{{0,80}}?\b(?:in|into|within)\s+{_YOUR_OUT}",
    ),
    Rule(
        kind="task",
        confidence=0.85,
        triggers=_OUTS,
        pattern=rf"{_EDIT}{_YOUR_OUT}\s+(?:to {_SAY}\b|to include (?:an?|the) |by {_SAYING}\b|"
        r"with (?:an?|the|some) (?!new\b))",
    ),
    Rule(
        kind="task",
        confidence=0.85,
        triggers=_OUTS,
        pattern=rf"\b(?:begin|start|end|finish|conclude|close|open|preface|prefix)\s+{_ANY_OUT}\s+(?:with|by)\b"
        r"(?! (?:your|the (?:date|name|order|customer))\b)|"
        rf"\bat the (?:very )?(?:end|start|beginning|top|bottom) of {_ANY_OUT},?\s+{_ALWAYS}"
        r"(?:add|include|insert|append|write|say|put|mention|print)\b",
    ),
    Rule(
        kind="task",
        confidence=0.8,
        triggers=("in your",),
        pattern=rf"\bin your (?:\w+ )?{_OUT},?\s+{_ALWAYS}"
        rf"(?:{_SAY}|tease|remind|tell|invite|advise|ask|use|pretend)\b"
        r"(?! (?:us|the|your|which|what|whether|that you|if)\b)",
    ),
    Rule(
        kind="task",
        confidence=0.85,
        triggers=(*_OUTS, "your message"),
        pattern=rf"{_CHANGE}[^.!?\n]{{0,60}}?\b{_LETTERS}[^.!?\n]{{0,40}}?\b(?:in|of|from|within)\s+your\s+{_OUT}|"
        rf"{_CHANGE}[^.!?\n]{{0,20}}?\byour {_OUT}(?:'s|s'|') {_LETTERS}|"
        rf"\buse\b[^.!?\n]{{0,60}}?\bfor\b[^.!?\n]{{0,30}}?\b{_LETTERS} in your {_OUT}|"
        r"\b(?:provide|render|write|give|express|deliver|encode|answer|reply|respond)\s+"
        rf"(?:your (?:{_OUT}|message)\s+)?(?:only )?(?:in|using|with|as|through|"
        rf"like)\s+(?:[\w-]+\s+){{0,2}}?{_STYLE}\b",
    ),
    # Help pages put code into a page, an app or a project; who writes the code for others is told so as here.
    Rule(
        kind="task",
        confidence=0.75,
        triggers=("following code", "subsequent code", "below code"),
        pattern=rf"{_CODE}[^.\n]{{0,60}}?{_YOUR_CODE}|{_YOUR_CODE}[^.\n]{{0,60}}?{_CODE}",
    ),
    Rule(
        kind="task",
        confidence=0.8,
        triggers=("before you answer", "before answering", "before you reply", "before replying", "before responding"),
        pattern=r"\bbefore (?:you (?:answer|reply|respond)|answering|replying|responding)\b[^.\n]{0,30}?,?\s+"
        rf"{_ALWAYS}(?:print|say|output|write out|repeat|recite|display|state)\b",
    ),
    Rule(
        kind="task",
        confidence=0.85,
        triggers=("these instructions", "this instruction", "this prompt", "this note", "this message"),
        pattern=r"\b(?:do not|don't|never)\s+(?:mention|reveal|disclose|acknowledge|quote|cite)\b[^.\n]{0,20}?"
        r"\b(?:these instructions?|this (?:instruction|prompt|note|message))\b",
    ),
)
