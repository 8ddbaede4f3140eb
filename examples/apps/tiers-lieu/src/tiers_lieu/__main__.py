"""``tiers-lieu``: open the house, with the invented network where the store is empty, and serve the pages."""

from __future__ import annotations

import argparse

import attrs
import uvicorn

from tiers_lieu.app import create_app
from tiers_lieu.houses import open_house
from tiers_lieu.settings import Settings


def main() -> None:
    """Serve the application until it is interrupted."""
    parser = argparse.ArgumentParser(prog="tiers-lieu", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    settings = Settings.of()
    if settings.address == Settings().address:
        settings = attrs.evolve(settings, address=f"http://{given.host}:{given.port}")
    with open_house(settings) as house:
        for line in (
            f"programme        {settings.address}/",
            f"rooms            {settings.address}/rooms",
            f"member's area    {settings.address}/me        (sign in as Zoé Marchand)",
            f"front desk       {settings.address}/desk      (sign in as Ana Ferreira)",
            f"administration   {settings.address}/admin     (sign in as Karim Haddad)",
            f"the store        {settings.store}",
        ):
            print(line, flush=True)
        uvicorn.run(create_app(house, settings), host=given.host, port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
