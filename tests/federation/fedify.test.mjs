// fedify.test.mjs — the whole conversation with a server that shares no code with ours: it finds,
// follows, receives, answers, edits, likes, shares, takes back and deletes, and so do we. Once in
// each dialect of signatures, then with a peer that was away.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Accept, Announce, Create, Delete, EmojiReact, Follow, Group, Like, Mention, Note, Person, PUBLIC_COLLECTION, Tombstone, Undo, Update, Video } from '@fedify/fedify/vocab';
import { verifyJsonLd } from '@fedify/fedify/sig';
import { startServer, testClip } from '../api/server.mjs';
import { CAVAGE, RFC9421, startPeer } from './fedify-peer.mjs';
import { one, until } from './peers.mjs';

let server, token, file;
before(async () => {
  server = await startServer({ env: { ZOETROPE_FEDERATION_INSECURE: 'true', ZOETROPE_FEDERATION_RETRY_MS: '50' } });
  token = await server.token();
  file = await testClip({ seconds: 2 });
});
after(() => server?.stop());

const html = text => `<p>${text}</p>`;
const threads = async uuid => (await server.api('GET', `/api/v1/videos/${uuid}/comment-threads?sort=createdAt`)).json.data;
const figures = async uuid => {
  const { json } = await server.api('GET', `/api/v1/videos/${uuid}`);
  return { likes: json.likes, comments: json.comments, shares: await one(server, `SELECT shares FROM video WHERE uuid = '${uuid}'`) };
};
const asActivity = url => fetch(url, { headers: { accept: 'application/activity+json' } });

async function upload(name) {
  const { uuid } = await server.upload(token, file, { name, description: 'First line', tags: ['sea', 'lions'], waitTranscoding: true });
  return uuid;
}

async function follow(peer, target) {
  const wish = new Follow({ id: peer.id('follows'), actor: peer.actorId, object: target.id });
  await peer.send(target, wish);
  const yes = await peer.got(Accept, a => a.actorId.href === target.id.href);
  assert.equal(yes.objectId.href, wish.id.href, 'the Accept names the Follow by the id it had');
  return wish;
}

for (const [name, dialect, only] of [['ann', CAVAGE, CAVAGE], ['ron', RFC9421, RFC9421]]) {
  test(`a peer that signs and reads ${dialect} alone`, async t => {
    const peer = await startPeer({ name, dialect, only });
    t.after(() => peer.stop());
    const to = { to: PUBLIC_COLLECTION, cc: peer.followers };
    let channel, account, wish, uuid, videoId, reply, ours;

    await t.test('finds channel and account, and follows them', async () => {
      const found = await peer.ctx.lookupWebFinger(`${server.url}/video-channels/root_channel`);
      assert.equal(found.subject, `acct:root_channel@localhost:${server.port}`);
      channel = await peer.find(found.links.find(l => l.rel === 'self' && l.type === 'application/activity+json').href);
      account = await peer.find(`${server.url}/accounts/root`);
      assert.ok(channel instanceof Group && account instanceof Person);
      assert.equal(channel.attributionId.href, account.id.href);
      const followers = (await server.api('GET', '/api/v1/video-channels/root_channel')).json.followersCount;
      wish = await follow(peer, channel);
      await follow(peer, account);
      assert.equal((await server.api('GET', '/api/v1/video-channels/root_channel')).json.followersCount, followers + 1);
    });

    await t.test('receives a new video, by its account and by its channel', async () => {
      uuid = await upload(`A clip for ${name}`);
      const create = await peer.got(Create), announce = await peer.got(Announce, a => a.actorId.href === channel.id.href);
      videoId = announce.objectId;
      assert.equal(create.actorId.href, account.id.href);
      assert.equal(create.objectId.href, videoId.href);
      const pushed = await create.getObject(), fetched = await peer.find(videoId);
      assert.ok(pushed instanceof Video && fetched instanceof Video);
      for (const video of [pushed, fetched]) {
        assert.equal(video.name.toString(), `A clip for ${name}`);
        assert.equal(video.id.href, `${server.url}/videos/watch/${uuid}`);
        assert.equal(video.attributionIds[0].href, account.id.href);
        assert.equal(video.audienceId.href, channel.id.href);
        assert.equal(video.urls[0].mediaType, 'text/html');
        assert.equal(video.urls[1].mediaType, 'video/mp4');
        assert.equal(video.duration.seconds, 2);
      }
      const shown = await peer.find(announce.id);
      assert.ok(shown instanceof Announce && shown.objectId.href === videoId.href);
    });

    await t.test('answers, and the answer stands under the video', async () => {
      reply = peer.note({ content: html(`Lovely, says ${name}`), replyTarget: videoId, ...to });
      await peer.send(account, new Create({ id: peer.id('creates'), actor: peer.actorId, object: reply, ...to }));
      const [comment] = await until('the comment', async () => { const all = await threads(uuid); return all.length && all; }, 60000);
      assert.equal(comment.text.replace(/<[^>]*>/g, ''), `Lovely, says ${name}`);
      assert.deepEqual([comment.account.name, comment.account.host, comment.url], [name, `localhost:${peer.port}`, reply.id.href]);
      assert.equal((await figures(uuid)).comments, 1);
    });

    await t.test('edits its answer', async () => {
      reply = peer.change(reply, { content: html('Better said'), updated: Temporal.Now.instant() });
      await peer.send(account, new Update({ id: peer.id('updates'), actor: peer.actorId, object: reply, ...to }));
      await until('the edit', async () => /Better said/.test((await threads(uuid))[0].text), 60000);
    });

    await t.test('likes, reacts and shares, and takes each back', async () => {
      const kinds = [['likes', new Like({ id: peer.id('likes'), actor: peer.actorId, object: videoId })],
        ['likes', new EmojiReact({ id: peer.id('reacts'), actor: peer.actorId, object: videoId, content: '🎞' })],
        ['shares', new Announce({ id: peer.id('shares'), actor: peer.actorId, object: videoId, ...to })]];
      for (const [what, activity] of kinds) {
        const was = (await figures(uuid))[what];
        await peer.send(account, activity);
        await until(`${what} rise`, async () => (await figures(uuid))[what] === was + 1, 60000);
        await peer.send(account, activity); // once more changes nothing
        await peer.send(account, new Undo({ id: peer.id('undos'), actor: peer.actorId, object: activity }));
        await until(`${what} fall`, async () => (await figures(uuid))[what] === was, 60000);
      }
    });

    await t.test('hears our answer, its edit and its end', async () => {
      const [comment] = await threads(uuid);
      const answer = await server.api('POST', `/api/v1/videos/${uuid}/comments/${comment.id}`, { token, json: { text: 'Thank *you*' } });
      assert.equal(answer.status, 200, answer.text);
      const create = await peer.got(Create);
      ours = await create.getObject();
      assert.ok(ours instanceof Note);
      assert.equal(create.actorId.href, account.id.href);
      assert.equal(ours.replyTargetId.href, reply.id.href);
      assert.match(ours.content.toString(), /Thank <em>you<\/em>/);
      assert.equal(await verifyJsonLd(peer.letters.find(l => l.json.id === create.id.href).json, peer.loaders()), true, 'who forwards it can prove that it is ours');
      for await (const tag of ours.getTags()) assert.ok(tag instanceof Mention && tag.href.href === peer.actorId.href);
      assert.equal((await peer.find(ours.id)).content.toString(), ours.content.toString());

      const at = `/api/v1/videos/${uuid}/comments/${answer.json.comment.id}`;
      assert.equal((await server.api('PUT', at, { token, json: { text: 'Thanks' } })).status, 204);
      const edited = await (await peer.got(Update)).getObject();
      assert.equal(edited.id.href, ours.id.href);
      assert.match(edited.content.toString(), /Thanks/);
      assert.ok(Temporal.Instant.compare(edited.updated, edited.published) > 0);

      assert.equal((await server.api('DELETE', at, { token })).status, 204);
      assert.equal((await peer.got(Delete)).objectId.href, ours.id.href);
      const gone = await asActivity(ours.id);
      assert.equal(gone.status, 410);
      assert.equal((await gone.json()).type, 'Tombstone');
    });

    await t.test('hears what is liked here, and that it no longer is', async () => {
      const rate = rating => server.api('PUT', `/api/v1/videos/${uuid}/rate`, { token, json: { rating } });
      assert.equal((await rate('like')).status, 204);
      const like = await peer.got(Like);
      assert.deepEqual([like.actorId.href, like.objectId.href], [account.id.href, videoId.href]);
      assert.ok(await peer.find(like.id) instanceof Like);
      assert.equal((await rate('none')).status, 204);
      const undo = await peer.got(Undo);
      assert.equal((await undo.getObject()).id.href, like.id.href);
      assert.ok([404, 410].includes((await asActivity(like.id)).status));
    });

    await t.test('deletes its answer', async () => {
      await peer.send(account, new Delete({ id: peer.id('deletes'), actor: peer.actorId, object: peer.bury(reply), ...to }));
      await until('the comment goes', async () => (await figures(uuid)).comments === 0, 60000);
      assert.equal(await one(server, `SELECT html FROM comment WHERE uri = '${reply.id}'`) || '', '', 'nothing of the text is kept');
    });

    await t.test('hears of the edit and the end of the video', async () => {
      assert.equal((await server.api('PUT', `/api/v1/videos/${uuid}`, { token, json: { name: 'Another name' } })).status, 204);
      const update = await peer.got(Update);
      const changed = await update.getObject();
      assert.equal(changed.name.toString(), 'Another name');
      assert.ok(Temporal.Instant.compare(changed.updated, changed.published) > 0);
      assert.equal((await server.api('DELETE', `/api/v1/videos/${uuid}`, { token })).status, 204);
      const end = await peer.got(Delete);
      assert.equal(end.objectId.href, videoId.href);
      assert.equal(end.actorId.href, account.id.href);
      const gone = await asActivity(videoId);
      assert.equal(gone.status, 410);
      assert.ok(Tombstone && (await gone.json()).formerType === 'Video');
    });

    await t.test('stops to follow', async () => {
      await peer.send(channel, new Undo({ id: peer.id('undos'), actor: peer.actorId, object: wish }));
      await until('one follower less', async () => await one(server, `SELECT count(*) FROM follow JOIN actor f ON f.id = follower_id JOIN actor t ON t.id = target_id
        WHERE f.uri = '${peer.actorId}' AND t.name = 'root_channel'`) === 0, 60000);
    });

    assert.deepEqual(peer.letters.filter(l => l.status !== 202), [], 'all that came was signed well');
    assert.ok(peer.letters.length >= 11 && peer.letters.every(l => l.dialect === dialect), 'all of it in the dialect that it reads');
    assert.doesNotMatch(server.log(), /inbox" status=40[013]/, 'and we took all of its own at the first knock');
    assert.equal(peer.error, undefined);
    assert.deepEqual(peer.activities, [], 'nothing came that was not expected');
  });
}

test('a peer that was away gets what waited for it, once', async t => {
  const peer = await startPeer({ name: 'away' });
  t.after(() => peer.stop());
  const channel = await peer.find(`${server.url}/video-channels/root_channel`);
  await follow(peer, channel);
  await peer.stop();
  const uuids = [];
  for (let i = 0; i < 3; i++) uuids.push(await upload(`Missed ${i}`));
  const waiting = () => one(server, `SELECT count(*) FROM delivery WHERE inbox LIKE '${peer.origin}/%'`);
  // Not each of them need be tried: a host that fails five times in a row is set aside with all that waits for it.
  await until('delivery was tried', async () => await waiting() === 3
    && await one(server, `SELECT max(attempts) FROM delivery WHERE inbox LIKE '${peer.origin}/%'`) > 0, 120000);
  await server.restart(); // what waits is on disk
  assert.equal(await waiting(), 3);
  await peer.start();
  for (const uuid of uuids) await peer.got(Announce, a => a.objectId.href.endsWith(uuid));
  await until('nothing waits', async () => await waiting() === 0, 60000);
  assert.equal(peer.letters.filter(l => l.json.type === 'Announce').length, 3);
});
