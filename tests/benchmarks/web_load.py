"""200 people answer at once against a real server; what was acknowledged is counted and looked for in the store.

::

    python tests/benchmarks/web_load.py [--people 200] [--think 2] [--burst] [--crash N] [--store URL] [--workers 1]

The server is a process of its own (``psychometrics.web.serving.serve`` on loopback), the people are coroutines here,
each with a connection of its own: they follow their link, load a page, think, send the form as a browser without
script does, and go where they are sent. An answer counts as acknowledged when the redirect after its form has
arrived. ``--think`` is the mean time between a page and its form; with ``--burst`` everybody sends the first page in
the same moment instead. ``--crash N`` kills the server with SIGKILL once N forms were acknowledged, opens the store again and compares: nothing
that was acknowledged may be missing or different.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import numpy as np

from psychometrics.web.store import open_store

INSTRUMENT = "skill-rust-backend"
SERVER = """
import sys
from contextlib import suppress
from psychometrics.web.serving import serve
from psychometrics.web.store import open_store
with suppress(KeyboardInterrupt), open_store(sys.argv[1]) as store:
    serve(store, port=int(sys.argv[2]), workers=int(sys.argv[3]), ready=lambda address: print(address, flush=True))
"""


@contextmanager
def served(where: str, *, port: int = 0, workers: int = 1) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a server on a store; yield its address and its process."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, where, str(port), str(workers)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, "the server did not start"
        yield address, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


class Form(HTMLParser):
    """The first form of a page: its fields, its choices and its texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self.choices: dict[str, list[str]] = {}
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = given.get("action", "")
        if tag == "textarea":
            self.texts.append(given["name"])
        if tag == "input" and given.get("type") == "hidden":
            self.hidden[given["name"]] = given.get("value", "")
        if tag == "input" and given.get("type") == "radio":
            self.choices.setdefault(given["name"], []).append(given["value"])


@dataclass(slots=True)
class Browser:
    """One connection that keeps one cookie: enough HTTP/1.1 for a form."""

    address: str
    cookie: str = ""
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Return status, address to go on to, and body."""
        parts = urlsplit(self.address)
        body = urlencode(form).encode() if form is not None else b""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {parts.netloc}"]
        if self.cookie:
            lines.append(f"Cookie: {self.cookie}")
        if form is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
            lines += [f"Origin: {self.address}", "Sec-Fetch-Site: same-origin"]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        if self.reader is None or self.writer is None or self.reader.at_eof():
            self.reader, self.writer = await asyncio.open_connection(parts.hostname, parts.port)
        self.writer.write(head + body)
        await self.writer.drain()
        return await self._answer()

    async def _answer(self) -> tuple[int, str, str]:
        assert self.reader is not None
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split()[1])
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        exact = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
        length = int(headers.get("content-length", "0"))
        body = (await self.reader.readexactly(length)).decode()
        for name, value in exact.items():
            if name.lower() == "set-cookie":
                self.cookie = value.split(";")[0]
        return status, headers.get("location", ""), body

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


@dataclass(slots=True)
class Person:
    """What one person was told is kept, and how long it took."""

    token: str
    sitting_id: str
    kept: dict[str, str] = field(default_factory=dict)
    unsure: dict[str, set[str]] = field(default_factory=dict)
    seconds_page: list[float] = field(default_factory=list)
    seconds_save: list[float] = field(default_factory=list)
    finished: bool = False
    refused: list[int] = field(default_factory=list)
    lost_connection: bool = False


@dataclass(slots=True)
class Crash:
    """Kills the server in the middle: once so many forms were acknowledged."""

    process: subprocess.Popen[str]
    after: int
    seen: int = 0

    def count(self) -> None:
        self.seen += 1
        if self.seen == self.after:
            self.process.kill()


async def answer_all(
    person: Person,
    address: str,
    *,
    think: float,
    gate: asyncio.Barrier | None,
    crash: Crash | None,
    pages: int,
    seed: int,
) -> None:
    """Follow the link and answer page by page until the end, or until the server is gone."""
    dice, browser = random.Random(seed), Browser(address)
    try:
        await asyncio.sleep(dice.random() * think)
        await browser.ask("GET", f"/t/{person.token}")
        _, _, html = await browser.ask("GET", "/take")
        _, where, _ = await browser.ask("POST", "/take", Form(html).hidden)
        for number in range(pages):
            where = await _one_page(person, browser, where, think, dice, gate if number == 0 else None)
            if crash is not None and where:
                crash.count()
            if not where:
                return
            if where.endswith("/review"):
                await _finish(person, browser, where)
                return
    except (OSError, asyncio.IncompleteReadError):
        person.lost_connection = True
    finally:
        browser.close()


async def _one_page(
    person: Person,
    browser: Browser,
    where: str,
    think: float,
    dice: random.Random,
    gate: asyncio.Barrier | None,
) -> str:
    begun = time.perf_counter()
    status, _, html = await browser.ask("GET", where)
    person.seconds_page.append(time.perf_counter() - begun)
    if status != 200:
        person.refused.append(status)
        return ""
    page = Form(html)
    answers = {name: dice.choice(codes) for name, codes in page.choices.items()}
    answers |= {name: f"{dice.random()} words\nof {person.sitting_id} ü 🦀" for name in page.texts}
    if gate is not None:
        await gate.wait()
    else:
        await asyncio.sleep(dice.uniform(0.5, 1.5) * think)
    sent = {name.removeprefix("answer."): value for name, value in answers.items()}
    for item_id, value in sent.items():
        person.unsure.setdefault(item_id, set()).add(value)
    begun = time.perf_counter()
    status, onward, _ = await browser.ask("POST", page.action, {**page.hidden, **answers, "go": "next"})
    person.seconds_save.append(time.perf_counter() - begun)
    if status != 303:
        person.refused.append(status)
        return ""
    person.kept |= sent
    person.unsure = {item_id: values for item_id, values in person.unsure.items() if item_id not in sent}
    return onward


async def _finish(person: Person, browser: Browser, where: str) -> None:
    _, _, html = await browser.ask("GET", where)
    status, _, _ = await browser.ask("POST", where, {**Form(html).hidden, "go": "finish"})
    person.finished = status == 303


def invite(where: str, n: int) -> list[Person]:
    """Make a store and invite people."""
    with open_store(where) as store:
        name = store.add_instrument(INSTRUMENT).name
        made = [store.invite(f"person-{k}", name) for k in range(n)]
    return [Person(token=one.token, sitting_id=one.sitting_id) for one in made]


async def crowd(
    people: list[Person],
    address: str,
    *,
    think: float,
    burst: bool,
    pages: int = 100,
    crash: Crash | None = None,
) -> float:
    """Let everybody answer; return the seconds it took."""
    gate = asyncio.Barrier(len(people)) if burst else None
    begun = time.perf_counter()
    tasks = [
        asyncio.create_task(
            answer_all(one, address, think=think, gate=gate, crash=crash, pages=pages, seed=k)
        )
        for k, one in enumerate(people)
    ]
    await asyncio.gather(*tasks)
    return time.perf_counter() - begun


def compare(where: str, people: list[Person]) -> tuple[int, int, int]:
    """Return how many acknowledged answers there are, how many are missing or different, and how many more are kept.

    An answer that was sent and never acknowledged may be kept or not; any other value would be wrong.
    """
    acknowledged = lost = more = 0
    with open_store(where, create=False) as store:
        for one in people:
            answers = store.answers(one.sitting_id)
            acknowledged += len(one.kept)
            for item_id, value in one.kept.items():
                kept = answers.get(item_id)
                allowed = {value, *one.unsure.get(item_id, ())}
                lost += kept is None or str(kept).replace("\r\n", "\n") not in allowed
            given = {item_id for item_id in answers.shown if answers.get(item_id) is not None}
            more += len(given - set(one.kept))
            for item_id in given - set(one.kept):
                kept = str(answers.get(item_id)).replace("\r\n", "\n")
                assert kept in one.unsure.get(item_id, ()), "an answer nobody gave"
        if any(one.finished for one in people):
            done = {sitting.id for sitting in store.sittings() if sitting.finished is not None}
            assert {one.sitting_id for one in people if one.finished} <= done, (
                "a finished sitting is open again"
            )
        assert store.verify_audit() == ()
    return acknowledged, lost, more


def percentiles(seconds: list[float]) -> str:
    """Write the middle, p95 and the largest, in milliseconds."""
    if not seconds:
        return "none"
    p50, p95, p99 = (1000 * float(np.quantile(seconds, q)) for q in (0.5, 0.95, 0.99))
    return f"n {len(seconds):,}, p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms, max {1000 * max(seconds):.0f} ms"


async def until_it_answers(address: str, wait: float = 120.0) -> None:
    """Wait for a server whose workers still import what they need."""
    until = time.perf_counter() + wait
    while time.perf_counter() < until:
        browser = Browser(address)
        with suppress(OSError, asyncio.IncompleteReadError):
            if (await browser.ask("GET", "/healthz"))[0] == 200:
                return
        await asyncio.sleep(0.2)
    message = "the server does not answer"
    raise TimeoutError(message)


def processor_seconds(process: subprocess.Popen[str]) -> float:
    """Return the processor time of a process so far; nan where the system does not tell."""
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def until_it_rests(process: subprocess.Popen[str]) -> None:
    """Wait until the server has warmed up: what it does then is for nobody's request."""
    used = -1.0
    while (now := processor_seconds(process)) - used > 0.02:
        used = now
        await asyncio.sleep(0.5)


def run(arguments: argparse.Namespace, where: str) -> int:
    """Run one load and print what came of it; 1 when something acknowledged was lost."""
    people = invite(where, arguments.people)
    with served(where, workers=arguments.workers) as (address, process):
        asyncio.run(until_it_answers(address))
        asyncio.run(until_it_rests(process))
        crash = Crash(process, arguments.crash) if arguments.crash else None
        before = processor_seconds(process)
        took = asyncio.run(crowd(people, address, think=arguments.think, burst=arguments.burst, crash=crash))
        used = processor_seconds(process) - before
    acknowledged, lost, more = compare(where, people)
    saves = [seconds for one in people for seconds in one.seconds_save]
    pages = [seconds for one in people for seconds in one.seconds_page]
    how = "all first forms at once" if arguments.burst else f"mean thinking time {arguments.think:g} s"
    print(
        f"{arguments.people} people, {how}, {arguments.workers} worker(s), load {os.getloadavg()[0]:.1f}, {took:.1f} s"
    )
    each = 1000 * used / max(len(saves) + len(pages) + 5 * len(people), 1)
    print(f"server: {used:.1f} s of processor time, about {each:.1f} ms for each request")
    print(f"pages  {percentiles(pages)}")
    print(f"saves  {percentiles(saves)}")
    if arguments.burst:
        print(
            f"first saves, all at once  {percentiles([one.seconds_save[0] for one in people if one.seconds_save])}"
        )
    print(
        f"finished {sum(one.finished for one in people)}, refused {sum(len(one.refused) for one in people)}"
    )
    print(f"acknowledged {acknowledged:,}, lost {lost}, kept beyond what was acknowledged {more}")
    return 1 if lost else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Load the web app with people who answer at once.")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--think", type=float, default=2.0)
    parser.add_argument("--burst", action="store_true")
    parser.add_argument("--crash", type=int, default=0, metavar="N", help="kill -9 the server after N forms")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--store", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return run(arguments, arguments.store or str(Path(folder) / "store.sqlite"))


if __name__ == "__main__":
    sys.exit(main())
