"""Pages and attachments through atlassian-python-api: its generator of a space's pages, and each page's attachments.

Arguments: the site, and the keys of its spaces.
"""

from __future__ import annotations

import json
import sys
import warnings

from atlassian.confluence import ConfluenceServer


def main() -> None:
    """Write each row as a line."""
    warnings.simplefilter("ignore")
    site, *keys = sys.argv[1:]
    confluence = ConfluenceServer(url=site, username="me@example.com", password="token", cloud=True)  # noqa: S106
    for key in keys:
        for page in confluence.get_all_pages_from_space_as_generator(key, limit=50, expand="body.storage,version"):
            print(json.dumps(page))
            for attachment in confluence.get_attachments_from_content(page["id"])["results"]:
                print(json.dumps(attachment))


main()
