"""Documents for the tests of full texts: a small paper in LaTeXML's shape, and a post's page."""

from html import escape


def latexml(
    *sections: tuple[str, str, list[str]], title: str = "Kelp: A Paper on Kelp", more: str = ""
) -> bytes:
    """A paper of (number, name, paragraphs); paragraphs are HTML."""
    body = "".join(
        f"<section class='ltx_section'><h2 class='ltx_title ltx_title_section'>"
        f"<span class='ltx_tag ltx_tag_section'>{number} </span>{name}</h2>"
        + "".join(f"<div class='ltx_para'><p class='ltx_p'>{p}</p></div>" for p in paragraphs)
        + "</section>"
        for number, name, paragraphs in sections
    )
    return (
        "<!DOCTYPE html><html><head><title>T</title></head><body><nav class='ltx_page_navbar'>Navigation</nav>"
        f"<article class='ltx_document'><h1 class='ltx_title ltx_title_document'>{escape(title)}</h1>"
        "<div class='ltx_abstract'><p class='ltx_p'>The abstract is stored elsewhere.</p></div>"
        f"{body}{more}<section class='ltx_bibliography'><ul><li class='ltx_bibitem'><p class='ltx_p'>A. Nobody, 1999."
        "</p></li></ul></section></article></body></html>"
    ).encode()


def post(title: str, *paragraphs: str) -> bytes:
    """A page of a weblog with navigation and a footer around the post."""
    body = "".join(f"<p>{p}</p>" for p in paragraphs)
    return (
        f"<!DOCTYPE html><html><head><title>{title} | Quay Lab</title></head><body><header><nav><a href='/'>Home</a>"
        f"</nav></header><main><article><h1>{title}</h1>{body}</article></main>"
        "<footer>We use cookies. All rights reserved.</footer></body></html>"
    ).encode()


LONG = "Kelp grows by half a metre a day where the water is cold, and we measured it with a rope. " * 6
