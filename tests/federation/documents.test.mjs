// documents.test.mjs — what a PeerTube, a Mastodon, a Pleroma, a Misskey, a GoToSocial, a Friendica
// and a snac want to find in what we serve and send, field by field; every id that stands in it can
// be fetched, and answers 410 when its thing was deleted.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { preloadedContexts } from '@fedify/fedify';
import { startServer, testClip } from '../api/server.mjs';
import { insert, one, send, settled, sql, until } from './peers.mjs';
import { replyOf, strangerOf } from './signed.mjs';

const site = 'https://video.example', AS = 'https://www.w3.org/ns/activitystreams', PUBLIC = `${AS}#Public`;
const activityJson = 'application/activity+json', profiled = `application/ld+json; profile="${AS}"`;
let server, token, uuid, stranger, whole, pushed, account, channel;

/** GET as another server does it, at the address the site has for the world. */
async function get(url, accept = activityJson) {
  const { pathname, search } = new URL(url, site);
  const answer = await send(server, { method: 'GET', target: pathname + search, headers: { host: 'video.example', accept } });
  if (/json/.test(answer.headers['content-type'] ?? '')) answer.json = JSON.parse(answer.text);
  return answer;
}
async function document(url) {
  const answer = await get(url);
  assert.equal(answer.status, 200, `${url}: ${answer.status} ${answer.text.slice(0, 300)}`);
  assert.equal(answer.headers['content-type'], `${activityJson}; charset=utf-8`, url);
  assert.equal(answer.json.id, url, 'a document has the id that was asked for');
  assert.ok([answer.json['@context']].flat().includes(AS), `${url} has the context that Mastodon and Misskey look for`);
  return answer.json;
}
const sent = async type => JSON.parse(await one(server, `SELECT body FROM outgoing WHERE json_extract(body, '$.type') = '${type}' ORDER BY id DESC LIMIT 1`) ?? 'null');
const api = async (method, target, options) => { const answer = await server.api(method, target, { token, ...options }); assert.ok(answer.status < 300, answer.text); return answer.json; };

before(async () => {
  server = await startServer({ args: ['--url', site], env: { ZOETROPE_FEDERATION_RETRY_MS: '60000' } });
  server.site = site;
  token = await server.token();
  stranger = await strangerOf(server, 'dora'); // follows all, and never answers: what was sent stays to be looked at
  for (const name of ['root', 'root_channel']) {
    await insert(server, 'follow', { follower_id: stranger.row, target_id: await one(server, `SELECT id FROM actor WHERE name = '${name}' AND uri IS NULL`), state: 'accepted', uri: `${stranger.id}/f/${name}`, created_ms: 1 });
  }
  ({ uuid } = await server.upload(token, await testClip({ seconds: 3, size: '640x360' }), { name: 'Sea & <lions>', description: 'A **bold** word\n\n'.repeat(580), tags: ['sea', 'Löwen', 'x y', 'four', 'five'],
    support: 'Tea '.repeat(200), category: 15, licence: 2, language: 'en', nsfw: true, nsfwSummary: 'loud', originallyPublishedAt: '2019-05-04T00:00:00.000Z', waitTranscoding: true }));
  await server.waitVideo(uuid, v => v.state.id === 1 && v.files.length > 0);
  await api('PUT', `/api/v1/videos/${uuid}/chapters`, { json: { chapters: [{ timecode: 0, title: 'Start' }, { timecode: 2, title: 'End' }] } });
  const captions = new FormData();
  captions.append('captionfile', new Blob(['WEBVTT\n\n00:00.000 --> 00:02.000\nHello\n']), 'en.vtt');
  await api('PUT', `/api/v1/videos/${uuid}/captions/en`, { form: captions });
  await until('the storyboard', async () => (await api('GET', `/api/v1/videos/${uuid}/storyboards`)).storyboards.length, 60000);
  await until('the announce', () => one(server, "SELECT count(*) FROM outgoing WHERE json_extract(body, '$.type') = 'Announce'"), 60000);
  whole = await document(`${site}/videos/watch/${uuid}`);
  pushed = await sent('Create');
  account = await document(`${site}/accounts/root`);
  channel = await document(`${site}/video-channels/root_channel`);
});
after(() => server?.stop());

// --- discovery ----------------------------------------------------------------------------------

test('WebFinger finds accounts, channels and the site, however they are asked for', async () => {
  for (const [name, id, page] of [['root', 'accounts/root', 'a/root'], ['root_channel', 'video-channels/root_channel', 'c/root_channel'], ['zoetrope', 'accounts/zoetrope', 'about']]) {
    const forms = [`acct:${name}@video.example`, `acct:${name.toUpperCase()}@Video.Example`, `${name}@video.example`, `acct:@${name}@video.example`, `${site}/${id}`];
    for (const form of [...forms, ...forms.map(encodeURIComponent)]) { // snac does not encode
      const answer = await get(`/.well-known/webfinger?resource=${form}`, 'application/jrd+json');
      assert.equal(answer.status, 200, `${form}: ${answer.text}`);
      assert.match(answer.headers['content-type'], /^application\/jrd\+json/);
      assert.equal(answer.headers['access-control-allow-origin'], '*');
      const { subject, aliases, links } = answer.json;
      assert.equal(subject, `acct:${name}@video.example`, 'the stored case: GoToSocial compares it');
      assert.deepEqual(aliases, [`${site}/${id}`, `${site}/${page}`]);
      const activity = links.filter(l => [activityJson, profiled].includes(l.type));
      assert.ok(activity.every(l => l.rel === 'self' && l.href === `${site}/${id}`), 'snac takes the first link of such a type, whatever it says');
      assert.deepEqual(activity.map(l => l.type), [activityJson, profiled]);
      assert.ok(links.some(l => l.rel === 'http://webfinger.net/rel/profile-page' && l.type === 'text/html'));
      assert.match(links.find(l => l.rel === 'http://ostatus.org/schema/1.0/subscribe').template, /^https:\/\/video\.example\/.*\{uri\}$/);
      assert.equal((await document(activity[0].href)).preferredUsername, name);
    }
  }
  for (const [query, status] of [['', 400], ['?resource=', 400], ['?resource=acct:nobody@video.example', 404], ['?resource=acct:root@other.example', 404], ['?resource=https://other.example/accounts/root', 404]]) {
    assert.equal((await get(`/.well-known/webfinger${query}`, 'application/json')).status, status, query);
  }
});

test('host-meta leads to WebFinger, nodeinfo to what we are and to the actor of the site', async () => {
  const meta = await get('/.well-known/host-meta', 'application/xrd+xml');
  assert.match(meta.headers['content-type'], /^application\/xrd\+xml/);
  assert.match(meta.text, /<Link rel="lrdd"[^>]* template="https:\/\/video\.example\/\.well-known\/webfinger\?resource=\{uri\}"/);
  const { links } = (await get('/.well-known/nodeinfo', 'application/json')).json;
  for (const version of ['2.0', '2.1']) {
    const { href } = links.find(l => l.rel === `http://nodeinfo.diaspora.software/ns/schema/${version}`);
    const answer = await get(href, 'application/json'), info = answer.json;
    assert.match(answer.headers['content-type'], new RegExp(`^application/json; profile="http://nodeinfo.diaspora.software/ns/schema/${version}#"`));
    assert.deepEqual([info.version, info.protocols, info.services], [version, ['activitypub'], { inbound: [], outbound: [] }]);
    assert.match(info.software.name, /^[a-z0-9-]+$/);
    assert.ok(info.software.version && typeof info.openRegistrations === 'boolean' && info.metadata.nodeName);
    for (const figure of [info.usage.users.total, info.usage.users.activeMonth, info.usage.users.activeHalfyear, info.usage.localPosts]) assert.ok(Number.isInteger(figure));
  }
  const application = links.find(l => l.rel === `${AS}#Application`).href;
  assert.equal((await document(application)).type, 'Application');
});

// --- actors -------------------------------------------------------------------------------------

const sameHost = url => { assert.match(url, /^https:\/\/video\.example\//); return true; };

test('actors have what each peer asks of them', async () => {
  const instance = await document(`${site}/accounts/zoetrope`);
  for (const actor of [account, channel, instance]) {
    assert.match(actor.preferredUsername, /^\w([\w-.]*\w)?$/, 'Misskey and Mastodon');
    assert.match(actor.preferredUsername, /^[A-Za-z0-9\-_.:]+$/, 'PeerTube');
    assert.equal(typeof actor.name, 'string', 'Misskey');
    for (const url of [actor.inbox, actor.outbox, actor.followers, actor.following, actor.endpoints.sharedInbox, actor.publicKey.id]) sameHost(url); // Misskey, GoToSocial
    assert.equal(actor.publicKey.owner, actor.id, 'Mastodon, GoToSocial, PeerTube');
    assert.equal(actor.publicKey.id, `${actor.id}#main-key`);
    assert.match(actor.publicKey.publicKeyPem, /^-----BEGIN PUBLIC KEY-----\n[^]+\n-----END PUBLIC KEY-----\n$/, 'PeerTube');
    assert.ok(actor.url.type === 'Link' && actor.url.mediaType === 'text/html' && sameHost(actor.url.href), 'old PeerTubes refuse an actor with a list, new ones ignore a text; Misskey wants the same host');
    assert.ok(actor.summary === null || actor.summary.length >= 3, 'PeerTube');
    assert.equal(actor.manuallyApprovesFollowers, false);
    assert.ok(!Number.isNaN(Date.parse(actor.published)), 'snac looks how old an account is');
    assert.ok(actor.icon === undefined || Array.isArray(actor.icon), 'PeerTube');
    for (const url of [actor.outbox, actor.followers, actor.following]) assert.ok(Number.isInteger((await document(url)).totalItems), 'Misskey');
  }
  assert.deepEqual([account.type, channel.type, instance.type], ['Person', 'Group', 'Application']);
  assert.deepEqual(channel.attributedTo, [account.id], 'PeerTube takes no Group without a Person');
  assert.equal(channel.postingRestrictedToMods, true, 'Friendica');
});

// --- the video ----------------------------------------------------------------------------------

const goodUrl = url => typeof url === 'string' && url.length <= 2000 && /^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}\//.test(url);
const iso = text => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text));

/** What PeerTube refuses or drops, read from its validators: [] when it takes all of it. */
function peertubeProblems(v) {
  const problems = [];
  const check = (ok, what) => { if (!ok) problems.push(what); };
  check(v.type === 'Video' && goodUrl(v.id), 'type, id');
  check(v.name.length >= 3 && v.name.length <= 120, 'name');
  check(/^PT\d+S$/.test(v.duration), 'duration');
  check(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(v.uuid), 'uuid');
  for (const field of ['category', 'licence']) check(v[field] === undefined || /^\d+$/.test(v[field].identifier), field);
  check(v.language === undefined || typeof v.language.identifier === 'string', 'language');
  check(Number.isInteger(v.views) && Number.isInteger(v.state) && v.state >= 1 && v.state <= 12, 'views, state');
  for (const field of ['published', 'updated']) check(iso(v[field]), field);
  check(v.originallyPublishedAt === null || iso(v.originallyPublishedAt), 'originallyPublishedAt');
  check(Date.parse(v.updated) >= Date.parse(v.published), 'updated before published');
  check(v.content === null || (['text/markdown', 'text/html'].includes(v.mediaType) && v.content.length >= 3 && v.content.length <= 10000), `content of ${v.content?.length}`);
  check(Array.isArray(v.icon) && v.icon.length > 0 && v.icon.every(i => i.type === 'Image' && goodUrl(i.url) && ['image/jpeg', 'image/png', 'image/gif', 'image/webp'].includes(i.mediaType)
    && Number.isInteger(i.width) && Number.isInteger(i.height)), 'icon');
  check(Array.isArray(v.tag) && v.tag.every(t => t.type === 'Hashtag' && t.name.length >= 2 && t.name.length <= 30 && !t.name.startsWith('#')), 'tag');
  check([1, 2, 3].includes(v.commentsPolicy) && typeof v.downloadEnabled === 'boolean' && typeof v.waitTranscoding === 'boolean' && typeof v.sensitive === 'boolean', 'policies');
  check(v.summary === null || typeof v.summary === 'string', 'summary');
  check(goodUrl(v.audience) && goodUrl(v.embedUrl), 'audience, embedUrl');
  check(v.latencyMode === null && v.isLiveBroadcast === false && v.permanentLive === null && v.liveSaveReplay === null, 'live');
  check(v.preview === undefined || (Array.isArray(v.preview) && v.preview.every(p => p.rel.includes('storyboard') && /^PT\d+S$/.test(p.url[0].tileDuration) && goodUrl(p.url[0].href)
    && ['width', 'height', 'tileWidth', 'tileHeight'].every(f => Number.isInteger(p.url[0][f])))), 'preview');
  check(Array.isArray(v.subtitleLanguage) && v.subtitleLanguage.every(s => s.identifier && s.name && s.url.some(l => l.mediaType === 'text/vtt' && goodUrl(l.href))), 'subtitleLanguage');
  for (const field of ['likes', 'dislikes', 'shares', 'comments', 'hasParts']) check(goodUrl(v[field]), `${field} is an address`);
  check(Array.isArray(v.url), 'url');
  const file = l => l.type === 'Link' && goodUrl(l.href) && l.mediaType === 'video/mp4' && Number.isInteger(l.height) && l.height > 0 && Number.isInteger(l.size) && (l.fps === undefined || Number.isInteger(l.fps));
  const playlists = v.url.filter(l => l.mediaType === 'application/x-mpegURL');
  check(playlists.length === 1 && Array.isArray(playlists[0].tag) && playlists[0].tag.every(t => t.name === 'sha256' ? t.mediaType === 'application/json' && goodUrl(t.href) : file(t)) && playlists[0].tag.some(file), 'HLS');
  check(v.url.filter(l => l.mediaType === 'video/mp4').every(file), 'files');
  check([v.to, v.cc].flat().every(r => /^https:\/\//.test(r)), 'recipients');
  return problems;
}

/** What the microblogs want, with who wants it. */
function microblogProblems(v) {
  const problems = [];
  const check = (ok, what) => { if (!ok) problems.push(what); };
  check(v.to.includes(PUBLIC), 'M, K, G, P: public in to, by its full name');
  check(v.url.every(l => typeof l === 'object' && l.type === 'Link' && goodUrl(l.href)), 'P: objects alone in url');
  check(v.url[0].mediaType === 'text/html' && v.url.filter(l => l.mediaType === 'text/html').length === 1, 'M, G, K: the page first; F: one page alone');
  check(v.url[1].mediaType === 'video/mp4' && v.url[1].height > 0, 'P: a file at the top; F: with its height');
  check(Array.isArray(v.url.find(l => l.mediaType === 'application/x-mpegURL').tag), 'F, S: files in the playlist');
  check(v.attachment === undefined, 'M: no media, so that the player card is shown');
  check(v.content && !/\*\*/.test(v.content) && v.mediaType === 'text/html', 'G, K, M: HTML, no Markdown');
  check(typeof v.replies === 'string' && goodUrl(v.replies), 'M, G: replies to look for');
  check(v.interactionPolicy.canQuote.automaticApproval.includes(PUBLIC) && v.interactionPolicy.canReply === undefined && v.interactionPolicy.canLike === undefined, 'M, G: all may answer, like and quote');
  check(!/#/.test(v.id) && !/\?/.test(v.id + v.likes + v.replies + v.shares + v.comments), 'K: no fragments; P, F: no queries');
  return problems;
}

test('the video as it is fetched is whole and valid for every peer', () => {
  assert.deepEqual(peertubeProblems(whole), []);
  assert.deepEqual(microblogProblems(whole), []);
  assert.deepEqual(whole.attributedTo, [{ type: 'Person', id: account.id }, { type: 'Group', id: channel.id }], 'PeerTube, snac, Pleroma');
  assert.equal(whole.audience, channel.id);
  assert.deepEqual([whole.to, whole.cc], [[PUBLIC, channel.id], [account.followers]]);
  assert.deepEqual([whole.name, whole.uuid, whole.category, whole.licence, whole.language, whole.sensitive, whole.summary],
    ['Sea & <lions>', uuid, { identifier: '15', name: 'Science & Technology' }, { identifier: '2', name: 'Attribution - Share Alike' }, { identifier: 'en', name: 'English' }, true, 'loud']);
  assert.deepEqual(whole.tag.map(t => t.name), ['sea', 'Löwen', 'x y', 'four', 'five']);
  assert.equal(whole.subtitleLanguage.length, 1);
  assert.equal(whole.preview.length, 1);
  assert.ok(whole.url.some(l => l.mediaType === 'application/x-mpegURL' && l.tag.some(t => t.name === 'sha256')));
});

test('the video as it is sent is short, and valid for every peer', () => {
  assert.deepEqual([pushed.type, pushed.actor, pushed.id], ['Create', account.id, `${whole.id}/activity`]);
  assert.deepEqual(peertubeProblems(pushed.object), []);
  assert.deepEqual(microblogProblems(pushed.object), []);
  assert.equal(pushed.object.attributedTo, account.id, 'Misskey drops any other form');
  assert.deepEqual([pushed.to, pushed.cc], [pushed.object.to, pushed.object.cc]);
  assert.ok(JSON.stringify(pushed).length < 60 * 1024, 'Misskey takes 64 KB');
});

test('every word of the documents is in their contexts: Friendica loses the others', async () => {
  const words = Object.keys(preloadedContexts[AS]['@context']).concat(Object.keys(preloadedContexts['https://w3id.org/security/v1']['@context']));
  const note = await sent('Announce');
  for (const json of [whole, pushed, account, channel, note, await document(whole.hasParts)]) {
    const known = new Set([...words, '@context', ...json['@context'].filter(c => typeof c === 'object').flatMap(Object.keys)]);
    const unknown = new Set();
    const look = (value, key) => {
      if (Array.isArray(value)) value.forEach(one => look(one, key));
      else if (value && typeof value === 'object') for (const [name, inner] of Object.entries(value)) {
        if (!known.has(name) && !/Map$/.test(key ?? '')) unknown.add(name);
        if (name !== '@context') look(inner, name);
      }
    };
    look(json);
    // rel and tile sizes of links are PeerTube's own words; it does not define them all either.
    assert.deepEqual([...unknown], [], json.id);
  }
});

test('pages name the document of what they show', async () => {
  for (const [page, id] of [[`/w/${uuid}`, whole.id], [`/videos/watch/${uuid}`, whole.id], ['/a/root', account.id], ['/c/root_channel', channel.id]]) {
    const answer = await get(page, 'text/html,application/xhtml+xml');
    assert.match(answer.headers['content-type'], /^text\/html/);
    assert.match(answer.headers.link, new RegExp(`<${id}>; rel="alternate"; type="application/activity\\+json"`), page);
    assert.match(answer.text, new RegExp(`<link [^>]*rel="?alternate"?[^>]*type="application/activity\\+json"[^>]*href="${id}"|<link [^>]*href="${id}"[^>]*type="application/activity\\+json"`), page);
    assert.match(answer.headers.vary ?? '', /Accept/i);
  }
  const watch = (await get(`/w/${uuid}`, 'text/html')).text;
  assert.match(watch, /type="application\/json\+oembed"/, 'Mastodon shows the player by it');
  assert.match(watch, /property="og:video/);
});

test('documents are given to whoever asks in one of the known ways', async () => {
  for (const accept of [activityJson, profiled, 'application/ld+json', `${activityJson}, ${profiled}`, `${profiled}, ${activityJson}`, `${activityJson}, application/ld+json, application/json`,
    `${activityJson},${profiled};q=0.9,text/html;q=0.1`, 'application/activity+json; charset=utf-8']) {
    for (const id of [whole.id, account.id, channel.id]) {
      const answer = await get(id, accept);
      assert.deepEqual([answer.status, answer.headers['content-type']], [200, `${activityJson}; charset=utf-8`], `${id} by ${accept}`);
    }
  }
  const again = await send(server, { method: 'GET', target: `/videos/watch/${uuid}`, headers: { host: 'video.example', accept: activityJson, 'if-none-match': (await get(whole.id)).headers.etag } });
  assert.equal(again.status, 304);
  assert.equal(again.headers['keep-alive'], 'timeout=55', 'who keeps connections knows how long');
});

// --- comments, likes, shares --------------------------------------------------------------------

test('comments have what each peer asks of a note', async () => {
  const answer = await stranger.post(replyOf(stranger, 1, '<p>From afar</p>', whole.id));
  assert.equal(answer.status, 202, answer.text);
  await settled(server);
  const [theirs] = (await api('GET', `/api/v1/videos/${uuid}/comment-threads`)).data;
  const ours = (await api('POST', `/api/v1/videos/${uuid}/comments/${theirs.id}`, { json: { text: 'Hi @dora@elsewhere.example' } })).comment;
  await until('the note is sent', () => one(server, "SELECT count(*) FROM outgoing WHERE json_extract(body, '$.object.type') = 'Note'"));
  const create = await sent('Create'), note = create.object;
  assert.deepEqual([note.type, create.actor, note.attributedTo], ['Note', account.id, account.id]);
  assert.ok(goodUrl(note.id) && goodUrl(note.url) && iso(note.published) && note.content.length > 0, 'PeerTube wants url, published and content');
  assert.equal(note.inReplyTo, `${stranger.id}/statuses/1`);
  assert.deepEqual(note.to, [PUBLIC]);
  assert.deepEqual([create.to, create.cc], [note.to, note.cc]);
  assert.ok(note.cc.includes(stranger.id) && note.cc.includes(account.followers), 'GoToSocial hears when it is addressed');
  assert.ok(Array.isArray(note.tag), 'Pleroma');
  assert.deepEqual(note.tag, [{ type: 'Mention', href: stranger.id, name: '@dora@elsewhere.example' }]);
  assert.equal(create.signature.type, 'RsaSignature2017', 'PeerTube and Mastodon forward it by this');
  const { '@context': _, ...served } = await document(note.id);
  assert.deepEqual(served, note, 'PeerTube fetches it anew');
  const again = await document(create.id);
  assert.deepEqual(again.object, note);
  assert.ok(ours.id);
});

test('updates of comments, accounts and channels can be fetched by their ids, older ones lead to the last', async () => {
  const [theirs] = (await api('GET', `/api/v1/videos/${uuid}/comment-threads`)).data;
  const { children: [{ comment }] } = await api('GET', `/api/v1/videos/${uuid}/comment-threads/${theirs.id}`);
  const changes = [
    [text => api('PUT', `/api/v1/videos/${uuid}/comments/${comment.id}`, { json: { text } }), o => o.content],
    [text => api('PUT', '/api/v1/users/me', { json: { description: text } }), o => o.summary],
    [text => api('PUT', '/api/v1/video-channels/root_channel', { json: { description: text } }), o => o.summary],
  ];
  for (const [change, words] of changes) {
    const updates = [];
    for (const text of ['Changed once', 'Changed twice']) {
      await change(text);
      updates.push(await until(`the update is sent: ${text}`, async () => { const u = await sent('Update'); return words(u?.object ?? {})?.includes(text) && u; }));
    }
    const { '@context': a, signature, ...last } = updates[1];
    const { '@context': b, ...served } = await document(last.id);
    assert.deepEqual(served, last);
    const older = await get(updates[0].id);
    assert.deepEqual([older.status, older.headers.location], [302, last.id]);
    assert.equal((await get(last.id.replace(/\d+$/, '9999999999999'))).status, 404);
  }
});

const items = async (collection, what) => {
  const top = await document(collection);
  assert.equal(top.type, 'OrderedCollection');
  assert.equal(typeof top.first, 'string', 'PeerTube reads pages alone');
  const all = [];
  for (let next = top.first; next; ) {
    assert.doesNotMatch(next, /\?/, 'Pleroma and Friendica sign no queries');
    const page = await document(next);
    assert.deepEqual([page.type, page.partOf, Array.isArray(page.orderedItems)], ['OrderedCollectionPage', collection, true]);
    all.push(...page.orderedItems);
    next = page.next;
  }
  assert.ok(all.length <= top.totalItems || what === 'outbox', `${collection} has ${all.length} of ${top.totalItems}`);
  return { all, total: top.totalItems };
};

test('collections are paged, and what stands in them can be fetched', async () => {
  await api('PUT', `/api/v1/videos/${uuid}/rate`, { json: { rating: 'like' } });
  const like = await stranger.post({ id: `${stranger.id}/likes/1`, type: 'Like', object: whole.id });
  const boost = await stranger.post({ id: `${stranger.id}/boosts/1`, type: 'Announce', object: whole.id, to: [PUBLIC] });
  assert.deepEqual([like.status, boost.status], [202, 202]);
  await settled(server);
  const [likes, dislikes, shares, comments, replies, outbox, channelOutbox, siteOutbox, followers] = await Promise.all([whole.likes, whole.dislikes, whole.shares, whole.comments, whole.replies,
    account.outbox, channel.outbox, `${site}/accounts/zoetrope/outbox`, account.followers].map(url => items(url)));
  assert.deepEqual([likes.total, dislikes.total, comments.total], [2, 0, 2]);
  assert.ok(likes.all.includes(`${stranger.id}/likes/1`));
  assert.ok(shares.all.includes(`${stranger.id}/boosts/1`));
  assert.deepEqual(comments.all, replies.all);
  assert.deepEqual(outbox.all.map(a => [a.type, a.object.id ?? a.object]), [['Create', whole.id]]);
  for (const box of [channelOutbox, siteOutbox]) assert.deepEqual(box.all.map(a => [a.type, a.object]), [['Announce', whole.id]]);
  assert.deepEqual([followers.total, followers.all], [1, []], 'how many, not who');
  const own = [...likes.all, ...shares.all, ...comments.all, ...outbox.all.map(a => a.id), ...channelOutbox.all.map(a => a.id), ...siteOutbox.all.map(a => a.id)].filter(id => id.startsWith(site));
  assert.ok(own.length >= 6, own.join(' '));
  for (const id of own) {
    const json = await document(id);
    if (json.actor) sameHost(json.actor); // PeerTube: the share's actor on the share's host
  }
  const { hasPart } = await document(whole.hasParts);
  assert.deepEqual(hasPart, [{ name: 'Start', startOffset: 0, endOffset: 2 }, { name: 'End', startOffset: 2, endOffset: 3 }]);
});

// --- every address, and the end -----------------------------------------------------------------

/** All addresses of this site that stand anywhere in a document. */
function addresses(value, found = new Set()) {
  if (typeof value === 'string') { if (value.startsWith(`${site}/`)) found.add(value.split('#')[0]); }
  else if (value && typeof value === 'object') for (const [key, inner] of Object.entries(value)) if (key !== '@context') addresses(inner, found);
  return found;
}

test('every address of ours in what we sent or serve answers', async () => {
  const bodies = (await sql(server, 'SELECT body FROM outgoing')).map(row => JSON.parse(row.body));
  const kinds = new Set(bodies.map(b => b.type));
  for (const kind of ['Create', 'Announce', 'Update', 'Like']) assert.ok(kinds.has(kind), `${kind} was sent`);
  for (const url of addresses([bodies, whole, account, channel])) {
    if (/\/inbox$/.test(url)) continue; // POST alone
    const answer = await get(url, /\.(mp4|m3u8|json|jpg|vtt)$|\/w\/|\/search|\/embed\/|\/about$/.test(url) ? '*/*' : activityJson);
    assert.ok([200, 302].includes(answer.status), `${url} answers ${answer.status}`);
  }
});

test('updates are newer and their id is new each time', async () => {
  const before = await document(whole.id);
  const ids = new Set();
  for (const name of ['Second name', 'Third name']) {
    await api('PUT', `/api/v1/videos/${uuid}`, { json: { name } });
    await until('the update is sent', async () => (await sent('Update'))?.object.name === name);
    const update = await sent('Update');
    ids.add(update.id);
    assert.deepEqual(peertubeProblems(update.object), []);
    assert.deepEqual([update.actor, update.object.attributedTo], [account.id, whole.attributedTo]);
    assert.ok(Date.parse(update.object.updated) > Date.parse(before.updated), 'Mastodon looks at nothing else');
    assert.equal(update.object.published, before.published, 'GoToSocial refuses any other');
  }
  assert.equal(ids.size, 2);
});

test('closed and held comments are told in each way that is known', async () => {
  for (const [policy, canReply, approvers] of [[2, null, [account.id]], [3, PUBLIC, undefined]]) {
    await api('PUT', `/api/v1/videos/${uuid}`, { json: { commentsPolicy: policy } });
    const v = await document(whole.id);
    assert.deepEqual([v.commentsPolicy, v.canReply, v.interactionPolicy.canReply?.automaticApproval], [policy, canReply, approvers]);
  }
});

test('what is deleted answers 410 with a tombstone, its parts are gone too', async () => {
  const note = (await items(whole.comments)).all.find(id => id.startsWith(site));
  const [, id] = note.match(/comments\/(\d+)$/);
  await api('DELETE', `/api/v1/videos/${uuid}/comments/${id}`);
  const gone = async (url, former) => {
    const answer = await get(url);
    assert.equal(answer.status, 410, url);
    assert.deepEqual([answer.json.type, answer.json.id, answer.json.formerType], ['Tombstone', url, former]);
    assert.ok(iso(answer.json.deleted));
  };
  await gone(note, 'Note');
  await until('the end is sent', async () => (await sent('Delete'))?.object === note);
  await api('DELETE', `/api/v1/videos/${uuid}`);
  await gone(whole.id, 'Video');
  await until('the end is sent', async () => (await sent('Delete'))?.object === whole.id);
  const end = await sent('Delete');
  assert.deepEqual([end.id, end.actor, end.to], [`${whole.id}/delete`, account.id, [PUBLIC]]);
  for (const part of [whole.likes, whole.shares, whole.comments, pushed.id]) assert.ok([404, 410].includes((await get(part)).status), part);
});
