"""The contract judge: Atlassian's own OpenAPI documents between a client and a Confluence.

A proxy forwards every request and holds request and answer against the documents. The documents are incomplete
(FACTS section 1); what they are silent about, and real sites are known to do, is listed here by name and nowhere else.
"""

from __future__ import annotations

import json
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import requests
from openapi_core import Config, OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest, WerkzeugOpenAPIResponse
from openapi_core.exceptions import OpenAPIError
from werkzeug import Request, Response
from werkzeug.serving import make_server

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "confluence-api"
V2_PREFIX = "/wiki/api/v2"
V1_PREFIX = "/wiki/rest/api"
# FACTS 1.13 to 1.15, 1.21: seen as null in real answers although the schema names a plain type.
NULLABLE = {
    *("parentId", "parentType", "ownerId", "lastOwnerId", "position", "description", "icon", "homepageId", "comment"),
    *("message", "timeZone", "email", "currentActiveAlias", "spaceOwnerId", "body"),
    "personalSpaceId",
}
HOP_BY_HOP = {
    *("connection", "content-length", "content-encoding", "transfer-encoding", "host", "date", "server", "keep-alive"),
}


def document(version: str) -> Path | None:
    """Return where Atlassian's document of ``v1`` or ``v2`` lies on this machine, if it does."""
    named = os.environ.get("CONFLUENCE_OPENAPI")
    path = Path(named) if version == "v2" and named else SHARED / f"cloud-{version}.openapi.json"
    return path if path.is_file() else None


def _resolved(plain: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter itself where an operation only refers to it."""
    named: str | None = parameter.get("$ref")
    found: dict[str, Any] = plain["components"]["parameters"][named.rpartition("/")[2]] if named else parameter
    return found


@cache
def openapi(version: str) -> tuple[OpenAPI, dict[str, Any]]:
    """Load Atlassian's document of ``v1`` or ``v2``: the judge and the plain JSON."""
    path = document(version)
    if path is None:
        raise FileNotFoundError(f"no OpenAPI document of {version}")
    plain = json.loads(path.read_text(encoding="utf-8"))
    plain["servers"] = [{"url": V2_PREFIX if version == "v2" else ""}]
    for operations in plain["paths"].values():
        for operation in operations.values():
            if not isinstance(operation, dict) or "parameters" not in operation:
                continue
            operation["parameters"] = [_resolved(plain, parameter) for parameter in operation["parameters"]]
            for parameter in operation["parameters"]:
                if parameter.get("schema", {}).get("default", "") is None:
                    del parameter["schema"]["default"]  # its own schema refuses it
                if parameter.get("in") == "query" and parameter["schema"].get("type") == "array":
                    parameter["explode"] = False  # "as a comma-separated list", says each description (FACTS 1.9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the document's OAuth scheme needs no checking here
        return OpenAPI.from_dict(plain, config=Config(spec_validator_cls=None)), plain  # type: ignore[arg-type]


def without_known_nulls(value: Any) -> Any:
    """Return an answer without the nulls that real sites send and the document does not know."""
    if isinstance(value, dict):
        return {key: without_known_nulls(item) for key, item in value.items() if not (item is None and key in NULLABLE)}
    if isinstance(value, list):
        return [without_known_nulls(item) for item in value]
    return value


@dataclass
class Judge:
    """What the proxy saw."""

    url: str = ""
    judged: int = 0
    violations: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def judge(self, request: Request, status: int, body: bytes, content_type: str) -> None:
        """Hold one exchange against the document that describes its path."""
        version = "v2" if request.path.startswith(V2_PREFIX) else "v1" if request.path.startswith(V1_PREFIX) else None
        if version is None or document(version) is None:
            return
        api, plain = openapi(version)
        asked = WerkzeugOpenAPIRequest(request)
        found: list[str] = []
        try:
            api.validate_request(asked)
            known = self.known_parameters(plain, version, request.path)
            found += [f"unknown parameter {name}" for name in request.args if name not in known]
        except OpenAPIError as error:
            found.append(f"request: {error} {error.__cause__ or ''}")
        if status < 400 and content_type.startswith("application/json"):
            mended = json.dumps(without_known_nulls(json.loads(body)))
            answer = Response(mended, status=status, content_type="application/json")
            try:
                api.validate_response(asked, WerkzeugOpenAPIResponse(answer))
            except OpenAPIError as error:
                found.append(f"response: {error} {error.__cause__ or ''}"[:2000])
        with self.lock:
            self.judged += 1
            self.violations += [f"{request.method} {request.full_path}: {text}" for text in found]

    @staticmethod
    def known_parameters(plain: dict[str, Any], version: str, path: str) -> set[str]:
        """Return the query parameters that the document knows for a path."""
        parts = path.removeprefix(V2_PREFIX if version == "v2" else "").split("/")
        for template, operations in plain["paths"].items():
            names = template.split("/")
            if len(names) == len(parts) and all(n.startswith("{") or n == p for n, p in zip(names, parts, strict=True)):
                declared = [*operations.get("parameters", ())]
                for operation in operations.values():
                    declared += operation.get("parameters", ()) if isinstance(operation, dict) else ()
                return {item["name"] for item in declared if item.get("in") == "query"}
        return set()


@contextmanager
def judging(upstream: str) -> Iterator[Judge]:
    """Run the judging proxy in front of ``upstream`` (an origin) and yield what it sees."""
    judge = Judge()
    session = requests.Session()

    @Request.application
    def proxy(request: Request) -> Response:
        headers = {key: value for key, value in request.headers if key.lower() not in HOP_BY_HOP}
        answer = session.request(
            request.method,
            upstream + request.full_path.rstrip("?"),
            data=request.get_data(),
            headers=headers,
            allow_redirects=False,
            timeout=30,
        )
        judge.judge(request, answer.status_code, answer.content, answer.headers.get("Content-Type", ""))
        kept = [(key, value) for key, value in answer.headers.items() if key.lower() not in HOP_BY_HOP - {"date"}]
        return Response(answer.content, answer.status_code, kept)

    server = make_server("127.0.0.1", 0, proxy, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    judge.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield judge
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        session.close()
