// peertube.test.mjs — what running PeerTubes do and others do not: older ones sign in the name of the
// actor instead of his key, and serve documents that are a second old while they tell of newer ones.

import assert from 'node:assert/strict';
import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { freePort, startServer } from '../api/server.mjs';
import { insert, one, send, until } from './peers.mjs';

const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public';
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' });
const uuid = 'd3b0c1a2-5d0b-4c55-9b3e-2f1d6a1c8b10';
let server, peer, origin, account, channel, video;

const actor = (type, id, more) => ({ type, id, preferredUsername: id.split('/').pop(), name: type, inbox: `${id}/inbox`, outbox: `${id}/outbox`, followers: `${id}/followers`,
  following: `${id}/following`, url: id, endpoints: { sharedInbox: `${origin}/inbox` }, publicKey: { id: `${id}#main-key`, owner: id, publicKeyPem }, ...more });

before(async () => {
  server = await startServer({ env: { ZOETROPE_FEDERATION_INSECURE: 'true' } });
  const port = await freePort();
  origin = `http://localhost:${port}`;
  account = actor('Person', `${origin}/accounts/grace`);
  channel = actor('Group', `${origin}/video-channels/films`, { attributedTo: [account.id] });
  video = { type: 'Video', id: `${origin}/videos/watch/${uuid}`, uuid, name: 'First name', duration: 'PT5S', published: '2026-01-04T10:00:00.000Z', updated: '2026-01-04T10:00:00.000Z', views: 0, state: 1,
    commentsPolicy: 1, to: [PUBLIC], cc: [], attributedTo: [{ type: 'Person', id: account.id }, { type: 'Group', id: channel.id }], tag: [],
    icon: [{ type: 'Image', url: `${origin}/t.jpg`, mediaType: 'image/jpeg', width: 280, height: 157 }],
    url: [{ type: 'Link', mediaType: 'text/html', href: `${origin}/w/x` }, { type: 'Link', mediaType: 'video/mp4', href: `${origin}/720.mp4`, height: 720, width: 1280, size: 1000 }] };
  const stale = structuredClone(video);
  peer = createServer((request, answer) => {
    const found = [account, channel, stale].find(d => new URL(d.id).pathname === request.url);
    answer.writeHead(found ? 200 : 404, { 'content-type': 'application/activity+json' });
    answer.end(found && JSON.stringify({ '@context': ['https://www.w3.org/ns/activitystreams'], ...found }));
  });
  await new Promise(done => peer.listen(port, '127.0.0.1', done));
});
after(async () => {
  await server?.stop();
  peer?.closeAllConnections();
  peer?.close();
});

function post(activity) {
  const host = new URL(server.url).host, date = new Date().toUTCString();
  const body = Buffer.from(JSON.stringify({ '@context': 'https://www.w3.org/ns/activitystreams', ...activity }));
  const digest = `SHA-256=${createHash('sha256').update(body).digest('base64')}`;
  const signature = createSign('rsa-sha256').update(`(request-target): post /inbox\nhost: ${host}\ndate: ${date}\ndigest: ${digest}`).sign(privateKey, 'base64');
  return send(server, { target: '/inbox', body, headers: { Host: host, Date: date, Digest: digest, 'Content-Type': 'application/activity+json', 'Content-Length': body.length,
    Signature: `keyId="${activity.actor}",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="${signature}"` } });
}
const name = () => one(server, `SELECT name FROM video WHERE uri = '${video.id}'`);

test('a signature in the name of the actor is his, when he has one key', async () => {
  const answer = await post({ id: `${origin}/follows/1`, type: 'Follow', actor: account.id, object: `${server.url}/accounts/root` });
  assert.equal(answer.status, 202, answer.text);
  await until('the follow', () => one(server, "SELECT count(*) FROM follow WHERE state = 'accepted'"));
  const again = await post({ id: `${origin}/likes/1`, type: 'Like', actor: account.id, object: `${server.url}/videos/watch/${uuid}` }); // known by now
  assert.equal(again.status, 202, again.text);
  const other = await post({ id: `${origin}/follows/2`, type: 'Follow', actor: `${origin}/accounts/nobody`, object: `${server.url}/accounts/root` });
  assert.equal(other.status, 401, other.text);
});

test('what is told counts when what is served is older', async () => {
  const grace = await one(server, `SELECT id FROM actor WHERE uri = '${account.id}'`);
  await insert(server, 'follow', { follower_id: await one(server, "SELECT id FROM actor WHERE name = 'root' AND uri IS NULL"), target_id: grace, state: 'accepted', created_ms: 1 });
  assert.equal((await post({ id: `${video.id}/activity`, type: 'Create', actor: account.id, to: [PUBLIC], object: video })).status, 202);
  await until('the video', async () => await name() === 'First name');
  const update = { ...video, name: 'Second name', updated: '2026-01-04T11:00:00.000Z' };
  assert.equal((await post({ id: `${video.id}/updates/1`, type: 'Update', actor: account.id, to: [PUBLIC], object: update })).status, 202);
  await until('the new name', async () => await name() === 'Second name');
});
