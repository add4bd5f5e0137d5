/// How a report's page looks: the colours and type of the plots, light and dark, on paper too.
enum HTMLStyle {
  static let sheet = """
    :root{color-scheme:light dark;--page:#ffffff;--ink:#1f2328;--muted:#59636e;--line:#d5dbe1;\
    --soft:#f4f6f8;--link:#0b62ad}
    @media (prefers-color-scheme:dark){:root{--page:#0d1117;--ink:#e6edf3;--muted:#9aa4af;\
    --line:#2d353f;--soft:#161b22;--link:#6cb2f2}}
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
    body{margin:0;background:var(--page);color:var(--ink);font:400 1rem/1.6 -apple-system,\
    BlinkMacSystemFont,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif;\
    font-variant-numeric:tabular-nums;overflow-wrap:break-word}
    main,nav{max-width:53rem;margin:0 auto;padding:0 1.25rem}
    main{padding-bottom:4rem}
    nav{padding-top:1rem;font-size:.875rem;color:var(--muted)}
    nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;margin:0;padding:0}
    h1,h2,h3,h4{line-height:1.25;margin:2.2em 0 .6em;text-wrap:balance}
    h1{font-size:2rem;margin-top:1.4em}
    h2{font-size:1.4rem;padding-bottom:.3em;border-bottom:1px solid var(--line)}
    h3{font-size:1.12rem}h4{font-size:1rem}
    p,ul,ol,blockquote,pre,.scroll,details{margin:0 0 1rem}
    a{color:var(--link);text-decoration-thickness:.06em;text-underline-offset:.15em}
    blockquote{padding:.1rem 0 .1rem 1rem;border-left:.25rem solid var(--line);color:var(--muted)}
    blockquote>:last-child{margin-bottom:0}
    code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;\
    font-size:.875em}
    code{background:var(--soft);padding:.12em .32em;border-radius:.3em}
    pre{background:var(--soft);padding:.8rem 1rem;border-radius:.4rem;overflow-x:auto;line-height:1.45}
    pre code{background:none;padding:0;font-size:1em}
    .scroll{overflow-x:auto}
    table{border-collapse:collapse;font-size:.9375rem;line-height:1.4}
    th,td{padding:.38rem .7rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
    th{font-weight:600;border-bottom-width:2px;white-space:nowrap}
    th[align=right],td[align=right]{text-align:right;white-space:nowrap}
    th[align=center],td[align=center]{text-align:center}
    td img{max-width:none;min-width:8rem}
    img{max-width:100%;height:auto;vertical-align:middle}
    .pixels{image-rendering:pixelated;border-radius:.25rem}
    .caption{color:var(--muted);font-size:.875rem;line-height:1.45}.caption em{font-style:normal}
    p:has(>img:only-child){margin-bottom:.4rem}
    .missing{color:var(--muted)}.alert{color:var(--ink)}
    .task{margin:0 .1em 0 0;vertical-align:-.08em}ul>li:has(>.task,>p>.task){list-style:none}
    ul>li>.task,ul>li>p>.task{margin-left:-1.35em}
    sup{font-size:.72em;line-height:0}sup a{text-decoration:none;padding:0 .1em}
    .footnotes{margin-top:2.5rem;padding-top:.8rem;border-top:1px solid var(--line);\
    color:var(--muted);font-size:.875rem}.footnotes p{margin:0 0 .3rem}
    :target{background:var(--soft)}
    summary{cursor:pointer;font-weight:600}
    details[open]>summary{margin-bottom:.6rem}
    math{font-family:"Latin Modern Math","STIX Two Math","Cambria Math","DejaVu Math TeX Gyre",math;font-size:1.06em}
    math[display=block]{margin:.6rem 0;overflow-x:auto;overflow-y:hidden}
    hr{border:0;border-top:1px solid var(--line);margin:2rem 0}
    @media (max-width:34rem){
    main,nav{padding:0 .9rem}h1{font-size:1.6rem}
    table{font-size:.875rem}th,td{padding:.34rem .5rem}th{white-space:normal}
    th[align=right],td[align=right]{white-space:normal}
    .scroll{margin-left:-.9rem;margin-right:-.9rem;padding:0 .9rem}
    p:has(>.wide:only-child){overflow-x:auto}.wide{min-width:39rem}
    }
    @page{margin:18mm 16mm 20mm}
    @media print{
    :root{--page:#ffffff;--ink:#000000;--muted:#444444;--line:#bbbbbb;--soft:#f4f4f4;--link:#000000}
    body{font-size:10.5pt}main{max-width:none;padding:0}nav{display:none}
    .scroll{overflow:visible}td img{max-width:100%;min-width:0}
    pre{white-space:pre-wrap}h1,h2,h3,h4{break-after:avoid}img,tr,blockquote{break-inside:avoid}
    a{text-decoration:none}
    details::details-content{content-visibility:visible;display:block;height:auto}
    details>*{display:block}summary{list-style:none}
    .wide{min-width:0}.caption{break-before:avoid}
    }
    """
}
