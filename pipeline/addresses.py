"""What an address says: its usable and its canonical form, and the arXiv id or DOI that it names. Pure."""

import re
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

MAX_ADDRESS = 8192

_ARXIV_ID = r"(?P<id>\d{4}\.\d{4,5}|[a-z][a-z-]*(?:\.[a-z]{2})?/\d{7})(?:v(?P<version>\d{1,3}))?"
_ARXIV_NAME = re.compile(
    rf"(?:oai:arxiv\.org:|arxiv:\s*|(?:doi:|info:doi/)?10\.48550/arxiv\.){_ARXIV_ID}", re.I
)
_ARXIV_PATH = re.compile(rf"/(?:abs|pdf|html|format|ps|src|e-print|tb)/{_ARXIV_ID}(?:\.pdf)?/*", re.I)
_MIRROR_PATH = re.compile(rf"/(?:abs|pdf|html|overview|papers)/{_ARXIV_ID}(?:\.pdf)?/*", re.I)
_ARXIV_HOSTS = frozenset(
    {"arxiv.org", "export.arxiv.org", "rss.arxiv.org", "browse.arxiv.org", "xxx.lanl.gov"}
)
_MIRROR_HOSTS = frozenset(
    {"alphaxiv.org", "huggingface.co", "hf.co", "ar5iv.org", "ar5iv.labs.arxiv.org", "arxiv-vanity.com"}
)

_DOI = r"10\.\d{4,9}/[^\s?#\"<>]+"
_DOI_NAME = re.compile(rf"(?:doi:\s*|info:doi/)?({_DOI})", re.I)
_DOI_PATH = re.compile(rf"/(?:doi/(?:abs/|full/|pdf/|epdf/|book/)?|article/|chapter/)({_DOI})", re.I)
_DOI_HOSTS = frozenset({"doi.org", "dx.doi.org"})

_TRACKING = re.compile(
    r"utm_.*|mtm_.*|pk_.*|hsa_.*|_hs.*|fbclid|gclid|dclid|msclkid|yclid|twclid|igshid|mc_[ce]id|mkt_tok|"
    r"ref|ref_src|ref_url|referrer|cmpid|ncid|ocid|smid|source|spm|at_medium|at_campaign|guccounter|"
    r"__twitter_impression|amp",
    re.I,
)
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNSAFE = re.compile(r"[\s\"<>|\\^`{}\x00-\x1f\x7f]")
_ORDINARY = re.compile(
    r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?:/[\w.~/=&%+:@,!*()'-]*)?(?:\?[\w.~/=&%+:@,!*()'-]+)?(?:#[\w.~/=&%+-]+)?",
    re.A,
)
"""Addresses that need no mending: most of them, and taking one apart costs more than all else about an entry."""
_BARE = re.compile(r"https?://([a-z0-9.-]+)(/[\w./~-]*)?", re.A)
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")


def web_address(value: str, base: str = "") -> str | None:
    """The absolute http(s) address of a link, without user name and password; none for anything else."""
    if _ORDINARY.fullmatch(value) and len(value) <= MAX_ADDRESS:
        return value
    try:
        parts = urlsplit(urljoin(base, value.strip()))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return None
        host = parts.netloc.rpartition("@")[2]
        _ = parts.port
    except ValueError:
        return None
    whole = urlunsplit((parts.scheme, host, parts.path, parts.query, parts.fragment))
    whole = _UNSAFE.sub(lambda m: "".join(f"%{byte:02X}" for byte in m[0].encode()), whole)
    return whole if len(whole) <= MAX_ADDRESS and whole.isprintable() else None


def canonical(url: str) -> str | None:
    """One spelling for an address: https, no www, port, tracking, fragment or trailing slash; none if not http(s)."""
    address = web_address(url)
    if address is None:
        return None
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".")
    while host.startswith("www.") and host.count(".") > 1:
        host = host.removeprefix("www.")
    if ":" in host:
        host = f"[{host}]"
    if parts.port not in (None, 80, 443):
        host = f"{host}:{parts.port}"
    path = re.sub(r"(?:/+(?:index\.html?)?)+$", "", _settle(parts.path))
    fields = [_settle(field) for field in parts.query.split("&")]
    kept = sorted(field for field in fields if field and not _tracks(field))
    return urlunsplit(("https", host, path, "&".join(kept), "")) if host else None


def fragment(url: str) -> str:
    """The part after `#`, which some feeds use to tell the entries of one page apart."""
    return url.partition("#")[2]


def arxiv_ref(value: str, *, mirrors: bool = True) -> tuple[str, int | None] | None:
    """The arXiv id and version that an address or identifier names, or none.

    With `mirrors`, also the pages of other sites that show one arXiv paper each.
    """
    value = value.strip()
    match = _ARXIV_NAME.fullmatch(value) or _arxiv_page(value, mirrors)
    if match is None:
        return None
    archive, slash, number = match["id"].rpartition("/")
    name = f"{archive.lower().partition('.')[0]}{slash}{number}"
    return name, int(match["version"]) if match["version"] else None


def doi_of(value: str) -> str | None:
    """The DOI (lower case) that an address or identifier names, or none."""
    value = value.strip()
    match = _DOI_NAME.fullmatch(value)
    if match is None and value[:4].lower() == "http":
        host, path = _host_and_path(value)
        match = re.fullmatch(rf"/({_DOI})", path) if host in _DOI_HOSTS else _DOI_PATH.fullmatch(path)
    return match[1].lower().rstrip("./,;") if match else None


def _arxiv_page(value: str, mirrors: bool) -> re.Match[str] | None:
    if value[:4].lower() != "http":
        return None
    host, path = _host_and_path(value)
    if host in _ARXIV_HOSTS:
        return _ARXIV_PATH.fullmatch(path)
    if mirrors and host in _MIRROR_HOSTS:
        return _MIRROR_PATH.fullmatch(path)
    return _ARXIV_NAME.fullmatch(path[1:]) if host in _DOI_HOSTS else None


def _host_and_path(url: str) -> tuple[str, str]:
    if match := _BARE.fullmatch(url):
        return match[1].rstrip(".").removeprefix("www."), match[2] or ""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").rstrip(".").removeprefix("www."), unquote(parts.path)
    except ValueError:
        return "", ""


def _tracks(field: str) -> bool:
    return _TRACKING.fullmatch(unquote(field.partition("=")[0])) is not None


def _settle(text: str) -> str:
    """Percent-escapes in one spelling; repeated because decoding one escape may complete another."""
    while (settled := _ESCAPED.sub(_escape, text)) != text:
        text = settled
    return text


def _escape(match: re.Match[str]) -> str:
    char = chr(int(match[1], 16))
    return char if char in _PLAIN else match[0].upper()
