// fixtures.test.mjs — what seven kinds of peers really send, byte for byte with its own signature,
// goes through the inbox; then the same in every way broken.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test as nodeTest } from 'node:test';
import { startServer } from '../api/server.mjs';
import { asRequest, fixture, fixtureFolder, fixtureNames, insert, one, send, settled, sql } from './peers.mjs';

const uuid = '7f0c9a3e-5d0b-4c55-9b3e-2f1d6a1c8b10';
const remoteVideo = 'https://peertube.example/videos/watch/3c0c1c1a-9e5b-4d8e-8a86-1f0e3f7a9d21';
const now = Date.parse('Sun, 04 Jan 2026 12:00:00 GMT');
const noActivity = /^[a-z]+-actor|key-stub|vectors|recommended/;
const activities = fixtureNames().filter(name => !noActivity.test(name));
const test = (name, run) => nodeTest(name, { skip: activities.length === 0 && 'no fixtures here' }, run);
let server, ids;

async function site() {
  await insert(server, 'user', { id: 50, username: 'alice', password_hash: '!', role: 2, quota_bytes: -1, quota_daily_bytes: -1, created_ms: now, updated_ms: now });
  await insert(server, 'actor', { id: 50, kind: 'Person', name: 'alice', display_name: 'Alice', user_id: 50, created_ms: now, updated_ms: now });
  await insert(server, 'actor', { id: 51, kind: 'Group', name: 'demo', display_name: 'Demo', owner_id: 50, created_ms: now, updated_ms: now });
  await insert(server, 'video', { id: 60, uuid, channel_id: 51, name: 'A video', privacy: 1, state: 1, playable: 1, listed: 1,
    source_name: 'a.mp4', source_bytes: 1, master_name: 'm', sha256_name: 's', created_ms: now, updated_ms: now, published_ms: now });
}

async function peers() {
  const pem = readFileSync(path.join(fixtureFolder, 'test-public-key.pem'), 'utf8');
  const all = fixtureNames().filter(name => /^[a-z]+-actor/.test(name) && !/numeric/.test(name)).map(name => fixture(name).body);
  all.sort((a, b) => a.type.localeCompare(b.type) * -1); // a Person stands before the Group it owns
  all.push({ id: 'https://peertube.example/accounts/peertube', type: 'Application', preferredUsername: 'peertube', inbox: 'https://peertube.example/accounts/peertube/inbox',
    publicKey: { id: 'https://peertube.example/accounts/peertube#main-key', publicKeyPem: pem } });
  ids = {};
  for (const actor of all) {
    const host = new URL(actor.id).host;
    const kind = actor.type === 'Group' || actor.type === 'Application' ? actor.type : 'Person';
    const owner = kind === 'Group' ? ids[[actor.attributedTo].flat()[0]?.id ?? [actor.attributedTo].flat()[0]] : null;
    await insert(server, 'actor', { kind, name: actor.preferredUsername, host, display_name: actor.name ?? actor.preferredUsername, uri: actor.id,
      inbox: actor.inbox, shared_inbox: actor.endpoints?.sharedInbox ?? null, outbox: actor.outbox ?? null, key_id: actor.publicKey.id,
      public_key: actor.publicKey.publicKeyPem, fetched_ms: Date.now(), owner_id: owner ?? null, created_ms: now, updated_ms: now });
    ids[actor.id] = await one(server, `SELECT id FROM actor WHERE uri = '${actor.id}'`);
  }
}

before(async () => {
  if (!activities.length) return;
  server = await startServer({ args: ['--url', 'https://video.example'],
    env: { ZOETROPE_FEDERATION_NOW_MS: String(now), ZOETROPE_LOG_LEVEL: 'debug' } });
  await site();
  await peers();
});
after(() => server?.stop());

const deliver = async name => {
  const answer = await send(server, asRequest(fixture(name)));
  assert.equal(answer.status, 202, `${name}: ${answer.status} ${answer.text}`);
  await settled(server);
};
const likes = () => one(server, 'SELECT likes FROM video WHERE id = 60');
const shares = () => one(server, 'SELECT shares FROM video WHERE id = 60');
const comments = () => one(server, 'SELECT comments FROM video WHERE id = 60');
const note = name => fixture(name).body.object;

// --- broken ones first: nothing may be left of them --------------------------------------------

const tables = ['incoming', 'follow', 'comment', 'rate', 'comment_rate', 'share', 'report', 'notification', 'actor', 'video', 'job', 'delivery', 'tombstone'];
const trace = async () => JSON.stringify(await sql(server, tables.map(t => `SELECT '${t}' AS t, count(*) AS n FROM ${t}`).join(' UNION ALL ')));

const broken = {
  'another body': r => { r.body = Buffer.from(r.body.toString().replace('"id":"https', '"id":"httpx')); },
  'another digest': r => { r.headers.Digest = `SHA-256=${createHash('sha256').update('other').digest('base64')}`; },
  'another body with its digest': r => {
    r.body = Buffer.from(`${r.body.toString()} `);
    r.headers.Digest = `SHA-256=${createHash('sha256').update(r.body).digest('base64')}`;
  },
  'another day': r => { r.headers.Date = 'Fri, 02 Jan 2026 12:00:00 GMT'; },
  'a minute later than was signed': r => { r.headers.Date = 'Sun, 04 Jan 2026 12:01:00 GMT'; },
  'another host': r => { r.headers.Host = 'other.example'; },
  'another path': r => { r.target = r.target === '/inbox' ? '/accounts/alice/inbox' : '/inbox'; },
  'no signature': r => { delete r.headers.Signature; },
  'no digest': r => { delete r.headers.Digest; },
  'a signature cut short': r => { r.headers.Signature = r.headers.Signature.replace(/signature="[^"]{20}/, 'signature="'); },
  'a key that is not known and cannot be had': r => { r.headers.Signature = r.headers.Signature.replace(/keyId="[^"]*"/, 'keyId="https://nobody.invalid/u#main-key"'); },
};

for (const [how, change] of Object.entries(broken)) {
  test(`refused without a trace: ${how}`, async () => {
    const some = /cannot be had/.test(how) ? ['mastodon-like', 'peertube-create-video', 'snac-follow'] : activities;
    const was = await trace();
    for (const name of some) {
      const farewell = /delete-actor/.test(name) && /cannot be had/.test(how);
      const answer = await send(server, asRequest(fixture(name), change));
      const may = /cannot be had/.test(how) ? [401, 403, 503] : /short|no signature|no digest/.test(how) ? [400, 401, 403] : [401, 403];
      if (!farewell) assert.ok(may.includes(answer.status), `${name}: ${answer.status} ${answer.text}`);
    }
    assert.equal(await trace(), was);
  });
}

test('somebody else’s key changes nothing', async () => {
  const watched = ['follow', 'comment', 'rate', 'comment_rate', 'share', 'report', 'actor', 'video'];
  const state = async () => JSON.stringify(await sql(server, watched.map(t => `SELECT '${t}' AS t, count(*) AS n FROM ${t}`).join(' UNION ALL ')));
  const was = await state();
  for (const name of activities) {
    const key = name.startsWith('snac') ? 'https://misskey.example/users/9zabcdef01#main-key' : 'https://snac.example/frank#main-key';
    const answer = await send(server, asRequest(fixture(name), r => { r.headers.Signature = r.headers.Signature.replace(/keyId="[^"]*"/, `keyId="${key}"`); }));
    // What may be forwarded is kept, and asked of its origin, which cannot be reached here.
    const told = ['Create', 'Update', 'Delete', 'Announce'].includes(fixture(name).body.type);
    assert.equal(answer.status === 202, told, `${name}: ${answer.status} ${answer.text}`);
    if (!told) assert.equal(answer.status, 403, name);
  }
  await settled(server, 60000);
  assert.equal(await state(), was);
  await sql(server, 'DELETE FROM incoming');
});

// --- as they are -------------------------------------------------------------------------------

const microblogs = ['mastodon', 'pleroma', 'gotosocial', 'misskey', 'friendica', 'snac'];
const has = name => activities.includes(name);

for (const peer of microblogs) {
  test(`${peer}: follows, answers, edits, likes, shares, takes back, deletes`, async () => {
    const actor = ids[fixture(`${peer}-follow`).body.actor];
    await deliver(`${peer}-follow`);
    assert.deepEqual(await sql(server, `SELECT state, uri FROM follow WHERE follower_id = ${actor} AND target_id = 50`),
      [{ state: 'accepted', uri: fixture(`${peer}-follow`).body.id }]);
    assert.equal(await one(server, `SELECT count(*) FROM job WHERE kind = 'federate' AND payload LIKE '%"accept"%"target":${actor}%'`), 1);

    const before = await comments();
    await deliver(`${peer}-create-reply`);
    const uri = note(`${peer}-create-reply`).id;
    const row = (await sql(server, `SELECT * FROM comment WHERE uri = '${uri}'`))[0];
    assert.ok(row, await one(server, 'SELECT note FROM incoming ORDER BY id DESC LIMIT 1'));
    assert.equal(row.video_id, 60);
    assert.equal(row.actor_id, actor);
    assert.equal(row.thread_id, row.id);
    assert.ok(row.html.length > 3 && !/<script|on\w+=/.test(row.html), row.html);
    assert.equal(await comments(), before + 1);
    const others = await one(server, `SELECT count(*) FROM follow f JOIN actor a ON a.id = f.follower_id WHERE f.target_id IN (50, 51)
      AND a.host <> '' AND a.host <> (SELECT host FROM actor WHERE id = ${actor})`);
    assert.equal(await one(server, `SELECT count(*) FROM job WHERE kind = 'federate' AND payload LIKE '%"forward"%"comment":${row.id}%'`), others ? 1 : 0);
    if (has(`${peer}-update-note`)) {
      await deliver(`${peer}-update-note`);
      assert.notEqual(await one(server, `SELECT html FROM comment WHERE uri = '${uri}'`), row.html);
    }
    if (has(`${peer}-like`)) {
      await deliver(`${peer}-like`);
      assert.equal(await likes(), 1);
      await deliver(`${peer}-like`); // the same again
      assert.equal(await likes(), 1);
    }
    for (const other of [`${peer}-emojireact`, `${peer}-like-custom-emoji`].filter(has)) {
      if (has(`${peer}-undo-like`)) await deliver(`${peer}-undo-like`);
      assert.equal(await likes(), 0);
      await deliver(other);
      assert.equal(await likes(), 1);
      await sql(server, 'DELETE FROM rate');
    }
    if (has(`${peer}-undo-like`) && await likes()) {
      await deliver(`${peer}-undo-like`);
      assert.equal(await likes(), 0);
    }
    if (has(`${peer}-announce`)) {
      await deliver(`${peer}-announce`);
      assert.equal(await shares(), 1);
      if (has(`${peer}-undo-announce`)) {
        await deliver(`${peer}-undo-announce`);
        assert.equal(await shares(), 0);
      }
      await sql(server, 'DELETE FROM share');
    }
    if (has(`${peer}-accept-follow`)) {
      await sql(server, `DELETE FROM follow WHERE id = 12; INSERT INTO follow (id, follower_id, target_id, state, created_ms) VALUES (12, 50, ${actor}, 'pending', 1)`);
      await deliver(`${peer}-accept-follow`);
      assert.equal(await one(server, 'SELECT state FROM follow WHERE id = 12'), 'accepted');
      await sql(server, 'DELETE FROM follow WHERE id = 12');
    }
    if (has(`${peer}-delete-note`)) {
      await deliver(`${peer}-delete-note`);
      assert.ok(await one(server, `SELECT deleted_ms FROM comment WHERE uri = '${uri}'`));
      assert.equal(await comments(), before);
    }
    if (has(`${peer}-undo-follow`)) {
      await deliver(`${peer}-undo-follow`);
      assert.equal(await one(server, `SELECT count(*) FROM follow WHERE follower_id = ${actor}`), 0);
    }
  });
}

test('peertube: follows the site, comments, likes, dislikes, tells of views', async () => {
  const grace = ids['https://peertube.example/accounts/grace'];
  await deliver('peertube-follow'); // of an actor that is not here: ignored
  await deliver('peertube-create-reply');
  const uri = note('peertube-create-reply').id;
  assert.match(await one(server, `SELECT html FROM comment WHERE uri = '${uri}' AND actor_id = ${grace}`), /<p>/);
  await deliver('peertube-like');
  assert.equal(await likes(), 1);
  await deliver('peertube-dislike');
  assert.deepEqual(await sql(server, 'SELECT likes, dislikes FROM video WHERE id = 60'), [{ likes: 0, dislikes: 1 }]);
  await deliver('peertube-undo-like'); // the like is long replaced
  assert.equal(await one(server, 'SELECT dislikes FROM video WHERE id = 60'), 1);
  await deliver('peertube-view');
  await deliver('peertube-delete-note');
  assert.ok(await one(server, `SELECT deleted_ms FROM comment WHERE uri = '${uri}'`));
});

test('peertube: a video of a followed channel arrives, changes, is shared and goes', async () => {
  const channel = ids['https://peertube.example/video-channels/grace_channel'];
  await sql(server, `INSERT INTO follow (id, follower_id, target_id, state, created_ms) VALUES (12, 50, ${channel}, 'pending', 1)`);
  await deliver('peertube-accept-follow');
  assert.equal(await one(server, 'SELECT state FROM follow WHERE id = 12'), 'accepted');
  await deliver('peertube-create-video');
  const v = (await sql(server, `SELECT * FROM video WHERE uri = '${remoteVideo}'`))[0];
  assert.ok(v, await one(server, 'SELECT note FROM incoming ORDER BY id DESC LIMIT 1'));
  const remote = JSON.parse(v.remote);
  assert.equal(v.channel_id, channel);
  assert.deepEqual([v.name, v.duration_ms, v.category, v.licence, v.language, v.privacy, v.nsfw, v.comments_policy, v.listed, v.playable],
    ['Sample video', 95000, 15, 1, 'en', 1, 0, 1, 1, 1]);
  assert.equal(v.tags, '["science"]');
  assert.match(v.description, /markdown/);
  assert.equal(remote.page, 'https://peertube.example/w/8gq1fr9ZbcQ2h6uYwA1V2B');
  assert.match(remote.playlists[0].url, /\.m3u8$/);
  assert.ok(remote.playlists[0].files.length > 0);
  assert.ok(remote.files[0].height === 720 && v.height >= 720);
  assert.equal(remote.thumbnails.length, 2);
  assert.equal(remote.storyboard.tileDuration, 1);
  assert.deepEqual(remote.captions, [{ language: 'en', label: 'English', url: 'https://peertube.example/lazy-static/video-captions/1-en.vtt', automatic: false }]);
  assert.ok(remote.comments && remote.likes && remote.shares);
  await deliver('peertube-announce');
  assert.equal(await one(server, `SELECT shares FROM video WHERE uri = '${remoteVideo}'`), 1);
  await deliver('peertube-update-video');
  assert.equal(await one(server, `SELECT name FROM video WHERE uri = '${remoteVideo}'`), note('peertube-update-video').name);
  await deliver('peertube-approve-reply'); // of a comment that is not here
  await deliver('peertube-delete-video');
  assert.equal(await one(server, `SELECT count(*) FROM video WHERE uri = '${remoteVideo}'`), 0);
});

test('a replayed letter is taken once', async () => {
  const was = await trace();
  for (const name of activities) {
    const answer = await send(server, asRequest(fixture(name)));
    if (!/delete-actor|peertube/.test(name)) assert.equal(answer.status, 202, `${name}: ${answer.text}`);
    if (/delete-actor/.test(name)) break;
  }
  await settled(server);
  assert.equal(JSON.parse(was).find(r => r.t === 'comment').n, await one(server, 'SELECT count(*) FROM comment'));
});

for (const peer of [...microblogs, 'peertube'].filter(p => has(`${p}-delete-actor`))) {
  test(`${peer}: an account that says farewell is gone with what it did`, async () => {
    const id = ids[fixture(`${peer}-delete-actor`).body.actor];
    await deliver(`${peer}-delete-actor`);
    assert.equal(await one(server, `SELECT gone FROM actor WHERE id = ${id}`), 1);
    assert.equal(await one(server, `SELECT count(*) FROM follow WHERE follower_id = ${id}`), 0);
    assert.equal(await one(server, `SELECT count(*) FROM comment WHERE actor_id = ${id} AND deleted_ms IS NULL`), 0);
    assert.equal(await one(server, `SELECT count(*) FROM rate WHERE actor_id = ${id}`), 0);
  });
}

test('the farewell of a stranger is taken politely and leaves nothing', async () => {
  const was = await trace();
  const answer = await send(server, asRequest(fixture('mastodon-delete-actor'), r => {
    r.body = Buffer.from(r.body.toString().replaceAll('mastodon.example', 'stranger.example'));
    r.headers.Digest = `SHA-256=${createHash('sha256').update(r.body).digest('base64')}`;
  }));
  assert.equal(answer.status, 202, answer.text);
  assert.equal(await trace(), was);
});
