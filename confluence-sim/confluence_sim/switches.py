"""What nobody could verify about Confluence, one named switch each (FACTS tags them "unverified")."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Switches:
    """How this Confluence behaves where the sources are silent or disagree. The number names the fact."""

    attachment_created_at_moves: bool = True
    """1.14: a new version of an attachment moves its ``createdAt`` (visible in captured answers)."""
    archive_bumps_version: bool = False
    """3.9: archiving a page makes a new version."""
    bad_basic_v1: str = "not_permitted"
    """4.7: the words of v1's 403 for a wrong pair: ``not_permitted`` or ``stackless``."""
    bad_basic_v2_list: int = 401
    """4.7: the status of a v2 list for a wrong pair."""
    comment_lists_hold_replies: bool = False
    """1.18: the site-wide comment lists hold replies besides roots."""
    cql_gap_is_refused: bool = True
    """2.8: a date inside the hour that a change of clocks skips is a 400."""
    cql_zone: str = "user"
    """2.7: whose clock dates in CQL are read on: ``user`` (the profile, else the site), ``site`` or ``utc``."""
    content_search_holds_archived_spaces: bool = False
    """2.14: ``/content/search`` looks into archived spaces; ``/search`` does so only when asked."""
    content_state_tells_hidden: bool = True
    """4.8: ``/content/{id}/state`` is a 403 for what the caller may not see, as documented; else a 404 like others."""
    convert_knows_trashed: bool = True
    """1.21: ``convert-ids-to-types`` tells the type of what is in the trash; else null."""
    cursor_first: bool = True
    """1.5: the cursor stands first in the query of ``next``; else last."""
    cursor_keeps_limit: bool = False
    """1.6: a cursor is refused beside another ``limit`` than the one it was given out with; else any is taken."""
    cursor_padding: int = 0
    """10: letters added to every cursor (cursors of 300 characters were seen)."""
    dc_anonymous_access: bool = False
    """7.5: Data Center lets in who has no account, and takes who comes with a dead token for such a one."""
    dc_anonymous_told: bool = True
    """7.5: ``/user/current`` and ``X-AUSERNAME`` tell of who has no account; else a 403, and no header."""
    dc_attachment_search_fails_from: int | None = None
    """7.7: from this ``start`` on, a search for attachments is a 400."""
    dc_basic_auth: bool = True
    """7.5: names and passwords are accepted besides tokens."""
    dc_content_list_allowed: bool = True
    """7.2: ``/content`` may be asked; else 403, and ``/content/scan`` is the way."""
    dc_inline_limit: int = 25
    """7.4: how many labels, attachments and so on an expansion shows (5 to 25)."""
    dc_endless_lists: str = ""
    """11.5: lists at paths that this regular expression matches never end beyond 200 rows (CONFSERVER-95396): each page
    has the ``size`` that was asked for and a ``next``; past the end comes the last page, again and again."""
    dc_next_start_bug: bool = True
    """7.3: where a limit was lowered silently, ``next`` goes on behind the limit that was asked for, skipping rows."""
    dc_rate_limit_headers: bool = False
    """5.6: rate limiting is on: every answer tells how many tokens are left, and ``retry-after``."""
    dc_refusals: str = "json"
    """11.8: a 401 or 403 is ``json``, or ``html``: Tomcat's page with the reason in its message."""
    dc_search_omits_homepage: bool = False
    """2.13: a search does not find the homepages of spaces."""
    dc_space_limit: int = 500
    """7.3: the greatest page of spaces (``DefaultRestSpaceManager.MAX_SIZE``)."""
    dc_spaces_refused: str = ""
    """11, 403 for one space's content: keys, with commas between, of spaces that are listed but whose ``/content`` is a
    403; a search shows nothing of them."""
    dc_start_ignored: str = ""
    """11.5: lists at paths that this regular expression matches begin with their first row, whatever ``start`` says."""
    dc_time_zone: str = "UTC"
    """7.4: the server's zone; on another one than UTC timestamps bear an offset."""
    dc_version: str = "9.2.1"
    """7: which Data Center this is, 7.9 to 10."""
    dc_when_missing_before: str | None = None
    """7.4: versions older than this RFC 3339 moment do not tell ``when`` they were made."""
    date_skew_seconds: float = 0
    """11.11: how far the clock of the ``Date`` header (a proxy's, another node's) is ahead of the database's."""
    descendants_show_drafts: bool = True
    """11.7: ``descendants`` lists drafts that nobody published; else not (9.7)."""
    folder_created_at_is_number: bool = True
    """1.20: ``createdAt`` of a folder is epoch milliseconds, as on live sites; else a string, as documented."""
    index_hides_share: float = 0
    """11.4: the share of all content that is not in the index of the search, 0 to 1: it is being rebuilt."""
    index_lag_seconds: float = 0
    """2.10: how long a new version is not in the index of the search."""
    index_skew_seconds: float = 0
    """2.11: how much later than the version itself the index thinks a change was."""
    legacy_v1: str = "gone"
    """2.2: what the removed lists of v1 answer an API token on the site: ``gone`` (410) or ``alive``."""
    limit_over_maximum: int = 400
    """1.1: what a ``limit`` over the maximum answers: 400, or 200 with the limit lowered silently."""
    media_link_seconds: float = 120
    """6.6: how long a signed link to an attachment's bytes is good."""
    move_bumps_version: bool = False
    """3.4: a move makes a new version of the moved page."""
    oauth_access_requests: int = 0
    """4.4: an access token dies after so many requests (mid-run); 0 is never."""
    oauth_access_seconds: float = 3600
    """4.4: how long an access token lives."""
    oauth_family_days: float = 365
    """4.4: how long after the consent no refresh token is good any more."""
    oauth_inactivity_days: float = 90
    """4.4: how long a refresh token is good that nobody uses."""
    oauth_refusal_status: int = 403
    """4.4: the status for a dead refresh token (the standard says 400)."""
    oauth_reuse_leeway_seconds: float = 600
    """4.4: how long a refresh token is good after its successor was given out."""
    points_per_hour: int = 0
    """5.2: points that OAuth apps may spend at the gateway until the top of the hour (65,000 in tier 1); 0: no end."""
    resolving_bumps_version: bool = False
    """3.3: resolving an inline comment makes a new version of it."""
    search_most_rows: int | None = None
    """11.4: a search ends after so many rows, though its ``totalSize`` tells of more (CONFCLOUD-84279)."""
    search_storage_body_fails: bool = False
    """2.6: a search that expands ``body.storage`` is a 500 (CONFCLOUD-76433)."""
    servlet_download: str = "refused"
    """6.2: what ``/wiki/download/attachments`` answers to an API token: ``refused`` (401) or ``bytes``."""
    site_time_zone: str = "Australia/Sydney"
    """2.7: the zone in the system settings: neither UTC nor anybody's own."""
    space_role_mode: str = "PRE_ROLES"
    """11.1: ``PRE_ROLES``: spaces grant to users and groups; ``ROLES``: to roles; ``ROLES_TRANSITION``: to both."""
    ticking_bumps_version: bool = True
    """3.2: ticking a task off in a page makes a new version of the page."""
    title_matches_substring: bool = False
    """1.9: the ``title`` filter matches parts of titles."""
    unknown_parameters: str = "refused"
    """11.6: what Cloud does with a query parameter that it does not know: ``refused`` (400), or ``ignored`` (200)."""
