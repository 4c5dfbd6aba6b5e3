"""Pages for people: the OpenAPI document and the problem codes as HTML. It knows markup; it knows no operation, no request and no script.

A page is one file: its style stands inside and is admitted by hash (Content Security Policy Level 3), nothing is fetched and nothing runs,
so it works offline and under any mount prefix. Every value of the document is escaped.
"""

import inspect
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from html import escape
from shlex import quote as quote_for_shell
from typing import Final
from urllib.parse import quote

import msgspec

from kingpost.kernel.errors import KernelError, Retry
from kingpost.kernel.openapi import Json, Object
from kingpost.kernel.schema_pages import as_array, as_json, as_object, as_text, prose, sample, shape, table, type_in_words

_STYLE: Final = """
:root{color-scheme:light dark;--ground:#fbfbf9;--raised:#fff;--ink:#1d2327;--quiet:#5c6670;--line:#dfe2e0;--code:#f2f3f0;--accent:#8a4b16;
--get:#1b6e4b;--post:#1d5fa8;--patch:#8a5a00;--put:#6b45a5;--delete:#b0303a}
@media(prefers-color-scheme:dark){:root{--ground:#14181b;--raised:#1b2125;--ink:#e4e8ea;--quiet:#98a3ab;--line:#2e363c;--code:#101416;--accent:#e0a26b;
--get:#5cc79a;--post:#78b2f0;--patch:#e0b45c;--put:#b79af0;--delete:#f08a92}}
*{box-sizing:border-box}html{scroll-behavior:smooth;scroll-padding-top:1rem}@media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
.frame{display:grid;grid-template-columns:19rem minmax(0,1fr)}
nav{position:sticky;top:0;align-self:start;height:100vh;overflow:auto;padding:1.5rem 1.25rem;border-right:1px solid var(--line);font-size:.875rem}
nav h2{margin:1.25rem 0 .35rem;font-size:.75rem;letter-spacing:.06em;text-transform:uppercase;color:var(--quiet)}
nav ul{list-style:none;margin:0;padding:0}nav li a{display:grid;grid-template-columns:3.6rem 1fr;padding:.15rem 0;color:inherit;text-decoration:none}
nav li a:hover,nav li a:focus-visible{color:var(--accent)}nav .brand{font-weight:650;font-size:1.1rem;color:inherit;text-decoration:none}
main{max-width:62rem;padding:2.5rem clamp(1rem,4vw,3.5rem) 6rem}.alone{margin:0 auto;max-width:46rem}
h1{margin:0 0 .25rem;font-size:2rem;line-height:1.2}h2{margin:3.5rem 0 0;font-size:1.4rem}h3{margin:0;font-size:1.15rem}
h4{margin:1.25rem 0 .4rem;font-size:.8rem;color:var(--quiet)}p{margin:.5rem 0}a{color:var(--accent)}
article{margin:1.25rem 0;padding:1.25rem 1.4rem;background:var(--raised);border:1px solid var(--line);border-radius:.6rem}
article:target{border-color:var(--accent);box-shadow:0 0 0 1px var(--accent)}
code,pre{font:.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}code{overflow-wrap:anywhere}
pre{margin:0;padding:.8rem 1rem;overflow:auto;background:var(--code);border:1px solid var(--line);border-radius:.4rem}
.method{font:700 .78rem/1.6 ui-monospace,Menlo,Consolas,monospace}.get{color:var(--get)}.post{color:var(--post)}.patch{color:var(--patch)}
.put{color:var(--put)}.delete{color:var(--delete)}.route{display:flex;flex-wrap:wrap;gap:.75rem;align-items:baseline;margin:.35rem 0}
.route code{font-size:1rem}.quiet,.facts{color:var(--quiet);font-size:.9rem}.facts{margin:.35rem 0;display:flex;flex-wrap:wrap;gap:.3rem 1.25rem}
.scroll{overflow-x:auto}table{width:100%;border-collapse:collapse;font-size:.9rem}th{font-weight:600;color:var(--quiet);font-size:.78rem}
th,td{padding:.4rem .9rem .4rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}tr:last-child td{border-bottom:0}td:first-child code{white-space:nowrap}
.need{color:var(--accent);font-size:.78rem}details{margin-top:.6rem}summary{cursor:pointer;font-size:.9rem;margin-bottom:.4rem}
@media(max-width:56rem){.frame{display:block}nav{position:static;height:auto;border:0;border-bottom:1px solid var(--line)}}
@media print{nav{display:none}.frame{display:block}article{break-inside:avoid}}
"""

_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
PAGE_POLICY: Final[tuple[str, str]] = (
    "content-security-policy",
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
)
"""The header that goes with every page: nothing but its own style."""

_ADVICE: Final[Mapping[Retry, str]] = {
    Retry.NEVER: "Sending the same request again gives the same answer: change the request first.",
    Retry.LATER: "The same request may succeed after a wait. Retry-After says how long in seconds where it is sent; else wait a little longer each time.",
    Retry.AFTER_RELOAD: "Load the current state, decide again, then send a new request.",
}
_METHODS: Final = ("get", "post", "put", "patch", "delete")


def docs_page(document: Object) -> str:
    """The OpenAPI document as one page: an index by component, every operation with a ready ``curl``, every schema. Equal documents give equal pages."""
    info, routes = as_object(document.get("info")), tuple(_routes(document))
    tags = dict.fromkeys(
        (*(as_text(as_object(tag).get("name")) for tag in as_array(document.get("tags"))), *(_tag(entry) for _, _, entry in routes))
    )
    groups = [(tag, [route for route in routes if _tag(route[2]) == tag]) for tag in tags]
    groups = [(tag, group) for tag, group in groups if group]
    body = (
        f'<div class="frame">{_index(as_text(info.get("title")), groups)}<main id="top">{_introduction(document)}'
        f"{''.join(_section(tag, group, document) for tag, group in groups)}{_schemas(document)}</main></div>"
    )
    return _page(f"{as_text(info.get('title'))} API", body)


def problem_page(condition: type[KernelError]) -> str:
    """What a problem code means and whether to send the request again: the page that a problem's ``type`` points to (RFC 9457 section 3.1.1)."""
    document: Object = {
        "type": f"/problems/{condition.code}",
        "title": condition.title,
        "status": condition.status,
        "detail": condition.title,
        "code": condition.code,
        "request_id": "...",
    }
    body = (
        f'<main class="alone"><p class="quiet">Problem {condition.status}</p><h1><code>{escape(condition.code)}</code></h1>'
        f"<p>{escape(condition.title)}</p><h2>Meaning</h2>{prose(inspect.getdoc(condition) or condition.title)}"
        f"<h2>Trying again</h2><p>{escape(_ADVICE[condition.retry])}</p>"
        f"<h2>On the wire</h2><p>Status {condition.status}, media type <code>application/problem+json</code>. "
        f"<code>request_id</code> repeats the header <code>Request-Id</code>; quote it when asking for help.</p>{as_json(document)}</main>"
    )
    return _page(f"{condition.code} ({condition.status})", body)


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


def _routes(document: Object) -> Iterator[tuple[str, str, Object]]:
    for path, entry in as_object(document.get("paths")).items():
        yield from ((method, path, as_object(as_object(entry)[method])) for method in _METHODS if method in as_object(entry))


def _tag(operation: Object) -> str:
    return next((as_text(tag) for tag in as_array(operation.get("tags"))), "")


def _anchor(operation: Object) -> str:
    return escape(as_text(operation.get("operationId")))


def _index(title: str, groups: Iterable[tuple[str, list[tuple[str, str, Object]]]]) -> str:
    parts = [f'<a class="brand" href="#top">{escape(title)}</a>']
    for tag, group in groups:
        items = "".join(
            f'<li><a href="#{_anchor(entry)}"><span class="method {method}">{method.upper()}</span><span>{escape(as_text(entry.get("summary")))}</span></a></li>'
            for method, _, entry in group
        )
        parts.append(f"<h2>{escape(tag)}</h2><ul>{items}</ul>")
    return f'<nav aria-label="Operations">{"".join(parts)}<h2><a href="#schemas">Schemas</a></h2></nav>'


def _introduction(document: Object) -> str:
    info = as_object(document.get("info"))
    schemes = as_object(as_object(document.get("components")).get("securitySchemes"))
    keys = "".join(f"<p>{escape(as_text(as_object(scheme).get('description')))}</p>" for scheme in schemes.values())
    shell = (
        "export KINGPOST_URL=http://127.0.0.1:8000   # the address of this page, without /docs\nexport KINGPOST_KEY=kp_...\n"
        "export ETAG='\"...\"'   # to change something: its ETag header as it was loaded, quotes included"
    )
    return (
        f'<h1>{escape(as_text(info.get("title")))} API</h1><p class="quiet">Version <code>{escape(as_text(info.get("version")))}</code>. '
        f'{escape(as_text(info.get("summary")))} The same as data: <a href="openapi.json">openapi.json</a>.</p>'
        f"{keys}<p>The examples below run in a shell that knows these:</p><pre>{escape(shell)}</pre>"
    )


def _section(tag: str, group: Iterable[tuple[str, str, Object]], document: Object) -> str:
    return f"<section><h2>{escape(tag)}</h2>{''.join(_article(*route, document) for route in group)}</section>"


def _article(method: str, path: str, entry: Object, document: Object) -> str:
    return (
        f'<article id="{_anchor(entry)}"><h3>{escape(as_text(entry.get("summary")))}</h3>'
        f'<p class="route"><span class="method {method}">{method.upper()}</span><code>{escape(path)}</code></p>{_facts(entry)}'
        f"{_parameters(entry)}{_request_body(entry, document)}<h4>Try it</h4><pre>{escape(_curl(method, path, entry, document))}</pre>"
        f"<h4>Answers</h4>{_answers(entry, document)}</article>"
    )


def _facts(entry: Object) -> str:
    """Name, scope and permission."""
    facts = [
        ("operation", entry.get("operationId")),
        ("scope", entry.get("x-kingpost-scope")),
        ("permission", entry.get("x-kingpost-permission")),
    ]
    spans = "".join(f"<span>{name} <code>{escape(as_text(value))}</code></span>" for name, value in facts if value)
    return f'<p class="facts">{spans}</p>'


def _parameters(entry: Object) -> str:
    rows = [
        (
            as_text(each.get("name")),
            as_object(each.get("schema")),
            bool(each.get("required")),
            f"in {as_text(each.get('in'))}",
            as_text(each.get("description")),
        )
        for each in map(as_object, as_array(entry.get("parameters")))
    ]
    return f"<h4>Parameters</h4>{table(rows)}" if rows else ""


def _request_body(entry: Object, document: Object) -> str:
    content = as_object(as_object(as_object(entry.get("requestBody")).get("content")).get("application/json"))
    return f"<h4>Body</h4>{shape(as_object(content.get('schema')), document)}{_examples(content)}" if content else ""


def _examples(content: Object) -> str:
    examples = (as_object(example) for example in as_object(content.get("examples")).values())
    return "".join(
        f"<details><summary>Example: {escape(as_text(each.get('summary')))}</summary>{as_json(each.get('value'))}</details>"
        for each in examples
    )


def _answers(entry: Object, document: Object) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(status)}</code></td><td>{_answer(as_object(answer), document)}</td></tr>"
        for status, answer in as_object(entry.get("responses")).items()
    )
    return f'<div class="scroll"><table><tr><th>Status</th><th>Meaning</th></tr>{rows}</table></div>'


def _answer(answer: Object, document: Object) -> str:
    codes = [escape(as_text(code)) for code in as_array(answer.get("x-kingpost-codes"))]
    if codes:
        return ", ".join(f'<a href="problems/{code}"><code>{code}</code></a>' for code in codes)
    parts = [escape(as_text(answer.get("description")))]
    for media, content in as_object(answer.get("content")).items():
        schema = as_object(as_object(content).get("schema"))
        said = type_in_words(schema) if "$ref" in schema else shape(schema, document) if schema else ""
        parts.append(f'<br><span class="quiet">{escape(media)}</span> {said}{_examples(as_object(content))}')
    return "".join(parts)


def _schemas(document: Object) -> str:
    found = as_object(as_object(document.get("components")).get("schemas"))
    articles = (
        f'<article id="schema-{escape(name)}"><h3>{escape(name)}</h3>{shape(as_object(schema), document)}</article>'
        for name, schema in found.items()
    )
    return f'<section><h2 id="schemas">Schemas</h2>{"".join(articles)}</section>'


def _curl(method: str, path: str, entry: Object, document: Object) -> str:
    """A command that a POSIX shell takes as it stands."""
    parameters = [as_object(each) for each in as_array(entry.get("parameters"))]
    filled = path
    for each in parameters:
        if each.get("in") == "path":
            filled = filled.replace(f"{{{each['name']}}}", quote(as_text(sample(as_object(each.get("schema")), document)), safe=""))
    lines = [f'curl "$KINGPOST_URL{filled}"' if method == "get" else f'curl -X {method.upper()} "$KINGPOST_URL{filled}"']
    if entry.get("security"):
        lines.append('-H "Authorization: Bearer $KINGPOST_KEY"')
    if any(each.get("name") == "If-Match" for each in parameters):
        lines.append('-H "If-Match: $ETAG"')
    content = as_object(as_object(as_object(entry.get("requestBody")).get("content")).get("application/json"))
    if content:
        lines += ["-H 'Content-Type: application/json'", f"-d {quote_for_shell(msgspec.json.encode(_body(content, document)).decode())}"]
    return " \\\n  ".join(lines)


def _body(content: Object, document: Object) -> Json:
    """The first example, or what the schema itself suggests."""
    examples = [as_object(example)["value"] for example in as_object(content.get("examples")).values()]
    return examples[0] if examples else sample(as_object(content.get("schema")), document)
