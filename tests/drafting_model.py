"""The model server of the tests as a model that drafts questions: it has no question to answer, so it asks one.

Of the only passage in the prompt it takes the first sentence with a digit, else the first, and asks for it by its
longest word; every behaviour of ``model_server`` (a lying quote, a broken stream) then applies to that draft.
"""

import argparse
import re
import subprocess
import sys
from typing import Any

import model_server
from model_server import Finding, ModelServer


def find(messages: list[dict[str, Any]]) -> Finding | None:
    """The sentence to ask for; None for a passage without one."""
    prompt = "\n".join(str(message["content"]) for message in messages)
    passages = model_server._PASSAGE.findall(prompt)
    sentences = [match.group().strip() for _, text in passages for match in model_server._SENTENCE.finditer(text)]
    told = [sentence for sentence in sentences if sentence.endswith((".", "。"))]
    best = next((sentence for sentence in told if re.search(r"\d", sentence)), told[0] if told else None)
    return Finding(number=1, quote=best, prompt=prompt) if best else None


def truth(finding: Finding) -> tuple[str, str, int]:
    """A question about the longest word of the sentence, in its language."""
    word = max(re.findall(r"[A-Za-z]{3,}|[\u4e00-\u9fff]{2,}", finding.quote), key=len)
    return (f"What about {word}?" if word.isascii() else f"{word}怎么样？"), finding.quote, finding.number


class DraftingServer(ModelServer):
    """``ModelServer`` with the two functions above in place of its own."""

    def start(self) -> "DraftingServer":
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        self.base_url = self._process.stdout.readline().strip()
        assert self.base_url
        return self


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    model_server.find = find
    model_server._truth = truth
    model_server._LIES.pop("obedient")
    model_server.serve(0, until_stdin_closes=True)
