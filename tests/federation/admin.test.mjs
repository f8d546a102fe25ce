// admin.test.mjs — sites that follow sites, with whom a site talks at all, and what those who run it
// see of federation.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { freePort, startServer, testClip } from '../api/server.mjs';
import { one, sql, until } from './peers.mjs';

const env = { ZOETROPE_FEDERATION_INSECURE: 'true', ZOETROPE_FEDERATION_RETRY_MS: '300', ZOETROPE_SIGNUP: 'open' };
let here, there, strict, root, rootThere, hostHere, hostThere;

before(async () => {
  [here, there] = await Promise.all([startServer({ env }), startServer({ env: { ...env, ZOETROPE_SITE_FOLLOWERS: 'approve' } })]);
  [root, rootThere] = await Promise.all([here.token(), there.token()]);
  [hostHere, hostThere] = [here, there].map(s => new URL(s.url).host);
  await here.api('POST', '/api/v1/users/register', { json: { username: 'ann', password: 'secret password' } });
});
after(() => Promise.all([here?.stop(), there?.stop(), strict?.stop()]));

const following = async state => (await here.api('GET', `/api/v1/server/following${state ? `?state=${state}` : ''}`, { token: root })).json;

test('one site follows another, which approves it', async () => {
  const asked = await here.api('POST', '/api/v1/server/following', { token: root, json: { hosts: [hostThere] } });
  assert.equal(asked.status, 204, asked.text);
  assert.equal((await following('pending')).total, 1);
  const waiting = await until('it came', async () => (await there.api('GET', '/api/v1/server/followers?state=pending', { token: rootThere })).json.data[0]);
  assert.equal(waiting.follower.host, hostHere);
  assert.equal(waiting.following.name, 'zoetrope');
  const told = (await there.api('GET', '/api/v1/users/me/notifications', { token: rootThere })).json.data[0];
  assert.equal(told.type, 13);
  assert.equal(told.actorFollow.following.type, 'instance');
  const handle = `zoetrope@${hostHere}`;
  assert.equal((await there.api('POST', `/api/v1/server/followers/${handle}/accept`, { token: rootThere })).status, 204);
  await until('it is accepted', async () => (await following('accepted')).total === 1);

  assert.equal((await here.api('GET', '/api/v1/server/stats')).json.totalInstanceFollowing, 1);
  assert.equal((await there.api('GET', '/api/v1/server/stats')).json.totalInstanceFollowers, 1);

  // What is published there stands in this site's lists now, though nobody here follows the channel.
  const video = await there.upload(rootThere, await testClip(), { name: 'From there' });
  await there.waitVideo(video.uuid, v => v.state.id === 1);
  await until('it is listed here', () => one(here, `SELECT count(*) FROM video WHERE name = 'From there' AND listed = 1`), 30000);
});

test('how many follow is public, who is told only when the site says so', async () => {
  const seen = (await there.api('GET', '/api/v1/server/followers')).json;
  assert.deepEqual(seen, { total: 1, data: [] });
  const page = await there.api('GET', '/accounts/zoetrope/followers/page/1', { headers: { accept: 'application/activity+json' } });
  assert.equal(page.json.totalItems, 1);
  assert.deepEqual(page.json.orderedItems, []);
  await there.stop();
  there.env.ZOETROPE_SHOW_FOLLOWERS = 'true';
  await there.start();
  assert.equal((await there.api('GET', '/api/v1/server/followers')).json.data[0].follower.host, hostHere);
  const open = await there.api('GET', '/accounts/zoetrope/followers/page/1', { headers: { accept: 'application/activity+json' } });
  assert.deepEqual(open.json.orderedItems, [`${here.url}/accounts/zoetrope`]);
});

test('a follower that is removed hears of it, and may be rejected for good', async () => {
  const handle = `zoetrope@${hostHere}`;
  assert.equal((await there.api('DELETE', `/api/v1/server/followers/${handle}`, { token: rootThere })).status, 204);
  assert.equal((await there.api('DELETE', `/api/v1/server/followers/${handle}`, { token: rootThere })).status, 404);
  await until('the rejection came', async () => (await following('rejected')).total === 1);
  assert.equal((await here.api('DELETE', `/api/v1/server/following/${hostThere}`, { token: root })).status, 204);
  assert.equal((await following()).total, 0);
  assert.equal((await here.api('DELETE', `/api/v1/server/following/${hostThere}`, { token: root })).status, 404);
});

test('a site follows a single channel by its handle', async () => {
  const handle = `root_channel@${hostThere}`;
  assert.equal((await here.api('POST', '/api/v1/server/following', { token: root, json: { handles: [handle] } })).status, 204);
  await until('accepted', async () => (await following('accepted')).total === 1);
  assert.equal((await there.api('GET', '/api/v1/video-channels/root_channel/followers', { token: rootThere })).json.data[0].follower.name, 'zoetrope');
  assert.equal((await here.api('DELETE', `/api/v1/server/following/${handle}`, { token: root })).status, 204);
});

test('what cannot be followed is told with its name', async () => {
  const port = await freePort();
  const wrong = await here.api('POST', '/api/v1/server/following', { token: root, json: { hosts: [`localhost:${port}`, hostHere] } });
  assert.equal(wrong.status, 400, wrong.text);
  const gone = await here.api('POST', '/api/v1/server/following', { token: root, json: { hosts: [`localhost:${port}`] } });
  assert.equal(gone.json.code, 'peer_unreachable');
  assert.match(gone.json.detail, new RegExp(`localhost:${port}`));
  assert.equal((await here.api('POST', '/api/v1/server/following', { token: root, json: {} })).status, 400);
});

test('only those who run the site see and change it', async () => {
  const ann = await here.token('ann', 'secret password');
  const calls = [['GET', 'federation'], ['GET', 'allowlist'], ['POST', 'allowlist'], ['DELETE', 'allowlist/x'], ['POST', 'following'], ['DELETE', 'following/x'],
    ['DELETE', 'followers/a@b'], ['POST', 'followers/a@b/accept'], ['POST', 'federation/hosts/x/retry']];
  for (const [method, path] of calls) {
    assert.equal((await here.api(method, `/api/v1/server/${path}`, { token: ann })).status, 403, path);
    assert.equal((await here.api(method, `/api/v1/server/${path}`)).status, 401, path);
  }
  assert.equal((await here.api('GET', '/api/v1/video-channels/root_channel/followers', { token: ann })).status, 403);
});

test('hosts that fail are shown, and tried again when asked', async () => {
  let up = false, posts = 0;
  const peer = createServer((rq, rs) => {
    if (rq.method === 'POST') posts += up;
    rs.writeHead(up ? 202 : 503).end();
  });
  await new Promise(done => peer.listen(0, '127.0.0.1', done));
  const host = `localhost:${peer.address().port}`;
  try {
    await sql(here, `INSERT INTO actor (kind, name, host, display_name, uri, inbox, created_ms, updated_ms)
        VALUES ('Person', 'far', '${host}', 'Far', 'http://${host}/far', 'http://${host}/inbox', 1, 1);
      INSERT INTO follow (follower_id, target_id, state, created_ms)
        SELECT f.id, t.id, 'accepted', 1 FROM actor f, actor t WHERE f.name = 'far' AND t.name = 'ann' AND t.host = ''`);
    const ann = await here.token('ann', 'secret password');
    await here.api('PUT', '/api/v1/users/me', { token: ann, json: { description: 'Hello' } });
    const failing = await until('it is shown as failing', async () => {
      const state = (await here.api('GET', '/api/v1/server/federation', { token: root })).json;
      return state.failingHosts.find(f => f.host === host) && state;
    });
    assert.equal(failing.enabled, true);
    assert.equal(failing.mode, 'open');
    assert.equal(failing.failingHosts[0].waiting, 1);
    assert.equal(failing.deliveries.waiting, 1);
    await until('several tries failed', async () =>
      (await here.api('GET', '/api/v1/server/federation', { token: root })).json.failingHosts.find(f => f.host === host)?.failures >= 2);
    up = true;
    await until('asked for, it arrives', async () => {
      assert.equal((await here.api('POST', `/api/v1/server/federation/hosts/${host}/retry`, { token: root })).status, 204);
      return posts;
    });
    await until('nothing fails any more', async () => (await here.api('GET', '/api/v1/server/federation', { token: root })).json.failingHosts.length === 0);
  } finally {
    peer.closeAllConnections();
    await new Promise(done => peer.close(done));
  }
});

test('a site with an allow list talks with no others', async () => {
  strict = await startServer({ env: { ...env, ZOETROPE_FEDERATION_MODE: 'allow-list' } });
  const admin = await strict.token(), handle = `root_channel@${hostThere}`;
  const find = async () => (await strict.api('GET', `/api/v1/search/video-channels?search=${handle}`, { token: admin })).json.total;
  assert.equal(await find(), 0);
  const strictHost = new URL(strict.url).host;
  await there.api('POST', '/api/v1/users/me/subscriptions', { token: rootThere, json: { uri: `root_channel@${strictHost}` } });
  await until('the Follow was refused', () => one(there, `SELECT count(*) FROM delivery WHERE host = '${strictHost}' AND note LIKE '403%'`));
  assert.equal(await one(strict, 'SELECT count(*) FROM follow'), 0);
  assert.equal(await one(strict, 'SELECT count(*) FROM incoming'), 0);

  assert.equal((await strict.api('POST', '/api/v1/server/allowlist', { token: admin, json: { host: 'a/b' } })).status, 400);
  assert.equal((await strict.api('POST', '/api/v1/server/allowlist', { token: admin, json: { host: hostThere.toUpperCase() } })).status, 204);
  assert.deepEqual((await strict.api('GET', '/api/v1/server/allowlist', { token: admin })).json.data.map(h => h.host), [hostThere]);
  assert.equal(await find(), 1);
  await until('the Follow is accepted now', async () => {
    await there.api('POST', `/api/v1/server/federation/hosts/${strictHost}/retry`, { token: rootThere });
    return one(strict, `SELECT count(*) FROM follow WHERE state = 'accepted'`);
  });
  assert.equal((await strict.api('DELETE', `/api/v1/server/allowlist/${hostThere}`, { token: admin })).status, 204);
  await sql(strict, `DELETE FROM actor WHERE name = 'root_channel' AND host <> ''`);
  assert.equal(await find(), 0);
});

test('a site that federates no more says so everywhere', async () => {
  await strict.stop();
  strict.env.ZOETROPE_FEDERATION = 'false';
  await strict.start();
  const admin = await strict.token();
  const refused = await strict.api('POST', '/api/v1/server/following', { token: admin, json: { hosts: [hostThere] } });
  assert.equal(refused.status, 403);
  const state = await strict.api('GET', '/api/v1/server/federation', { token: admin });
  assert.equal(state.json.enabled, false);
  assert.equal((await strict.api('POST', `/api/v1/server/federation/hosts/${hostThere}/retry`, { token: admin })).status, 204);
  assert.equal((await strict.api('GET', `/api/v1/search/video-channels?search=x@${hostThere}`, { token: admin })).json.total, 0);
  assert.equal((await strict.api('POST', '/api/v1/users/me/subscriptions', { token: admin, json: { uri: `x@${hostThere}` } })).status, 404);
  const interact = await strict.api('POST', '/api/v1/interact', { json: { handle: `me@${hostThere}`, uri: 'root_channel@' + new URL(strict.url).host } });
  assert.equal(interact.status, 404);
  assert.equal((await strict.api('POST', '/inbox', { json: {} })).status, 404);
  for (const path of ['/accounts/root/followers', '/accounts/root/outbox'])
    assert.equal((await strict.api('GET', path, { headers: { accept: 'application/activity+json' } })).status, 404);
  const page = await strict.api('GET', '/accounts/root', { headers: { accept: 'application/activity+json' } });
  assert.ok(!(page.headers.get('content-type') ?? '').includes('activity'));
  assert.equal((await strict.api('GET', '/api/v1/config')).json.federation.enabled, false);
});
