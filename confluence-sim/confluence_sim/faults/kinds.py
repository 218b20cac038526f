"""All faults by name: the table that a reader opens first."""

from __future__ import annotations

from confluence_sim.faults import changes, delivery, fields, listings, refusals
from confluence_sim.faults.fault import Kind

LISTS = r"/(pages|blogposts|attachments|rest/api/content|rest/api/content/scan)$"
"""Lists of contents: of Cloud v2 and of Data Center."""

KINDS = {
    "rate_limit_seconds": Kind(refusals.rate_limit_seconds, "429, Retry-After: amount seconds", amount=2),
    "rate_limit_date": Kind(refusals.rate_limit_date, "429, Retry-After: the date in amount seconds", amount=2),
    "rate_limit_silent": Kind(refusals.rate_limit_silent, "429 without Retry-After"),
    "server_error_burst": Kind(refusals.server_error_burst, "500, 502, 503 or 504, two times each", times=2),
    "big_page_timeout": Kind(
        refusals.big_page_timeout, "504 for more than amount rows with bodies", share=1, times=0, amount=10
    ),
    "big_page_unavailable": Kind(
        refusals.big_page_unavailable, "502 or 503 for more than amount rows with bodies", share=1, times=0, amount=10
    ),
    "refusal": Kind(refusals.refusal, "the status in amount, for whom path, asks and holds describe", amount=500),
    "reset_mid_body": Kind(delivery.reset_mid_body, "the connection is reset within the body"),
    "truncated_gzip": Kind(delivery.truncated_gzip, "compressed, and cut"),
    "truncated_json": Kind(delivery.truncated_json, "JSON, and cut"),
    "slow_drip": Kind(delivery.slow_drip, "the body takes amount seconds", share=0.1, amount=10),
    "login_page": Kind(refusals.login_page, "an HTML login page with status 200"),
    "empty_page": Kind(listings.empty_page, "no rows, and a link to more"),
    "short_page": Kind(listings.short_page, "fewer rows than asked for, and a link to more", times=0),
    "repeated_cursor": Kind(listings.repeated_cursor, "a link to the same page again"),
    "foreign_next": Kind(listings.foreign_next, "the link to more leads to a foreign host", times=0),
    "foreign_redirect": Kind(refusals.foreign_redirect, "a redirect to a foreign host"),
    "unknown_fields": Kind(fields.unknown_fields, "fields that no schema names", share=1, times=0),
    "missing_fields": Kind(fields.missing_fields, "a field of one row in amount is missing", amount=5),
    "null_fields": Kind(fields.null_fields, "a field of one row in amount is null", amount=5),
    "page_forbidden": Kind(refusals.refused(403, "Forbidden"), "403 for a page of a listing", path=LISTS),
    "page_not_found": Kind(refusals.refused(404, "Not Found"), "404 for a page of a listing", path=LISTS),
    "token_dies": Kind(refusals.token_dies, "401 from some request on", share=1, times=0, after=5),
    "token_forgotten": Kind(
        refusals.token_forgotten,
        "taken for a request without credentials, from some request on",
        share=1,
        times=0,
        after=5,
    ),
    "edit_mid_walk": Kind(changes.edit_mid_walk, "a page is edited behind an answer", path=LISTS),
    "move_mid_walk": Kind(changes.move_mid_walk, "a page is moved behind an answer", path=LISTS),
    "trash_mid_walk": Kind(changes.trash_mid_walk, "a page is trashed behind an answer", path=LISTS),
    "purge_mid_walk": Kind(changes.purge_mid_walk, "a page is deleted for good behind an answer", path=LISTS),
}
