// avatars.test.mjs — pictures of accounts and channels: sent, made anew in every size, shown here and
// on other sites, and gone when their owner wants or leaves.

import assert from 'node:assert/strict';
import { existsSync, openAsBlob, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { clip, ffprobe, startServer } from '../api/server.mjs';
import { tempFolder } from '../folders.mjs';
import { one, until } from './peers.mjs';

const env = { ZOETROPE_FEDERATION_INSECURE: 'true', ZOETROPE_FEDERATION_RETRY_MS: '500', ZOETROPE_SIGNUP: 'open' };
const activity = { accept: 'application/activity+json' };
let here, there, root, ann, rootThere, picture;

before(async () => {
  [here, there] = await Promise.all([startServer({ env }), startServer({ env })]);
  [root, rootThere] = await Promise.all([here.token(), there.token()]);
  await here.api('POST', '/api/v1/users/register', { json: { username: 'ann', password: 'secret password' } });
  ann = await here.token('ann', 'secret password');
  picture = await clip('portrait', ['-f', 'lavfi', '-i', 'testsrc2=size=500x400:duration=0.1', '-frames:v', '1'], 'png');
});
after(() => Promise.all([here?.stop(), there?.stop()]));

async function send(target, field, file, token) {
  const form = new FormData();
  if (file) form.append(field, await openAsBlob(file), path.basename(file));
  else form.append('other', 'x');
  return here.api('POST', target, { token, form });
}
const files = () => readdirSync(path.join(here.dataDir, 'avatars'));

test('an account gets an avatar in every size', async () => {
  const sent = await send('/api/v1/users/me/avatar/pick', 'avatarfile', picture, ann);
  assert.equal(sent.status, 200, sent.text);
  assert.deepEqual(sent.json.avatars.map(a => [a.width, a.height]), [[48, 48], [120, 120], [600, 600]]);
  for (const avatar of sent.json.avatars) {
    const { streams: [s] } = await ffprobe(`${here.url}${avatar.path}`);
    assert.deepEqual([s.codec_name, s.width, s.height], ['mjpeg', avatar.width, avatar.height]);
    assert.match((await here.api('GET', avatar.path)).headers.get('cache-control'), /immutable|max-age/);
  }
  const shown = [(await here.api('GET', '/api/v1/accounts/ann')).json, (await here.api('GET', '/api/v1/users/me', { token: ann })).json.account];
  for (const account of shown) assert.deepEqual(account.avatars.map(a => a.path), sent.json.avatars.map(a => a.path));
  const actor = (await here.api('GET', '/accounts/ann', { headers: activity })).json;
  assert.deepEqual(actor.icon[0], { type: 'Image', mediaType: 'image/jpeg', url: `${here.url}${sent.json.avatars[2].path}`, width: 600, height: 600 });
});

test('another one takes its place, and its files go', async () => {
  const before = files();
  assert.equal(before.length, 3);
  const sent = await send('/api/v1/users/me/avatar/pick', 'avatarfile', picture, ann);
  assert.equal(sent.status, 200);
  const now = files();
  assert.equal(now.length, 3);
  assert.ok(!now.some(f => before.includes(f)));
});

test('a channel has an avatar and a banner; other sites hear of them', async () => {
  const handle = `ann_channel@${new URL(here.url).host}`;
  await there.api('POST', '/api/v1/users/me/subscriptions', { token: rootThere, json: { uri: handle } });
  await until('followed', () => one(here, `SELECT followers FROM actor WHERE name = 'ann_channel'`));
  const avatar = await send('/api/v1/video-channels/ann_channel/avatar/pick', 'avatarfile', picture, ann);
  assert.equal(avatar.status, 200, avatar.text);
  const banner = await send('/api/v1/video-channels/ann_channel/banner/pick', 'bannerfile', picture, ann);
  assert.deepEqual(banner.json.banners.map(b => [b.width, b.height]), [[600, 100], [1920, 317]]);
  const channel = (await here.api('GET', '/api/v1/video-channels/ann_channel')).json;
  assert.equal(channel.banners.length, 2);
  assert.equal(channel.avatars.length, 3);
  assert.equal(channel.ownerAccount.avatars.length, 3);
  const remote = await until('the other site knows', async () => {
    const c = (await there.api('GET', `/api/v1/video-channels/${handle}`)).json;
    return c.avatars.length && c;
  });
  const shown = await there.api('GET', remote.avatars[0].path);
  assert.equal(shown.status, 200, shown.text.slice(0, 200));
  assert.match(shown.headers.get('content-type'), /image\/jpeg/);
});

test('what is no picture, too large, or of another is refused', async () => {
  const folder = tempFolder(), text = path.join(folder, 'a.png');
  writeFileSync(text, 'this is no picture at all');
  const wrong = await send('/api/v1/users/me/avatar/pick', 'avatarfile', text, ann);
  assert.equal(wrong.json.code, 'picture_invalid');
  assert.equal((await send('/api/v1/users/me/avatar/pick', 'avatarfile', null, ann)).status, 400);
  const large = path.join(folder, 'large.png');
  writeFileSync(large, Buffer.alloc(8.5 * 1024 * 1024));
  assert.equal((await send('/api/v1/users/me/avatar/pick', 'avatarfile', large, ann)).status, 413);
  assert.equal((await send('/api/v1/users/me/avatar/pick', 'avatarfile', picture)).status, 401);
  assert.equal((await send('/api/v1/video-channels/root_channel/avatar/pick', 'avatarfile', picture, ann)).status, 403);
  assert.equal((await send('/api/v1/video-channels/none/banner/pick', 'bannerfile', picture, ann)).status, 404);
  assert.equal((await here.api('GET', '/lazy-static/avatars/none.jpg')).status, 404);
  assert.ok((await here.api('GET', '/lazy-static/avatars/..%2fzoetrope.db')).status >= 400);
  assert.equal(files().length, 3 + 3 + 2, 'nothing is left of them');
});

test('they go when their owner wants, or leaves', async () => {
  assert.equal((await here.api('DELETE', '/api/v1/video-channels/ann_channel/banner', { token: ann })).status, 204);
  assert.equal((await here.api('DELETE', '/api/v1/users/me/avatar', { token: ann })).status, 204);
  assert.deepEqual((await here.api('GET', '/api/v1/accounts/ann')).json.avatars, []);
  assert.equal(files().length, 3);
  assert.equal((await here.api('DELETE', '/api/v1/users/me', { token: ann })).status, 204);
  await here.restart();
  await until('the trash is empty', () => files().length === 0);
  assert.ok(existsSync(path.join(here.dataDir, 'avatars')));
});
