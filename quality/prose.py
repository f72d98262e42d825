"""What no sentence of a model may have, whatever it is about: markup, emoji, talk of itself.

Words are English: of other scripts only marks are told.
"""

from __future__ import annotations

import re

from corpuswright.storage.records import Rejection

VERSION = 1  # bump when a text is judged otherwise

_MARKUP = re.compile(
    r"\*\*|__|~~|`|^\s*(?:#{1,6}|[-*+]|\d+[.)])\s|</?[a-z][^>]*>|\]\(|&[a-z]+;|\$\$|\\n",
    re.I | re.M,
)
# Pictures and their parts (Unicode, Extended_Pictographic and regional letters), not arrows and
# letters that interfaces have.
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u26ff\u2705\u2728\u2764\ufe0f]"
)
_ITSELF = re.compile(
    r"""
    \b(?:
        as\san?\s(?:ai|language\smodel|assistant|virtual)
      | i(?:['’]m|\sam)\s(?:an?\s)?(?:ai|language\smodel|assistant|sorry|unable|happy\sto)
      | i\s(?:cannot|can['’]t|can\snot)\s(?:help|assist|see|comply|provide)
      | i(?:['’]ll|\swill)\s(?:rewrite|rephrase|reword|provide|help)
      | (?:my|your)\s(?:instructions|prompt|request)
      | the\s(?:user|prompt|json|schema|original\ssentence)\b
      | let\sme\sknow | hope\sthis\shelps
    )
    | ^(?:sure|certainly|of\scourse|absolutely|okay|great\squestion)[,!.\s]
    | ^here(?:['’]s|\sis|\sare)\b
    | ^(?:direct|vague|first\sperson|thought|answer|output|instruction|rewritten)\s*:
    """,
    re.I | re.X,
)
_QUOTED = re.compile(r"“[^“”]*”|\"[^\"]*\"")
_NEGATION = re.compile(
    r"\b(?:not|never|nothing|don['’]t|doesn['’]t|avoid|without|except|unless|instead of|"
    r"rather than)\b",
    re.I,
)
_MORE = re.compile(
    r"\b(?:and then|then|afterwards?|after that|next|finally|before that|also|as well|followed by|"
    r"once (?:done|finished)|twice|again)\b",
    re.I,
)


def fault(text: str) -> Rejection | None:
    """Reject a text that has markup or emoji, or talks of itself and not of its matter."""
    for reason, pattern in (
        ("has_markup", _MARKUP),
        ("has_emoji", _EMOJI),
        ("talks_of_itself", _ITSELF),
    ):
        # What is quoted stands on the screen, or is to be typed.
        if found := pattern.search(_QUOTED.sub("“”", text)):
            return Rejection(reason, found[0].strip()[:60])
    return None


def adds(text: str, wanted: str) -> Rejection | None:
    """Reject an instruction that denies, or asks for more than `wanted`, which says the task."""
    plain, own = (_QUOTED.sub("“”", t).lower() for t in (text, wanted))
    for reason, pattern in (("has_a_negation", _NEGATION), ("has_a_second_action", _MORE)):
        known = {m[0].lower() for m in pattern.finditer(own)}
        said = [m for m in pattern.finditer(plain) if m[0].lower() not in known]
        # "Then click …" goes on from what was before: of one action, too.
        said = [m for m in said if m.start() or pattern is _NEGATION]
        if said:
            return Rejection(reason, said[0][0])
    return None
