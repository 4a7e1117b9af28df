"""Two services of one record that share a Redis: the real applications, in one process."""

import asyncio
from contextlib import closing
from types import SimpleNamespace

import httpx
import pytest
from redis_server import free_port, redis_settings
from tenant_home import TenantHome
from waiting import until

from answer.caching.redis_link import RedisLink
from api.app import create_app
from api.limits.limits import limits_of
from core.settings import CacheSettings, LimitSettings, Settings


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = TenantHome(tmp_path_factory.mktemp("home"))
    yield home
    home.close()


class Service:
    """One of several over the same record; it keeps no answers in its own memory."""

    def __init__(self, home, redis, **limits):
        desk = home.desk
        self.made, self.again = 0, []
        self.link = RedisLink(redis, f"citedesk:{desk.catalog.home_id()}", retry_seconds=0.02)
        parts = SimpleNamespace(
            settings=Settings(
                home=home.folder, redis=redis, cache=CacheSettings(answer_bytes=0), limits=LimitSettings(**limits)
            ),
            catalog=desk.catalog,
            redis=self.link,
            stream=self._counted(desk.stream),
            reader_of=lambda kb: SimpleNamespace(drafters=[]),
            tracing=SimpleNamespace(
                fingerprint=lambda reader: "f", keep_again=lambda question, answer, made: self.again.append(made)
            ),
        )
        self._app = create_app(desk, door=home.door, limits=limits_of(parts))
        self._home = home

    def _counted(self, stream):
        def counted(question):
            self.made += 1
            return stream(question)

        return counted

    def close(self):
        self.link.close()

    def send(self, method, path, token, body=None, *, times=1):
        async def main():
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
                headers = {"Authorization": f"Bearer {token}"}
                return await asyncio.gather(
                    *(client.request(method, path, headers=headers, json=body) for _ in range(times))
                )

        return self._home.run(main())

    def ask(self, token, question="退款要多久？"):
        (response,) = self.send("POST", "/v1/ask", token, {"question": question, "kb": "faq"})
        assert response.status_code == 200
        return response.json()


@pytest.fixture
def services(home, redis_server):
    with closing(Service(home, redis_server.settings)) as one, closing(Service(home, redis_server.settings)) as two:
        yield one, two


@pytest.mark.parametrize("question", ["退款要多久？", "Are monthly plans refundable?"])
def test_what_one_service_answered_the_other_gives_again(home, services, question):
    one, two = services
    token = home.key()

    first, second = one.ask(token, question), two.ask(token, question)

    assert [first["cached"], second["cached"]] == [False, True]
    assert second["claims"] == first["claims"] != []
    assert (one.made, two.made, two.again) == (1, 0, [first["trace_id"]])


def test_what_is_ingested_makes_shared_answers_unreachable(home, services):
    one, two = services
    token = home.key()
    one.ask(token, "专票运费多少？")

    home.desk.put("运费.md", "纸质专票运费 20 元。", kb="faq")
    home.desk.catch_up()

    assert not two.ask(token, "专票运费多少？")["cached"]


def test_tenants_with_the_same_documents_never_see_one_another_s_answers(home, services, redis_server):
    one, two = services
    tokens = {tenant: home.key(tenant) for tenant in ("default", "acme", "星海")}

    asked = {tenant: one.ask(token, "电子发票多久？") for tenant, token in tokens.items()}
    again = {tenant: two.ask(token, "电子发票多久？") for tenant, token in tokens.items()}

    assert not any(answer["cached"] for answer in asked.values())
    assert two.again == [answer["trace_id"] for answer in asked.values()]
    cited = [{claim["citations"][0]["document_id"] for claim in answer["claims"]} for answer in again.values()]
    assert all(cited)
    assert not cited[0] & cited[1]
    assert not cited[1] & cited[2]
    with redis_server.client as client:
        keys = [key.decode().split(":") for key in client.scan_iter("*:answers:*")]
    assert sorted(key[4] for key in keys) == ["acme", "default", "星海"]


def test_both_services_count_one_key_together(home, redis_server):
    token = home.key()
    with (
        closing(Service(home, redis_server.settings, key_rate="3/minute")) as one,
        closing(Service(home, redis_server.settings, key_rate="3/minute")) as two,
    ):
        responses = [each.send("GET", "/v1/kbs", token)[0] for each in (one, two, one, two)]

    assert [response.status_code for response in responses] == [200, 200, 200, 429]
    assert [response.headers["ratelimit"].split(";")[1] for response in responses] == ["r=2", "r=1", "r=0", "r=0"]
    assert 1 <= int(responses[3].headers["retry-after"]) <= 60


@pytest.mark.parametrize("how", ["stop", "suspend"])
def test_redis_that_goes_away_keeps_nobody_from_an_answer_and_is_taken_up_again(home, services, redis_server, how):
    one, two = services
    token = home.key()
    first = one.ask(token, "Monthly plans?")

    getattr(redis_server, how)()
    without = [two.ask(token, "Monthly plans?") for _ in range(3)]
    redis_server.renew()
    until(lambda: one.link.is_up and two.link.is_up)
    one.ask(token, "Monthly plans?")
    after = two.ask(token, "Monthly plans?")

    assert [answer["cached"] for answer in without] == [False] * 3
    assert all(answer["claims"] == first["claims"] for answer in without)
    assert after["cached"]


def test_redis_that_is_away_from_the_start_is_told_at_once_and_keeps_nobody(home, caplog):
    nobody = redis_settings(f"redis://127.0.0.1:{free_port()}/0")
    with closing(Service(home, nobody)) as one:
        assert [record.message.partition(" (")[0] for record in caplog.records] == ["Redis is away"]
        assert one.ask(home.key())["claims"]


def test_fifty_requests_at_once_are_all_answered_while_redis_hangs(home, services, redis_server):
    one, _ = services
    token = home.key()
    one.send("GET", "/v1/kbs", token)
    redis_server.suspend()

    responses = one.send("GET", "/v1/kbs", token, times=50)

    assert {response.status_code for response in responses} == {200}
    assert not one.link.is_up
