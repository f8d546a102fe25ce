// blocks.test.mjs — whom a site or one of its people does not want to hear of: hidden, refused, and
// back again when the block ends.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, testClip } from '../api/server.mjs';
import { one, sql, until } from './peers.mjs';

const env = { ZOETROPE_FEDERATION_INSECURE: 'true', ZOETROPE_FEDERATION_RETRY_MS: '500', ZOETROPE_SIGNUP: 'open' };
let here, there, root, ann, rootThere, hostThere, account;

before(async () => {
  [here, there] = await Promise.all([startServer({ env }), startServer({ env })]);
  [root, rootThere] = await Promise.all([here.token(), there.token()]);
  hostThere = new URL(there.url).host;
  await here.api('POST', '/api/v1/users/register', { json: { username: 'ann', password: 'secret password' } });
  ann = await here.token('ann', 'secret password');
  await here.api('POST', '/api/v1/users/me/subscriptions', { token: ann, json: { uri: `root_channel@${hostThere}` } });
  await until('accepted', () => one(here, `SELECT count(*) FROM follow WHERE state = 'accepted'`));
  const video = await there.upload(rootThere, await testClip(), { name: 'Theirs' });
  await there.waitVideo(video.uuid, v => v.state.id === 1);
  await until('it is listed here', () => one(here, `SELECT listed FROM video WHERE name = 'Theirs'`));
  account = `root@${hostThere}`;
});
after(() => Promise.all([here?.stop(), there?.stop()]));

const listed = async token => (await here.api('GET', '/api/v1/videos', { token })).json;
const block = (base, kind, json, token) => here.api('POST', `/api/v1/${base}/blocklist/${kind}`, { token, json });
const unblock = (base, kind, name, token) => here.api('DELETE', `/api/v1/${base}/blocklist/${kind}/${name}`, { token });

test('what a user mutes is in none of his lists, but in those of others', async () => {
  assert.equal((await listed(ann)).total, 1);
  for (const [kind, field, name] of [['accounts', 'accountName', account], ['servers', 'host', hostThere]]) {
    assert.equal((await block('users/me', kind, { [field]: name }, ann)).status, 204);
    assert.deepEqual((await listed(ann)), { total: 0, data: [] }, kind);
    assert.equal((await here.api('GET', '/api/v1/search/videos?search=Theirs', { token: ann })).json.total, 0);
    assert.equal((await listed(root)).total, 1);
    assert.equal((await listed()).total, 1);
    assert.equal((await unblock('users/me', kind, name, ann)).status, 204);
    assert.equal((await listed(ann)).total, 1);
  }
});

test('what the site blocks is shown to nobody, and comes back with the end of the block', async () => {
  for (const [kind, field, name] of [['accounts', 'accountName', account], ['servers', 'host', hostThere]]) {
    assert.equal((await block('server', kind, { [field]: name }, root)).status, 204);
    assert.equal((await listed()).total, 0, kind);
    assert.equal((await listed(ann)).total, 0, kind);
    assert.equal((await unblock('server', kind, name, root)).status, 204);
    assert.equal((await listed()).total, 1, kind);
  }
});

test('a blocked site is neither heard nor told', async () => {
  await there.api('POST', '/api/v1/users/me/subscriptions', { token: rootThere, json: { uri: `ann@${new URL(here.url).host}` } });
  await until('it follows', () => one(here, `SELECT followers FROM actor WHERE name = 'ann'`));
  assert.equal((await block('server', 'servers', { host: hostThere }, root)).status, 204);
  const before = await one(here, 'SELECT count(*) FROM incoming');
  const { uuid } = (await there.api('GET', '/api/v1/videos')).json.data[0];
  await there.api('PUT', `/api/v1/videos/${uuid}`, { token: rootThere, json: { name: 'Renamed' } });
  await until('it was refused', () => one(there, `SELECT count(*) FROM delivery WHERE note LIKE '403%'`));
  assert.equal(await one(here, 'SELECT count(*) FROM incoming'), before);
  const since = Date.now();
  await here.api('PUT', '/api/v1/users/me', { token: ann, json: { description: 'New' } });
  await until('the change was worked through', async () => (await one(here, `SELECT count(*) FROM job WHERE kind = 'federate' AND state IN ('pending', 'running')`)) === 0);
  assert.equal(await one(here, `SELECT count(*) FROM delivery WHERE created_ms >= ${since}`), 0);
  for (const name of [`other@${hostThere}`, `root_channel@${hostThere}`]) {
    const found = await here.api('GET', `/api/v1/search/video-channels?search=${name}`, { token: root });
    assert.equal(found.json.total, 0, name);
    assert.equal((await here.api('POST', '/api/v1/users/me/subscriptions', { token: root, json: { uri: name } })).status, 404);
  }
  const handle = `root_channel@${hostThere}`;
  assert.equal((await here.api('DELETE', `/api/v1/users/me/subscriptions/${handle}`, { token: ann })).status, 204, 'what was followed before can be left');

  // A row that was put in before the block is dropped unsent.
  await sql(here, `INSERT INTO outgoing (id, body, open, created_ms) VALUES (900, '{}', 1, 1);
    INSERT INTO delivery (outgoing_id, signer_id, host, inbox, run_after_ms, created_ms)
      SELECT 900, id, '${hostThere}', '${there.url}/inbox', 1, 1 FROM actor WHERE name = 'ann' AND host = ''`);
  await here.api('PUT', '/api/v1/users/me', { token: ann, json: { description: 'Newer' } });
  await until('it is dropped', async () => (await one(here, 'SELECT count(*) FROM delivery')) === 0);
});
