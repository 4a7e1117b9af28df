import hashlib
import hmac
import string
from contextlib import closing

import pytest
from sqlalchemy import text

from core.errors import InvalidInput, NotFound
from store.catalog import Catalog
from store.key import Scope, digest_of, fits, new_token, prefix_of, scopes_of
from store.keys import Keys
from store.tenants import Tenants

PEPPER = b"p" * 32
ASK = frozenset({Scope.ASK})


@pytest.fixture
def keys(catalog):
    return Keys(catalog, PEPPER)


def at(catalog, prefix, column, shift):
    """Move a moment of a key, as if it lay ``shift`` seconds from now."""
    with catalog.writing() as connection:
        connection.execute(
            text(f"UPDATE api_keys SET {column} = (julianday('now') - 2440587.5) * 86400 + :shift WHERE prefix = :p"),
            {"shift": shift, "p": prefix},
        )


def test_a_token_is_its_prefix_and_256_random_bits():
    tokens = {new_token() for _ in range(50)}

    assert len({prefix_of(token) for token in tokens}) == 50
    for token in tokens:
        assert token.startswith(f"cdk_{prefix_of(token)}_")
        assert len(token.rpartition(prefix_of(token) + "_")[2]) == 43  # 32 bytes in base64


@pytest.mark.parametrize(
    "token",
    ["", "cdk_", "Bearer x", "cdk_abcdefghijkl_", "cdk_ABCDEFGHIJKL_" + "x" * 43, "cdk_abcdefghijkl_" + "密" * 43],
)
def test_what_was_never_a_token_has_no_prefix(token):
    assert prefix_of(token) == ""


def test_the_record_keeps_the_hmac_of_a_token_and_nothing_else_of_it(keys, catalog):
    key, token = keys.create("default", ASK, label="网站")

    assert key.digest == hmac.new(PEPPER, token.encode(), hashlib.sha256).hexdigest()
    with catalog.engine.connect() as connection:
        kept = " ".join(map(str, connection.execute(text("SELECT * FROM api_keys")).one()))
    secret = token.rpartition(key.prefix + "_")[2]
    assert key.prefix in kept
    assert secret not in kept


def test_only_the_whole_token_under_the_same_pepper_fits(keys):
    key, token = keys.create("default", ASK)
    other = token[:-1] + ("A" if token[-1] != "A" else "B")

    assert fits(key, digest_of(PEPPER, token))
    assert not fits(key, digest_of(PEPPER, other))
    assert not fits(key, digest_of(b"q" * 32, token))
    assert not fits(None, "0" * 64)


def test_a_key_comes_back_as_it_was_made(keys):
    key, _ = keys.create(
        "default", scopes_of(["ask", "ingest"]), kbs=frozenset({"手册"}), label="Bot", lasts_seconds=60
    )

    assert keys.find(key.prefix) == key
    assert keys.all() == [key]
    assert (key.tenant, key.kbs, key.label, key.scopes) == (
        "default",
        {"手册"},
        "Bot",
        {Scope.ASK, Scope.INGEST},
    )
    assert key.expires_at - key.created_at == pytest.approx(60, abs=1)
    assert (key.last_used_at, key.revoked_at) == (None, None)


def test_a_key_is_of_a_tenant_that_is_there(keys):
    with pytest.raises(NotFound, match="no tenant 'acme'"):
        keys.create("acme", ASK)
    assert not keys.any()


def test_a_key_may_not_be_limited_to_a_name_of_another_tenant(keys):
    with pytest.raises(InvalidInput, match="'acme/handbook'"):
        keys.create("default", ASK, kbs=frozenset({"acme/handbook"}))


@pytest.mark.parametrize(("words", "said"), [([], "needs a scope"), (["ask", "root"], "'root'")])
def test_scopes_are_those_there_are(words, said):
    with pytest.raises(InvalidInput, match=said):
        scopes_of(words)


def test_a_key_ends_when_its_time_is_over_or_it_is_revoked(keys):
    key, _ = keys.create("default", ASK, lasts_seconds=60)

    assert key.state(key.created_at + 59) == "active"
    assert key.state(key.created_at + 61) == "expired"
    assert keys.revoke(key.prefix).state(key.created_at) == "revoked"


def test_revoking_twice_keeps_the_first_moment(keys):
    key, _ = keys.create("default", ASK)
    first = keys.revoke(key.prefix)

    assert keys.revoke(key.prefix).revoked_at == first.revoked_at
    assert keys.any()


def test_a_replaced_key_goes_on_for_the_overlap_and_the_new_one_has_its_rights(keys):
    old, old_token = keys.create("default", ASK, kbs=frozenset({"faq"}), label="site")

    new, token = keys.rotate(old.prefix, overlap_seconds=600)

    ending = keys.find(old.prefix)
    assert ending.replaced_by == new.prefix
    assert ending.expires_at - new.created_at == pytest.approx(600, abs=1)
    assert (new.scopes, new.kbs, new.label, new.expires_at) == (old.scopes, old.kbs, "site", None)
    assert token != old_token
    assert fits(ending, digest_of(PEPPER, old_token))


def test_a_replacement_ends_when_the_first_key_would_have(keys):
    old, _ = keys.create("default", ASK, lasts_seconds=60)

    new, _ = keys.rotate(old.prefix, overlap_seconds=600)

    assert new.expires_at == old.expires_at
    assert keys.find(old.prefix).expires_at == old.expires_at


def test_a_key_that_opens_nothing_is_not_replaced(keys, catalog):
    revoked, _ = keys.create("default", ASK)
    keys.revoke(revoked.prefix)
    expired, _ = keys.create("default", ASK, lasts_seconds=60)
    at(catalog, expired.prefix, "expires_at", -1)
    replaced, _ = keys.create("default", ASK)
    keys.rotate(replaced.prefix, overlap_seconds=600)

    for key, said in ((revoked, "revoked"), (expired, "expired"), (replaced, "replaced by")):
        with pytest.raises(InvalidInput, match=said):
            keys.rotate(key.prefix, overlap_seconds=600)


def test_an_unknown_prefix_is_an_error(keys):
    for change in (keys.revoke, lambda prefix: keys.rotate(prefix, overlap_seconds=0)):
        with pytest.raises(NotFound, match="'nosuchprefix'"):
            change("nosuchprefix")


def test_when_a_key_was_used_only_moves_forward(keys):
    key, _ = keys.create("default", ASK)
    for moment in (100.0, 50.0):
        keys.note_used({key.prefix: moment, "gone": moment})
    assert keys.find(key.prefix).last_used_at == 100.0


def test_another_process_sees_a_revocation_at_once(keys, catalog, tmp_path):
    key, _ = keys.create("default", ASK)
    with closing(Catalog.open(tmp_path / "home")) as other:
        Keys(other, PEPPER).revoke(key.prefix)
    assert keys.find(key.prefix).revoked_at is not None


def test_deleting_a_tenant_deletes_its_keys_only(keys, catalog):
    Tenants(catalog).create("acme")
    keys.create("acme", ASK)
    mine, _ = keys.create("default", ASK)
    Tenants(catalog).delete("acme")
    assert keys.all() == [mine]


def test_keys_are_listed_by_tenant(keys, catalog):
    Tenants(catalog).create("acme")
    theirs, _ = keys.create("acme", ASK)
    keys.create("default", ASK)
    assert keys.all("acme") == [theirs]
    assert len(keys.all()) == 2


def test_a_prefix_is_written_in_letters_that_are_never_confused():
    assert {*"".join(prefix_of(new_token()) for _ in range(50))} <= {*string.ascii_lowercase, *"234567"}


def test_a_publishable_key_says_so_in_its_token_and_keeps_its_origins(keys):
    key, token = keys.create(
        "default", ASK, kbs=frozenset({"帮助"}), origins=["https://Help.Example.com/"], publishable=True
    )

    assert token.startswith(f"pk_{key.prefix}_")
    assert prefix_of(token) == key.prefix
    assert keys.find(key.prefix) == key
    assert (key.publishable, key.origins) == (True, {"https://help.example.com"})


@pytest.mark.parametrize(
    ("scopes", "kbs", "origins", "why"),
    [
        (["ask", "search"], {"help"}, ["https://a.example"], "may only ask, not ask, search"),
        (["admin"], {"help"}, ["https://a.example"], "may only ask, not admin"),
        (["ask"], None, ["https://a.example"], "names the knowledge bases"),
        (["ask"], {"help"}, [], "names the origins"),
        (["ask"], {"help"}, ["https://*.a.example"], "is no origin"),
    ],
)
def test_a_publishable_key_cannot_open_more_than_questions_of_named_pages(keys, scopes, kbs, origins, why):
    with pytest.raises(InvalidInput, match=why):
        keys.create("default", scopes_of(scopes), kbs=kbs and frozenset(kbs), origins=origins, publishable=True)
    assert keys.all() == []


def test_a_replaced_key_has_the_origins_and_the_kind_of_the_old_one(keys):
    old, _ = keys.create("default", ASK, kbs=frozenset({"help"}), origins=["https://a.example"], publishable=True)

    new, token = keys.rotate(old.prefix, overlap_seconds=60)

    assert token.startswith("pk_")
    assert (new.publishable, new.origins, new.kbs) == (True, old.origins, old.kbs)


def test_origins_are_those_of_keys_that_are_still_of_use(keys):
    made = [keys.create("default", ASK, origins=[f"https://{name}.example"])[0] for name in ("a", "b")]
    keys.create("default", ASK, origins=["https://c.example"], lasts_seconds=-1)
    keys.create("default", ASK)
    assert keys.origins() == {"https://a.example", "https://b.example"}

    keys.revoke(made[0].prefix)
    assert keys.origins() == {"https://b.example"}
