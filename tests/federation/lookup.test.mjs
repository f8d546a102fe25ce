// lookup.test.mjs — people of one site find, follow and watch what lives on another, by handle or
// address; and visitors are led to their own server to follow, like or answer.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { freePort, sleep, startServer, testClip } from '../api/server.mjs';
import { one, sql, until } from './peers.mjs';

const env = { ZOETROPE_FEDERATION_INSECURE: 'true', ZOETROPE_FEDERATION_RETRY_MS: '500' };
let here, there, token, video, hostThere;

before(async () => {
  [here, there] = await Promise.all([startServer({ env }), startServer({ env })]);
  token = await here.token();
  hostThere = new URL(there.url).host;
  video = await there.upload(await there.token(), await testClip(), { name: 'Far away' });
  await there.waitVideo(video.uuid, v => v.state.id === 1);
});
after(() => Promise.all([here?.stop(), there?.stop()]));

const search = (what, words, as = token) =>
  here.api('GET', `/api/v1/search/${what}?search=${encodeURIComponent(words)}`, { token: as });
const resolve = (uri, as = token) => here.api('GET', `/api/v1/resolve?uri=${encodeURIComponent(uri)}`, { token: as });

/** A small server that answers WebFinger with these links. */
async function peer(links) {
  const asked = [];
  const http = createServer((rq, rs) => {
    asked.push(rq.url);
    const url = new URL(rq.url, 'http://x');
    if (url.pathname !== '/.well-known/webfinger') return rs.writeHead(404).end();
    rs.writeHead(200, { 'content-type': 'application/jrd+json' }).end(JSON.stringify({ subject: url.searchParams.get('resource'), links }));
  });
  await new Promise(done => http.listen(0, '127.0.0.1', done));
  const host = `localhost:${http.address().port}`;
  return { host, asked, close: () => new Promise(done => { http.close(done); http.closeAllConnections(); }) };
}

test('visitors ask no other servers, but find what is known', async () => {
  const nobody = await search('video-channels', `root_channel@${hostThere}`, null);
  assert.equal(nobody.status, 200);
  assert.deepEqual(nobody.json, { total: 0, data: [] });
  assert.equal(await one(here, `SELECT count(*) FROM actor WHERE host = '${hostThere}'`), 0);
  assert.equal((await resolve(`@root_channel@${hostThere}`, null)).status, 404);
  const config = await here.api('GET', '/api/v1/config');
  assert.deepEqual(config.json.search.remoteUri, { users: true, anonymous: false });
});

test('a channel elsewhere is found by every form of its name', async () => {
  const forms = [`@root_channel@${hostThere}`, `root_channel@${hostThere}`, `${there.url}/video-channels/root_channel`, `${there.url}/c/root_channel`,
    ` acct:root_channel@${hostThere} `];
  let id;
  for (const form of forms) {
    const found = await search('video-channels', form);
    assert.equal(found.status, 200, found.text);
    assert.equal(found.json.total, 1, `${form}: ${found.text}`);
    assert.equal(found.json.data[0].name, 'root_channel');
    assert.equal(found.json.data[0].host, hostThere);
    assert.equal(id ??= found.json.data[0].id, found.json.data[0].id);
  }
  const account = await search('video-channels', `root@${hostThere}`);
  assert.equal(account.json.data[0]?.id, id, 'an account shows its channels');
  assert.equal((await search('video-channels', `root_channel@${hostThere}`, null)).json.total, 1, 'known now: visitors find it too');
});

test('a video elsewhere is found by its id and by its page', async () => {
  const byId = await search('videos', `${there.url}/videos/watch/${video.uuid}`);
  assert.equal(byId.status, 200, byId.text);
  assert.equal(byId.json.total, 1, `${byId.text}\n${here.tail()}`);
  assert.equal(byId.json.data[0].name, 'Far away');
  const byPage = await search('videos', `${there.url}/w/${video.shortUUID}`);
  assert.equal(byPage.json.data[0]?.uuid, byId.json.data[0].uuid);
  const known = await search('videos', `${here.url}/w/${byId.json.data[0].shortUUID}`);
  assert.equal(known.json.total, 1, 'its page here names it as well');
  assert.equal(await one(here, `SELECT count(*) FROM video WHERE uri = '${there.url}/videos/watch/${video.uuid}'`), 1);
});

test('what a name means is told with its page here', async () => {
  const answer = await there.api('POST', `/api/v1/videos/${video.uuid}/comment-threads`, { token: await there.token(), json: { text: 'First!' } });
  const comment = answer.json.comment;
  const kinds = {
    [`${there.url}/videos/watch/${video.uuid}`]: 'video',
    [`${there.url}/videos/watch/${video.uuid}/comments/${comment.id}`]: 'comment',
    [`@root@${hostThere}`]: 'account',
    [`${there.url}/video-channels/root_channel`]: 'channel',
    [`${here.url}/accounts/root`]: 'account',
  };
  for (const [uri, kind] of Object.entries(kinds)) {
    const found = await resolve(uri);
    assert.equal(found.status, 200, `${uri}: ${found.text}\n${here.tail()}`);
    assert.equal(found.json.kind, kind);
    assert.match(found.json.path, kind === 'comment' ? /^\/w\/\w+;threadId=\d+$/ : kind === 'video' ? /^\/w\/\w+$/ : /^\/[ac]\//);
  }
  assert.equal((await resolve('some words')).status, 400);
});

test('what cannot be had is an empty list and leaves nothing', async () => {
  const before = await sql(here, 'SELECT (SELECT count(*) FROM actor) a, (SELECT count(*) FROM video) v');
  for (const name of [`nobody@${hostThere}`, 'somebody@localhost:1', `${there.url}/w/none`, `${there.url}/about`, 'https://10.0.0.1/x', 'x@@y']) {
    const found = await search(name.includes('://') ? 'videos' : 'video-channels', name);
    assert.equal(found.status, 200, `${name}: ${found.text}`);
    assert.equal(found.json.total, 0, name);
  }
  assert.deepEqual(await sql(here, 'SELECT (SELECT count(*) FROM actor) a, (SELECT count(*) FROM video) v'), before);
});

test('following a channel that was never heard of brings its last videos', async () => {
  await sql(here, `DELETE FROM video WHERE uri IS NOT NULL; DELETE FROM actor WHERE kind = 'Group' AND uri IS NOT NULL`);
  const answer = await here.api('POST', '/api/v1/users/me/subscriptions', { token, json: { uri: `root_channel@${hostThere}` } });
  assert.equal(answer.status, 204, answer.text);
  const handle = `root_channel@${hostThere}`;
  const exists = await here.api('GET', `/api/v1/users/me/subscriptions/exist?uris=${handle}`, { token });
  assert.deepEqual(exists.json, { [handle]: true });
  await until('the video is in the subscriptions', async () =>
    (await here.api('GET', '/api/v1/users/me/subscriptions/videos', { token })).json.data.some(v => v.name === 'Far away'));
  assert.equal(await one(there, 'SELECT followers FROM actor WHERE name = \'root_channel\''), 1);
  assert.equal((await here.api('DELETE', `/api/v1/users/me/subscriptions/${handle}`, { token })).status, 204);
  await until('the Undo came', async () => await one(there, 'SELECT followers FROM actor WHERE name = \'root_channel\'') === 0);
  assert.equal((await here.api('GET', `/api/v1/users/me/subscriptions/${handle}`, { token })).status, 404);
});

test('an account is followed as well', async () => {
  const handle = `root@${hostThere}`;
  const mine = (await here.api('GET', '/api/v1/users/me', { token })).json.account;
  assert.equal((await here.api('POST', '/api/v1/users/me/subscriptions', { token, json: { uri: `@${handle}` } })).status, 204);
  const accounts = await here.api('GET', '/api/v1/users/me/subscriptions/accounts', { token });
  assert.equal(accounts.json.total, 1);
  assert.equal(accounts.json.data[0].host, hostThere);
  await until('it was accepted', async () => await one(here, `SELECT state FROM follow WHERE follower_id = ${mine.id}`) === 'accepted');
  assert.equal((await here.api('GET', `/api/v1/users/me/subscriptions/${handle}`, { token })).json.name, 'root');
  assert.equal((await here.api('DELETE', `/api/v1/users/me/subscriptions/${handle}`, { token })).status, 204);
  assert.equal((await here.api('POST', '/api/v1/users/me/subscriptions', { token, json: { uri: 'root' } })).status, 409, 'not oneself');
  assert.equal((await here.api('POST', '/api/v1/users/me/subscriptions', { token, json: { uri: `none@${hostThere}` } })).status, 404);
});

test('a visitor is led to his own server', async () => {
  const ostatus = await peer([{ rel: 'http://ostatus.org/schema/1.0/subscribe', template: 'https://social.example/authorize?uri={uri}' }]);
  const intents = await peer([
    { rel: 'http://ostatus.org/schema/1.0/subscribe', template: 'https://social.example/authorize?uri={uri}' },
    { rel: 'https://w3id.org/fep/3b86/Follow', template: 'https://social.example/follow?of={object}&then={on-success}' },
    { rel: 'https://w3id.org/fep/3b86/Create', template: 'https://social.example/share?text={content}' },
  ]);
  const silent = await peer([]);
  const evil = await peer([{ rel: 'http://ostatus.org/schema/1.0/subscribe', template: 'javascript:alert(1)//{uri}' }]);
  const channel = `${here.url}/video-channels/root_channel`, encoded = encodeURIComponent(channel);
  const go = (host, action, uri = channel) => here.api('POST', '/api/v1/interact', { json: { handle: `@me@${host}`, uri, ...action && { action } } });
  try {
    assert.equal((await go(ostatus.host)).json.url, `https://social.example/authorize?uri=${encoded}`);
    assert.equal((await go(ostatus.host, 'follow', 'root_channel@' + new URL(here.url).host)).json.url, `https://social.example/authorize?uri=${encoded}`);
    assert.equal((await go(intents.host, 'follow')).json.url, `https://social.example/follow?of=${encoded}&then=`);
    assert.equal((await go(intents.host, 'reply')).json.url, `https://social.example/authorize?uri=${encoded}`, 'a template that does not name it is of no use');
    assert.equal((await go(silent.host)).json.url, `http://${silent.host}/authorize_interaction?uri=${encoded}`);
    assert.equal((await go(evil.host)).json.url, `http://${evil.host}/authorize_interaction?uri=${encoded}`);
    assert.match(ostatus.asked[0], /resource=acct:me@localhost:\d+$/);
    assert.equal((await go(ostatus.host, 'follow', 'https://elsewhere.example/x')).status, 404, 'only for what is here');
    assert.equal((await go(ostatus.host, 'dance')).status, 400);
    assert.equal((await here.api('POST', '/api/v1/interact', { json: { handle: 'https://social.example/@me', uri: channel } })).status, 400);
    assert.equal((await here.api('POST', '/api/v1/interact', { json: { handle: `me@localhost:${await freePort()}`, uri: channel } })).json.code, 'peer_unreachable');
  } finally {
    await Promise.all([ostatus, intents, silent, evil].map(p => p.close()));
  }
});

test('people of other servers are led to our page', async () => {
  const jrd = (await here.api('GET', '/.well-known/webfinger?resource=acct:root@' + new URL(here.url).host)).json;
  const template = rel => jrd.links.find(l => l.rel === rel)?.template;
  assert.equal(template('http://ostatus.org/schema/1.0/subscribe'), `${here.url}/remote-interaction?uri={uri}`);
  assert.equal(template('https://w3id.org/fep/3b86/Follow'), `${here.url}/remote-interaction?uri={object}&action=follow`);
  for (const page of ['/remote-interaction?uri=x', '/authorize_interaction?uri=x']) {
    const answer = await here.api('GET', page);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type'), /text\/html/);
  }
  const old = await here.api('GET', '/ostatus_subscribe?acct=a%40b.example');
  assert.equal(old.status, 302);
  assert.equal(decodeURIComponent(new URL(old.headers.get('location'), here.url).search), '?uri=a@b.example');
});

test('pages name their object in their head', async () => {
  for (const [page, id] of [[`/w/${video.shortUUID}`, `/videos/watch/${video.uuid}`], ['/c/root_channel', '/video-channels/root_channel'], ['/a/root', '/accounts/root']]) {
    const answer = await there.api('GET', page);
    assert.ok(answer.text.includes(`<link rel="alternate" type="application/activity+json" href="${there.url}${id}">`), page);
  }
});

test('who asks our page of a thing elsewhere for the thing itself is led to its own server', async () => {
  const headers = { accept: 'application/activity+json' };
  const [known] = (await search('videos', `${there.url}/videos/watch/${video.uuid}`)).json.data;
  const answers = [[`/w/${known.shortUUID}`, `/videos/watch/${video.uuid}`], [`/c/root_channel@${hostThere}`, '/video-channels/root_channel'],
    [`/a/root@${hostThere}`, '/accounts/root']];
  for (const [page, id] of answers) {
    const answer = await here.api('GET', page, { headers });
    assert.equal(answer.status, 302, page);
    assert.equal(answer.headers.get('location'), `${there.url}${id}`);
  }
});

test('slow servers do not hold the workers', async () => {
  const slow = createServer(() => { /* never answers */ });
  await new Promise(done => slow.listen(0, '127.0.0.1', done));
  const abort = new AbortController();
  try {
    const many = Array.from({ length: 16 }, (_, i) =>
      here.api('GET', `/api/v1/search/video-channels?search=u${i}@localhost:${slow.address().port}`, { token, signal: abort.signal }).catch(() => null));
    const first = await Promise.race(many);
    assert.equal(first.status, 503, 'those who find no room are told at once');
    assert.equal(first.headers.get('retry-after'), '10');
    await sleep(100);
    const page = await Promise.race([here.api('GET', '/api/v1/videos', { token }), sleep(5000)]);
    assert.equal(page?.status, 200, 'others are served meanwhile');
    abort.abort();
    await Promise.all(many);
  } finally {
    slow.closeAllConnections();
    await new Promise(done => slow.close(done));
  }
});
