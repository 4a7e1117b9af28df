"""An index of which much was deleted is built anew by itself, with the real Chroma."""

import pytest
from edition_home import KB, EditionHome, manual
from sqlalchemy import select

from store.tables import indexes


@pytest.fixture
def home(tmp_path):
    home = EditionHome(tmp_path / "home")
    yield home
    home.close()


def dense_generation(home: EditionHome) -> str:
    with home.catalog.engine.connect() as connection:
        return connection.scalars(select(indexes.c.generation).where(indexes.c.arm == "dense")).one()


def collections(home: EditionHome) -> set[str]:
    return {each.name for each in home.indexes._stores["dense"]._open_client().list_collections()}


def test_an_index_whose_passages_were_replaced_is_built_anew_and_the_one_before_is_swept(home):
    for number in range(6):
        home.put(f"{number}.md", manual(number))
    home.indexes.catch_up(KB)
    first = dense_generation(home)
    home.put("0.md", manual(10))
    home.put("1.md", manual(11))
    home.indexes.catch_up(KB)
    assert dense_generation(home) == first  # 2 of 8 are deleted
    home.put("2.md", manual(12))
    home.put("3.md", manual(13))
    home.indexes.catch_up(KB)
    second = dense_generation(home)
    assert second != first  # 4 of 10
    assert home.is_sound()
    assert any("号网关" in text for text in home.found("网关规定退款几天到账"))
    home.indexes.catch_up(KB)
    assert dense_generation(home) == second
    home.indexes.sweep()
    assert collections(home) == {second}
