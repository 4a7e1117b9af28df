"""``citedesk tenants``: who owns which knowledge bases."""

from typing import TYPE_CHECKING

import click

from api.console import Console, command, confirm

if TYPE_CHECKING:
    from store.tenants import Tenant


@click.group()
def tenants() -> None:
    """List, create and delete tenants: customers or departments that must not see one another's documents.

    A knowledge base of the tenant acme is named acme/NAME on the command line, and NAME for the holders of its keys.
    """


@tenants.command("list")
@command
def list_(console: Console) -> None:
    """Every tenant with its knowledge bases and the number of its API keys."""
    from store.tenants import Tenants

    with console.desk() as desk:
        found = Tenants(desk.catalog).all()

    def show() -> None:
        for tenant in found:
            click.echo(f"{tenant.name}: {', '.join(tenant.kbs) or 'no knowledge base'}; {tenant.keys} keys")

    console.result({"tenants": [tenant_document(tenant) for tenant in found]}, show)


@tenants.command()
@click.argument("name")
@command
def create(console: Console, name: str) -> None:
    """A new tenant without documents and keys."""
    from store.tenants import Tenants

    with console.desk() as desk:
        Tenants(desk.catalog).create(name)

    def show() -> None:
        click.echo(f"created the tenant {name}")
        click.echo(
            f"`citedesk ingest PATH --kb {name}/NAME` gives it documents, `citedesk keys create --tenant {name}` a key"
        )

    console.result({"tenant": name}, show)


@tenants.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@command
def delete(console: Console, name: str, yes: bool) -> None:
    """Forget a tenant with its keys and all its knowledge bases."""
    from store.tenants import Tenants

    with console.desk() as desk:
        tenants = Tenants(desk.catalog)
        listed = ", ".join(tenants.get(name).kbs) or "it has none"
        if not yes:
            confirm(f"Delete the tenant {name!r} with its keys and knowledge bases ({listed})?")
        gone = tenants.delete(name)
    console.result({"deleted": name, "kbs": list(gone.kbs), "keys": gone.keys}, lambda: click.echo(f"deleted {name}"))


def tenant_document(tenant: "Tenant") -> dict[str, object]:
    """One tenant for machines; knowledge bases by their keys."""
    return {"name": tenant.name, "kbs": list(tenant.kbs), "keys": tenant.keys}
