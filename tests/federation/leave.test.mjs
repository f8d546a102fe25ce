// leave.test.mjs — accounts and channels that are deleted: everybody elsewhere hears of it, their
// addresses answer 410 with a tombstone, and nobody can take their names.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, testClip } from '../api/server.mjs';
import { one, sql, until } from './peers.mjs';

const env = { ZOETROPE_FEDERATION_INSECURE: 'true', ZOETROPE_FEDERATION_RETRY_MS: '500', ZOETROPE_SIGNUP: 'open' };
const activity = { accept: 'application/activity+json' };
let here, there, root, ann, host;

before(async () => {
  [here, there] = await Promise.all([startServer({ env }), startServer({ env })]);
  host = new URL(here.url).host;
  root = await there.token();
  await here.api('POST', '/api/v1/users/register', { json: { username: 'ann', password: 'secret password', channel: { name: 'ann_films', displayName: 'Films' } } });
  ann = await here.token('ann', 'secret password');
  assert.equal((await here.api('POST', '/api/v1/video-channels', { token: ann, json: { name: 'ann_songs', displayName: 'Songs' } })).status, 200);
});
after(() => Promise.all([here?.stop(), there?.stop()]));

async function follow(handle) {
  const answer = await there.api('POST', '/api/v1/users/me/subscriptions', { token: root, json: { uri: handle } });
  assert.equal(answer.status, 204, answer.text);
  await until(`${handle} accepted`, () => one(there, `SELECT count(*) FROM follow f JOIN actor a ON a.id = f.target_id
    WHERE f.state = 'accepted' AND a.name = '${handle.split('@')[0]}'`));
}

test('a channel that is deleted is gone everywhere', async () => {
  await follow(`ann_songs@${host}`);
  assert.equal((await here.api('DELETE', '/api/v1/video-channels/ann_songs', { token: ann })).status, 204);
  await until('the other site heard of it', () => one(there, `SELECT gone FROM actor WHERE name = 'ann_songs'`));
  assert.equal(await one(there, 'SELECT count(*) FROM follow'), 0);
  const tombstone = await here.api('GET', '/video-channels/ann_songs', { headers: activity });
  assert.equal(tombstone.status, 410, tombstone.text);
  assert.equal(tombstone.json.type, 'Tombstone');
  assert.equal(tombstone.json.formerType, 'Group');
  assert.equal(tombstone.json.id, `${here.url}/video-channels/ann_songs`);
  assert.equal((await here.api('GET', `/.well-known/webfinger?resource=acct:ann_songs@${host}`)).status, 410);
  assert.equal((await here.api('GET', '/api/v1/video-channels/ann_songs')).status, 404);
  assert.equal((await here.api('GET', '/c/ann_songs')).status, 404);
  assert.deepEqual((await here.api('GET', '/api/v1/accounts/ann/video-channels')).json.data.map(c => c.name), ['ann_films']);
  assert.ok(!(await here.api('GET', '/api/v1/video-channels')).json.data.some(c => c.name === 'ann_songs'));
  assert.equal((await here.api('GET', '/api/v1/search/video-channels?search=ann_s')).json.total, 0);
  const again = await here.api('POST', '/api/v1/video-channels', { token: ann, json: { name: 'ann_songs', displayName: 'Once more' } });
  assert.equal(again.json.code, 'name_taken', 'its name is not used again');
});

test('an account that is deleted takes what it did elsewhere with it', async () => {
  await follow(`ann@${host}`);
  await follow(`ann_films@${host}`);
  const video = await there.upload(root, await testClip(), { name: 'Theirs' });
  await there.waitVideo(video.uuid, v => v.state.id === 1);
  const found = await here.api('GET', `/api/v1/search/videos?search=${encodeURIComponent(`${there.url}/w/${video.shortUUID}`)}`, { token: ann });
  const id = found.json.data[0].uuid;
  const comment = (await here.api('POST', `/api/v1/videos/${id}/comment-threads`, { token: ann, json: { text: 'Lovely' } })).json.comment;
  assert.equal((await here.api('PUT', `/api/v1/videos/${id}/rate`, { token: ann, json: { rating: 'like' } })).status, 204);
  await until('comment and like came', async () => {
    const v = (await there.api('GET', `/api/v1/videos/${video.uuid}`)).json;
    return v.likes === 1 && (await one(there, 'SELECT count(*) FROM comment WHERE deleted_ms IS NULL')) === 1;
  });
  const accounts = (await here.api('GET', '/api/v1/accounts')).json.total;

  assert.equal((await here.api('DELETE', '/api/v1/users/me', { token: ann })).status, 204);
  await until('account and channel are gone there', async () => (await one(there, `SELECT sum(gone) FROM actor WHERE name IN ('ann', 'ann_films')`)) === 2);
  assert.equal((await there.api('GET', `/api/v1/videos/${video.uuid}`)).json.likes, 0);
  assert.equal(await one(there, 'SELECT count(*) FROM comment WHERE deleted_ms IS NULL'), 0);
  for (const path of ['/accounts/ann', '/video-channels/ann_films', `/videos/watch/${id}/comments/${comment.id}`]) {
    const tombstone = await here.api('GET', path, { headers: activity });
    assert.equal(tombstone.status, 410, `${path}: ${tombstone.status} ${tombstone.text}`);
    assert.equal(tombstone.json.type, 'Tombstone');
  }
  assert.equal((await here.api('GET', '/api/v1/accounts')).json.total, accounts - 1);
  assert.equal((await here.api('GET', '/a/ann')).status, 404);
  const again = await here.api('POST', '/api/v1/users/register', { json: { username: 'ann', password: 'secret password' } });
  assert.equal(again.status, 409, again.text);
  assert.equal(await one(here, `SELECT count(*) FROM actor WHERE name = 'ann' AND private_key IS NOT NULL`), 1, 'the key signs until all is delivered');
  const [row] = await sql(here, `SELECT display_name, description, user_id FROM actor WHERE name = 'ann'`);
  assert.deepEqual(row, { display_name: 'ann', description: null, user_id: null });
});

test('keys of who left long ago are forgotten', async () => {
  await here.stop();
  await sql(here, `UPDATE actor SET updated_ms = 1 WHERE gone = 1`);
  await here.start();
  await until('the sweep after the start ran', async () => (await one(here, `SELECT count(*) FROM actor WHERE gone = 1 AND private_key IS NOT NULL`)) === 0);
});
