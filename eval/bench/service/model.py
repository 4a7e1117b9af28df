"""A model server that costs almost nothing: ``python -m eval.bench.service.model`` prints its base URL and serves.

It waits as a good model would before its first word, then quotes the first sentence of the first passage.
"""

import argparse
import asyncio
import json
import re
import sys

_PASSAGE = re.compile(r'<passage number="(\d+)"[^>]*>\n([^\n.。]+[.。]?)')
_PIECES = 4


def main() -> None:
    """Serve on loopback until the parent ends it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first-ms", type=float, default=50.0)
    asyncio.run(_serve(parser.parse_args().first_ms / 1000))


async def _serve(wait_seconds: float) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _request(reader)
            await asyncio.sleep(wait_seconds)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            for chunk in _chunks(_said(request)):
                writer.write(f"data: {json.dumps(chunk)}\n\n".encode())
                await writer.drain()
            writer.write(b"data: [DONE]\n\n")
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # who hung up needs no answer
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=10_000_000)
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"http://127.0.0.1:{port}/v1\n")
    sys.stdout.flush()
    await server.serve_forever()


async def _request(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    found = re.search(r"content-length: (\d+)", head)
    body = json.loads(await reader.readexactly(int(found[1]) if found else 0))
    return "\n".join(str(message["content"]) for message in body["messages"])


def _said(prompt: str) -> str:
    found = _PASSAGE.search(prompt)
    if found is None:
        return json.dumps({"claims": [], "insufficient": True})
    quote = found[2].strip()
    claim = {"text": quote, "citations": [{"evidence": int(found[1]), "quote": quote}]}
    return json.dumps({"claims": [claim], "insufficient": False}, ensure_ascii=False)


def _chunks(text: str) -> list[dict[str, object]]:
    size = -(-len(text) // _PIECES)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    deltas = [_chunk({"content": piece}, None) for piece in pieces]
    return [*deltas, _chunk({}, "stop")]


def _chunk(delta: dict[str, str], finish: str | None) -> dict[str, object]:
    choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "quotes", "choices": [choice]}


if __name__ == "__main__":
    main()
