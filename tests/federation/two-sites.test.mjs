// two-sites.test.mjs — two Zoetropes federate: what is published, said, liked, changed and deleted on
// one is so on the other; what is not for everybody stays at home; and whichever is killed in the
// middle, nothing is lost and nothing is there twice.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodes, startServer, testClip } from '../api/server.mjs';
import { one, sql, until } from './peers.mjs';

const env = { ZOETROPE_FEDERATION_INSECURE: 'true', ZOETROPE_FEDERATION_RETRY_MS: '20', ZOETROPE_FEDERATION_GETS_PER_MINUTE: '6000' };
let a, b, ann, bob, clip; // the sites; a user of each
const hostOf = server => `localhost:${server.port}`;
const slow = { timeoutMs: 120000 };

async function user(server, name) {
  const root = await server.token();
  const made = await server.api('POST', '/api/v1/users', { token: root,
    json: { username: name, email: `${name}@example.org`, password: `${name}'s password`, role: 2, videoQuota: -1, videoQuotaDaily: -1 } });
  assert.equal(made.status, 200, made.text);
  return server.token(name, `${name}'s password`);
}

before(async () => {
  [a, b] = await Promise.all([startServer({ env }), startServer({ env })]);
  [ann, bob] = [await user(a, 'ann'), await user(b, 'bob')];
  clip = await testClip({ seconds: 3 });
});
after(async () => {
  await a?.stop();
  await b?.stop();
});

const ok = answer => { assert.ok(answer.status >= 200 && answer.status < 300, `${answer.status} ${answer.text}`); return answer.json; };
const get = async (server, target, token) => ok(await server.api('GET', target, { token }));
const post = async (server, target, token, json = {}) => ok(await server.api('POST', target, { token, json }));
const put = async (server, target, token, json) => ok(await server.api('PUT', target, { token, json }));
const remove = async (server, target, token) => ok(await server.api('DELETE', target, { token }));
const eventually = (what, check) => until(what, check, slow.timeoutMs);

const upload = async (name, fields = {}) => (await a.upload(ann, clip, { name, waitTranscoding: true, ...fields })).uuid;
/** The video as the other site has it, when it has it. */
const atB = async uuid => { const answer = await b.api('GET', `/api/v1/videos/${uuid}`, { token: bob }); return answer.status === 200 && answer.json; };
const listedAtB = async uuid => (await get(b, '/api/v1/users/me/subscriptions/videos?count=100', bob)).data.filter(v => v.uuid === uuid).length;
const arrives = uuid => eventually(`video ${uuid} arrives`, () => atB(uuid));
const threads = async (server, uuid, token) => (await get(server, `/api/v1/videos/${uuid}/comment-threads?sort=createdAt&count=100`, token)).data;
const plain = comment => comment.text.replace(/<[^>]*>/g, '').trim();
const texts = async (server, uuid, token) => (await threads(server, uuid, token)).filter(c => !c.isDeleted).map(plain);
const shows = (server, uuid, text, token) => eventually(`“${text}” under the video`, async () => (await threads(server, uuid, token)).find(c => !c.isDeleted && plain(c) === text));
const hides = (server, uuid, text, token) => eventually(`“${text}” goes`, async () => !(await texts(server, uuid, token)).includes(text));
const say = async (server, token, uuid, text, parent) =>
  (await post(server, `/api/v1/videos/${uuid}/${parent ? `comments/${parent}` : 'comment-threads'}`, token, { text })).comment;
const nothingWaits = server => eventually('all is delivered', async () => await one(server, "SELECT (SELECT count(*) FROM delivery) + (SELECT count(*) FROM job WHERE kind = 'federate' AND state <> 'done')") === 0);

test('a channel of another site is followed; its last videos come at once', async () => {
  const before = await upload('From before');
  await a.waitVideo(before);
  await post(b, '/api/v1/users/me/subscriptions', bob, { uri: `ann_channel@${hostOf(a)}` });
  await eventually('the follow is accepted', async () => await one(b, 'SELECT state FROM follow') === 'accepted');
  assert.equal(await one(a, "SELECT count(*) FROM follow JOIN actor t ON t.id = target_id WHERE t.name = 'ann_channel' AND state = 'accepted'"), 1);
  await eventually('the older video is listed', () => listedAtB(before));
  const channel = await get(b, `/api/v1/video-channels/ann_channel@${hostOf(a)}`);
  assert.deepEqual([channel.host, channel.isLocal, channel.ownerAccount.name], [hostOf(a), false, 'ann']);
});

let uuid;
test('a new video arrives with all that is known of it', async () => {
  const fields = { name: 'Whole & <well>', description: 'One **bold** line\n\nand a [link](https://example.org/)', support: 'Buy me a tea', tags: ['sea', 'Löwen'],
    category: 15, licence: 2, language: 'de', nsfw: true, nsfwSummary: 'loud', commentsPolicy: 1, downloadEnabled: false, originallyPublishedAt: '2019-05-04T00:00:00.000Z' };
  uuid = await upload(fields.name, fields);
  await put(a, `/api/v1/videos/${uuid}/chapters`, ann, { chapters: [{ timecode: 0, title: 'Start' }, { timecode: 2, title: 'End' }] });
  const origin = await a.waitVideo(uuid, v => v.state.id === 1 && v.files.length > 0);
  const copy = await eventually('the whole video', async () => { const v = await atB(uuid); return v && v.files.length > 0 && v; });
  for (const field of ['uuid', 'name', 'category', 'licence', 'language', 'nsfw', 'nsfwSummary', 'support', 'duration', 'tags', 'commentsPolicy', 'downloadEnabled',
    'originallyPublishedAt', 'publishedAt', 'privacy', 'state', 'aspectRatio']) {
    assert.deepEqual(copy[field], origin[field], field);
  }
  assert.equal((await get(b, `/api/v1/videos/${uuid}/description`)).description, fields.description);
  assert.deepEqual([copy.isLocal, copy.channel.host, copy.account.name], [false, hostOf(a), 'ann']);
  assert.equal(await listedAtB(uuid), 1);
  assert.equal((await get(b, '/api/v1/videos?nsfw=both&isLocal=false&count=50')).data.filter(v => v.uuid === uuid).length, 1, 'the network knows it');
  assert.equal((await get(b, '/api/v1/videos?nsfw=both&isLocal=true&count=50')).data.filter(v => v.uuid === uuid).length, 0, 'it is none of the site’s own');

  await eventually('chapters', async () => (await get(b, `/api/v1/videos/${uuid}/chapters`)).chapters.length === 2);
  assert.deepEqual((await get(b, `/api/v1/videos/${uuid}/chapters`)).chapters, (await get(a, `/api/v1/videos/${uuid}/chapters`)).chapters);
  const subtitles = new FormData();
  subtitles.append('captionfile', new Blob(['WEBVTT\n\n00:00.000 --> 00:02.000\nMoin\n']), 'de.vtt');
  ok(await a.api('PUT', `/api/v1/videos/${uuid}/captions/de`, { token: ann, form: subtitles }));
  const [caption] = await eventually('the caption', async () => { const { data } = await get(b, `/api/v1/videos/${uuid}/captions`); return data.length && data; });
  assert.equal(caption.language.id, 'de');
  assert.match(await (await fetch(new URL(caption.captionPath, b.url))).text(), /^WEBVTT[^]*Moin/);
  const { storyboards } = await eventually('the storyboard', async () => { const s = await get(b, `/api/v1/videos/${uuid}/storyboards`); return s.storyboards.length && s; });
  const [own] = (await get(a, `/api/v1/videos/${uuid}/storyboards`)).storyboards;
  for (const field of ['totalWidth', 'totalHeight', 'spriteWidth', 'spriteHeight', 'spriteDuration']) assert.equal(storyboards[0][field], own[field], field);
  for (const path of [storyboards[0].storyboardPath, copy.thumbnailPath, copy.previewPath]) {
    const picture = await fetch(new URL(path, b.url));
    assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/jpeg'], path);
  }
  const playlist = copy.streamingPlaylists[0].playlistUrl;
  assert.ok(playlist.startsWith(a.url), 'watched from where it is');
  assert.equal((await fetch(playlist, { headers: { origin: b.url } })).headers.get('access-control-allow-origin'), '*');
  await decodes(playlist);
});

test('comments go there and back, are edited and deleted', async () => {
  const first = await say(b, bob, uuid, 'Hello from *B*');
  const there = await shows(a, uuid, 'Hello from B');
  assert.deepEqual([there.account.name, there.account.host], ['bob', hostOf(b)]);
  assert.match(there.text, /<em>B<\/em>/);
  assert.ok((await get(a, '/api/v1/users/me/notifications', ann)).data.some(n => n.comment?.id === there.id), 'the owner is told');

  const answer = await say(a, ann, uuid, 'Welcome', there.id);
  const replies = async () => (await get(b, `/api/v1/videos/${uuid}/comment-threads/${first.id}`)).children;
  await eventually('the answer', async () => (await replies()).some(r => plain(r.comment) === 'Welcome' && r.comment.account.name === 'ann'));
  assert.equal((await a.waitVideo(uuid, () => true)).comments, 2);

  await put(b, `/api/v1/videos/${uuid}/comments/${first.id}`, bob, { text: 'Hello again' });
  await shows(a, uuid, 'Hello again');
  await remove(a, `/api/v1/videos/${uuid}/comments/${answer.id}`, ann);
  await eventually('the answer goes', async () => !(await replies()).some(r => !r.comment.isDeleted));
  await remove(b, `/api/v1/videos/${uuid}/comments/${first.id}`, bob);
  await hides(a, uuid, 'Hello again');
});

test('the owner of the video deletes a comment from elsewhere: it goes there as well', async () => {
  await say(b, bob, uuid, 'Buy pills');
  const there = await shows(a, uuid, 'Buy pills');
  await remove(a, `/api/v1/videos/${uuid}/comments/${there.id}`, ann);
  await hides(b, uuid, 'Buy pills', bob);
});

test('likes are counted where the video is', async () => {
  const likes = async () => { const v = await a.waitVideo(uuid, () => true); return [v.likes, v.dislikes]; };
  for (const [rating, counts] of [['like', [1, 0]], ['dislike', [0, 1]], ['like', [1, 0]], ['none', [0, 0]], ['like', [1, 0]]]) {
    await put(b, `/api/v1/videos/${uuid}/rate`, bob, { rating });
    await eventually(`${rating} is counted`, async () => `${await likes()}` === `${counts}`);
  }
});

test('an edit follows', async () => {
  await put(a, `/api/v1/videos/${uuid}`, ann, { name: 'Another name', tags: ['new'], category: null, description: 'Shorter', nsfw: false });
  await eventually('the edit', async () => (await atB(uuid)).name === 'Another name');
  const copy = await atB(uuid);
  assert.deepEqual([copy.tags, copy.category.id, copy.description, copy.nsfw], [['new'], null, 'Shorter', false]);
});

test('a site that is killed misses nothing, and the one that waits for it may be killed too', async () => {
  await b.kill();
  const uuids = [];
  for (let i = 0; i < 3; i++) uuids.push(await upload(`While B is dead ${i}`));
  await say(a, ann, uuid, 'Are you there?');
  await put(a, `/api/v1/videos/${uuids[0]}`, ann, { name: 'Renamed meanwhile' });
  await eventually('A tried', async () => await one(a, 'SELECT count(*) FROM delivery WHERE attempts > 0') > 0);
  const lost = await upload('Published and gone');
  await a.waitVideo(lost);
  await remove(a, `/api/v1/videos/${lost}`, ann);
  await a.kill();
  await a.start(slow);
  await b.start(slow);
  for (const one of uuids) await eventually(`${one} is listed`, async () => await listedAtB(one) === 1);
  await eventually('the new name', async () => (await atB(uuids[0])).name === 'Renamed meanwhile');
  await shows(b, uuid, 'Are you there?', bob);
  await nothingWaits(a);
  await eventually('what came is worked through', async () => await one(b, 'SELECT count(*) FROM incoming WHERE done = 0') === 0);
  assert.equal(await atB(lost), false, 'what was deleted meanwhile does not come to life');
  assert.equal((await texts(b, uuid, bob)).filter(t => t === 'Are you there?').length, 1);
  assert.deepEqual(await sql(b, 'SELECT uri, count(*) AS n FROM video WHERE uri IS NOT NULL GROUP BY uri HAVING n > 1'), []);
});

test('killed again and again while both talk: every word arrives once', async () => {
  const said = [];
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 8; i++) {
      said.push(`Word ${round}.${i}`);
      await say(b, bob, uuid, said.at(-1));
    }
    await (round % 2 ? a : b).kill();
    await (round % 2 ? a : b).start(slow);
  }
  for (const text of said) await shows(a, uuid, text);
  await nothingWaits(b);
  const there = await texts(a, uuid);
  for (const text of said) assert.equal(there.filter(t => t === text).length, 1, text);
  assert.deepEqual(await sql(a, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
});

test('what is deleted before it could be delivered stays away', async () => {
  await a.kill();
  for (let i = 0; i < 4; i++) {
    const { id } = await say(b, bob, uuid, `Regretted ${i}`);
    await remove(b, `/api/v1/videos/${uuid}/comments/${id}`, bob);
  }
  await a.start(slow);
  await say(b, bob, uuid, 'Kept');
  await shows(a, uuid, 'Kept');
  await nothingWaits(b);
  await eventually('all is worked through', async () => await one(a, 'SELECT count(*) FROM incoming WHERE done = 0') === 0);
  assert.deepEqual((await texts(a, uuid)).filter(t => /Regretted/.test(t)), []);
});

test('unlisted and private videos stay at home; one that becomes private goes, and comes back', async () => {
  const unlisted = await upload('Unlisted', { privacy: 2 }), hidden = await upload('Private', { privacy: 3 }), internal = await upload('Internal', { privacy: 4 });
  for (const one of [unlisted, hidden, internal]) await a.waitVideo(one, v => v.state.id === 1, 120000, ann);
  const shown = await upload('Shown at first');
  await arrives(shown);
  await put(a, `/api/v1/videos/${shown}`, ann, { privacy: 3 });
  await eventually('it goes', async () => !await atB(shown));
  await put(a, `/api/v1/videos/${shown}`, ann, { privacy: 1 });
  await arrives(shown);
  assert.equal(await listedAtB(shown), 1);
  for (const one of [unlisted, hidden, internal]) assert.equal(await atB(one), false);
  assert.equal(await one(a, `SELECT count(*) FROM outgoing WHERE body LIKE '%${hidden}%' OR body LIKE '%${unlisted}%' OR body LIKE '%${internal}%'`), 0);
  const ask = id => fetch(`${a.url}/videos/watch/${id}`, { headers: { accept: 'application/activity+json' } });
  assert.deepEqual((await Promise.all([unlisted, hidden, internal].map(ask))).map(r => r.status), [200, 404, 404]);
  const { to, cc } = await (await ask(unlisted)).json();
  assert.deepEqual([to, cc], [[], ['https://www.w3.org/ns/activitystreams#Public']]);
});

test('comments that wait for approval: approved ones show on both, refused ones go', async () => {
  const held = await upload('Approval', { commentsPolicy: 3 });
  await arrives(held);
  const good = await say(b, bob, held, 'A good one');
  const bad = await say(b, bob, held, 'A bad one');
  const waiting = text => eventually(`“${text}” waits`, async () => (await threads(a, held, ann)).find(c => plain(c) === text && c.heldForReview));
  const [goodThere, badThere] = [await waiting('A good one'), await waiting('A bad one')];
  assert.deepEqual(await texts(a, held), [], 'not for others');
  await post(a, `/api/v1/videos/${held}/comments/${goodThere.id}/approve`, ann);
  await remove(a, `/api/v1/videos/${held}/comments/${badThere.id}`, ann);
  await hides(b, held, 'A bad one', bob);
  assert.deepEqual(await texts(a, held), ['A good one']);
  await eventually('the approval is kept', async () => /approve-reply$/.test(await one(b, `SELECT approval FROM comment WHERE id = ${good.id}`)));
  const note = await (await fetch(`${b.url}/videos/watch/${held}/comments/${good.id}`, { headers: { accept: 'application/activity+json' } })).json();
  assert.ok(note.replyApproval.startsWith(a.url), 'others can see that it was approved');
  assert.equal((await fetch(note.replyApproval, { headers: { accept: 'application/activity+json' } })).status, 200);
  assert.ok(bad.id);

  const closed = await upload('Closed', { commentsPolicy: 2 });
  await arrives(closed);
  assert.equal((await b.api('POST', `/api/v1/videos/${closed}/comment-threads`, { token: bob, json: { text: 'Let me in' } })).status, 403);
});

test('a blocked account is not heard, a blocked site neither', async () => {
  const said = async text => { await say(b, bob, uuid, text); await nothingWaits(b); };
  await post(a, '/api/v1/users/me/blocklist/accounts', ann, { accountName: `bob@${hostOf(b)}` });
  await said('Not heard by ann');
  await eventually('it is worked through', async () => await one(a, 'SELECT count(*) FROM incoming WHERE done = 0') === 0);
  assert.ok(!(await texts(a, uuid)).includes('Not heard by ann'));
  await remove(a, `/api/v1/users/me/blocklist/accounts/bob@${hostOf(b)}`, ann);
  await said('Heard again');
  await shows(a, uuid, 'Heard again');

  const root = await b.token();
  await post(b, '/api/v1/server/blocklist/servers', root, { host: hostOf(a) });
  const unseen = await upload('Not for B');
  await a.waitVideo(unseen);
  await eventually('A is refused', async () => /inbox_refused .*type=(Create|Announce) key="[^"]*ann/.test(b.log()));
  assert.equal(await atB(unseen), false);
  assert.equal(await listedAtB(uuid), 0, 'what came before is hidden');
  await remove(b, `/api/v1/server/blocklist/servers/${hostOf(a)}`, root);
  assert.equal(await listedAtB(uuid), 1, 'and seen again');
  await arrives(await upload('For B again'));
});

test('a deleted video goes everywhere; an account with all that is its own', async () => {
  await remove(a, `/api/v1/videos/${uuid}`, ann);
  await eventually('the video goes', async () => !await atB(uuid));
  assert.equal(await one(b, `SELECT count(*) FROM comment WHERE html LIKE '%Word 0.0%' AND deleted_ms IS NULL`), 0);

  const [id] = (await get(b, '/api/v1/users?search=bob', await b.token())).data.map(u => u.id);
  await remove(b, `/api/v1/users/${id}`, await b.token());
  await eventually('the account is gone at A', async () => await one(a, `SELECT gone FROM actor WHERE uri = '${b.url}/accounts/bob'`) === 1);
  assert.equal(await one(a, "SELECT count(*) FROM follow JOIN actor t ON t.id = target_id WHERE t.name = 'ann_channel'"), 0);
  const gone = await fetch(`${b.url}/accounts/bob`, { headers: { accept: 'application/activity+json' } });
  assert.deepEqual([gone.status, (await gone.json()).type], [410, 'Tombstone']);
});
