"""What the process is at, over HTTP: where its threads and tasks stand."""

import asyncio
import threading
from contextlib import contextmanager

import httpx
import pytest
from tenant_home import TenantHome

from api.app import create_app
from api.debugging import Profiler
from core.settings import ServiceSettings
from store.key import Scope


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = TenantHome(tmp_path_factory.mktemp("home"))
    yield home
    home.close()


@pytest.fixture
def app(home):
    return create_app(home.desk, ServiceSettings(debug=True), door=home.door)


def get(home, app, *requests):
    """The responses to requests that are sent at once, each a path and a token."""

    async def waits_for_paper(paper):
        await paper.wait()

    async def main():
        paper = asyncio.Event()
        waiting = asyncio.create_task(waits_for_paper(paper), name="纸")
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            responses = await asyncio.gather(
                *(client.get(path, headers={"Authorization": f"Bearer {token}"}) for path, token in requests)
            )
        paper.set()
        await waiting
        return responses

    return home.run(main())


@contextmanager
def counting_thread():
    """A thread that is at work in a function of this name until the block ends."""
    ended = threading.Event()

    def counts_sheep():
        while not ended.wait(0.001):
            pass

    thread = threading.Thread(target=counts_sheep, name="羊-7")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_a_profile_counts_the_stacks_of_all_threads(home, app):
    with counting_thread():
        (response,) = get(home, app, ("/debug/profile?seconds=0.3", home.key()))

    assert response.headers["content-type"].startswith("text/plain")
    stacks = [line.rpartition(" ") for line in response.text.splitlines()]
    (sheep,) = {stack.split(";")[0] for stack, _, _ in stacks if "counts_sheep" in stack}
    assert sheep == "羊"
    counts = [int(count) for _, _, count in stacks]
    assert counts == sorted(counts, reverse=True)
    assert sum(count for (stack, _, _), count in zip(stacks, counts, strict=True) if "counts_sheep" in stack) >= 3
    assert not any("Profiler.take" in stack for stack, _, _ in stacks)


def test_two_profiles_are_not_taken_at_once(home, app):
    token = home.key()

    responses = get(home, app, *(("/debug/profile?seconds=0.3", token) for _ in range(2)))

    assert sorted(response.status_code for response in responses) == [200, 503]


def test_tasks_tell_where_they_wait(home, app):
    (response,) = get(home, app, ("/debug/tasks", home.key()))

    (paper,) = (task for task in response.json()["tasks"] if task["name"] == "纸")
    places = [place.rpartition(":") for place in paper["waits_at"]]
    assert [place for place, _, _ in places] == [
        "test_http_debug:get.<locals>.waits_for_paper",
        "asyncio.locks:Event.wait",
    ]
    assert all(line.isdigit() for _, _, line in places)


@pytest.mark.parametrize("path", ["/debug/profile?seconds=0.1", "/debug/tasks"])
def test_only_who_runs_the_home_looks_into_the_process(home, app, path):
    others = [home.key("acme"), home.key(scopes=frozenset({Scope.ASK})), home.key(kbs=frozenset({"faq"})), "", "cdk_x"]

    statuses = [response.status_code for response in get(home, app, *((path, token) for token in others))]

    assert statuses == [404, 403, 404, 401, 401]


@pytest.mark.parametrize("path", ["/debug/profile?seconds=0.1", "/debug/tasks"])
def test_nothing_is_there_unless_it_is_set(home, path):
    app = create_app(home.desk, ServiceSettings(), door=home.door)

    assert [response.status_code for response in get(home, app, (path, home.key()))] == [404]


@pytest.mark.parametrize("seconds", ["0", "61", "nan", "二"])
def test_a_length_that_cannot_be_is_refused(home, app, seconds):
    (response,) = get(home, app, (f"/debug/profile?seconds={seconds}", home.key()))

    assert response.status_code == 422


def test_a_profile_ends_when_it_is_told_to():
    stop = threading.Event()
    stop.set()

    assert Profiler().take(60, stop) == ""
