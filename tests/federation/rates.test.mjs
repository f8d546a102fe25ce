// rates.test.mjs — somebody who cannot decide: likes and dislikes given and taken back quickly overtake
// each other on their way, and yet count as he left them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, testClip } from '../api/server.mjs';
import { one, until } from './peers.mjs';

const env = { ZOETROPE_FEDERATION_INSECURE: 'true', ZOETROPE_FEDERATION_RETRY_MS: '300' };
let here, there, token, known;

before(async () => {
  [here, there] = await Promise.all([startServer({ env }), startServer({ env })]);
  token = await here.token();
  const video = await there.upload(await there.token(), await testClip(), { name: 'Undecided' });
  await there.waitVideo(video.uuid, v => v.state.id === 1);
  const address = encodeURIComponent(`${there.url}/w/${video.shortUUID}`);
  [known] = (await here.api('GET', `/api/v1/search/videos?search=${address}`, { token })).json.data;
});
after(() => Promise.all([here?.stop(), there?.stop()]));

const rate = async rating => assert.equal((await here.api('PUT', `/api/v1/videos/${known.uuid}/rate`, { token, json: { rating } })).status, 204);
const counts = () => one(there, `SELECT likes || ' ' || dislikes FROM video`);
/** All that was sent is worked through. */
const quiet = () => until('all is told', async () => (await one(here, `SELECT (SELECT count(*) FROM job WHERE kind = 'federate' AND state IN ('pending', 'running'))
    + (SELECT count(*) FROM delivery)`)) === 0 && (await one(there, 'SELECT count(*) FROM incoming WHERE done = 0')) === 0);

test('what was rated last counts, however often it was changed', async () => {
  for (const [ratings, wanted] of [[['like'], '1 0'], [['none'], '0 0'], [['like', 'none', 'like', 'none', 'like'], '1 0'],
    [['dislike', 'like', 'dislike'], '0 1'], [['none', 'like', 'none'], '0 0'], [['like'], '1 0']]) {
    for (const rating of ratings) await rate(rating);
    await quiet();
    assert.equal(await counts(), wanted, ratings.join());
  }
});

test('each time has a name of its own, at which it can be read as long as it counts', async () => {
  const headers = { accept: 'application/activity+json' };
  const uri = await one(there, 'SELECT uri FROM rate');
  const like = await here.api('GET', uri, { headers });
  assert.equal(like.status, 200, like.text);
  assert.deepEqual([like.json.type, like.json.id], ['Like', uri]);
  await rate('none');
  await rate('like');
  await quiet();
  const next = await one(there, 'SELECT uri FROM rate');
  assert.notEqual(next, uri);
  assert.equal((await here.api('GET', uri, { headers })).status, 404);
  assert.equal((await here.api('GET', next, { headers })).status, 200);
});
