"""The frame of the HTML page: its styles for screen, dark screen, phone and paper."""

PAGE = """<!doctype html>
<html lang="LANGUAGE"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>TITLE</title><style>
:root{--ink:#1c1e21;--soft:#5b6168;--line:#dfe3e7;--paper:#fff;--link:#1a56a0;--past:#b9c4cf;--now:#2a6f69}
@media (prefers-color-scheme:dark){:root{--ink:#e6e6e6;--soft:#a3a9b0;--line:#33383e;--paper:#16181c;--link:#8ab8ff;
--past:#4a545f;--now:#5fb3aa}}
*{box-sizing:border-box}
body{font:1.0625rem/1.6 Georgia,"Times New Roman",serif;max-width:42rem;margin:0 auto;padding:2rem 1.1rem 4rem;
color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
h1,h2,h3,nav,footer,summary{font-family:system-ui,-apple-system,"Segoe UI",sans-serif}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .6rem}h1 .dash{position:absolute;opacity:0}
h1 .period{display:block;font-size:1rem;font-weight:400;color:var(--soft);margin-top:.4rem}
h2{font-size:1.2rem;line-height:1.25;margin:2.6rem 0 .8rem;padding-top:.9rem;border-top:1px solid var(--line)}
h3{font-size:1rem;line-height:1.35;margin:1.6rem 0 .3rem}
p{margin:.45rem 0 .8rem}li{margin:.55rem 0}ul,ol{padding-left:1.5rem}
a{color:var(--link);text-decoration:none}a:hover,a:focus{text-decoration:underline}
h3 a,strong a{color:inherit;text-decoration:underline;text-decoration-color:var(--line);text-underline-offset:.15em}
nav{font-size:.85rem;color:var(--soft);margin-bottom:1.4rem}nav a{margin-right:.9rem;white-space:nowrap}
.cite{font:.78em system-ui,sans-serif;color:var(--soft);white-space:nowrap}.cite a{padding:.1em}
em{font-style:italic;color:var(--soft)}
figure{margin:1rem 0 1.4rem;max-width:30rem}.chart{width:100%;height:auto;font-family:system-ui,sans-serif}
.chart text{fill:var(--ink)}.chart .note,.chart .count{fill:var(--soft)}
.chart .past{fill:var(--past)}.chart .now{fill:var(--now)}
#references{font-size:.92rem}details{margin:.2rem 0}summary{font-size:.8rem;color:var(--soft);cursor:pointer}
blockquote{margin:.4rem 0 .4rem .2rem;padding-left:.8rem;border-left:3px solid var(--line);color:var(--soft)}
footer{font-size:.85rem;color:var(--soft);margin-top:2.6rem;border-top:1px solid var(--line)}
footer ul{padding-left:1.1rem}
:target{background:color-mix(in srgb,var(--now) 18%,transparent);border-radius:3px}
@page{margin:18mm 16mm}
@media print{:root{--ink:#000;--soft:#444;--line:#ccc;--paper:#fff;--link:#000;--past:#b9c4cf;--now:#2a6f69}
body{font-size:10.5pt;max-width:none;padding:0}nav,details{display:none}h2,h3{break-after:avoid}
article,li,figure{break-inside:avoid}.chart rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}
h1{font-size:18pt}h2{font-size:13pt}figure{max-width:11cm}}
</style></head><body>
BODY
</body></html>
"""
