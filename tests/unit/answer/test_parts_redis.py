import threading
from contextlib import closing

from redis_server import RedisServer, free_port, redis_settings

from answer.assemble import Desk
from core.settings import Settings


def test_keys_in_redis_begin_with_the_record_s_own_name(tmp_path, redis_server: RedisServer):
    with closing(Desk(Settings(home=tmp_path, redis=redis_server.settings))) as desk:
        desk.redis.check()
        expected = f"citedesk:{desk.catalog.home_id()}:probe"

    with redis_server.client as client:
        assert [key.decode() for key in client.scan_iter()] == [expected]


def test_a_home_without_redis_has_no_link(tmp_path):
    with closing(Desk(Settings(home=tmp_path))) as desk:
        assert desk.redis is None


def test_a_desk_that_is_closed_waits_for_redis_no_longer(tmp_path):
    nobody = redis_settings(f"redis://127.0.0.1:{free_port()}/0")
    with closing(Desk(Settings(home=tmp_path, redis=nobody))) as desk:
        assert desk.redis.attempt(lambda client: client.get("k"), "没有") == "没有"
        (waiting,) = (thread for thread in threading.enumerate() if thread.name == "redis-return")

    waiting.join(timeout=10)
    assert not waiting.is_alive()
