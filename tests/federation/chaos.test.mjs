// chaos.test.mjs — many people on two sites do everything at once, and undo half of it at once: what is
// changed is deleted before the change was told, what is answered is gone. No answer may be the server's
// fault, no server may end, and when all is told both sites agree on what is left.
//
//   CHAOS_SECONDS=300 CHAOS_SEED=7 node --test tests/federation/chaos.test.mjs

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { startServer, testClip } from '../api/server.mjs';
import { one, sql, until } from './peers.mjs';

const SECONDS = Number(process.env.CHAOS_SECONDS ?? 12), SEED = Number(process.env.CHAOS_SEED ?? 1), PEOPLE = 4, UPLOADS = 3 + SECONDS / 6;
const env = {
  ZOETROPE_FEDERATION_INSECURE: 'true', ZOETROPE_FEDERATION_RETRY_MS: '100', ZOETROPE_FEDERATION_GETS_PER_MINUTE: '60000',
  ZOETROPE_SIGNUP: 'open', ZOETROPE_RESOLUTIONS: '144',
};
const honest = /this video is not ready yet|too many lookups at other servers/; // 503 that people may meet
const sites = [];
const faults = [], counts = new Map();
let clip, made = 0, uploads = 0;

/** mulberry32: the same seed, the same choices (though not the same order of what they meet). */
let state = SEED;
function random() {
  state = state + 0x6d2b79f5 | 0;
  let t = Math.imul(state ^ state >>> 15, 1 | state);
  t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
  return ((t ^ t >>> 14) >>> 0) / 4294967296;
}
const below = n => Math.floor(random() * n);
const any = list => list[below(list.length)];
const name = prefix => `${prefix}${++made}`;

class Site {
  constructor(server) {
    this.server = server;
    this.host = `localhost:${server.port}`;
    this.people = [];   // { name, token }
    this.channels = []; // { name, owner, main }
    this.videos = [];   // { uuid, owner, steady }: those stay public
    this.comments = []; // { id, video, owner }: of people here, on any video
  }

  /** One request; faults of the server are kept, everything else is an answer. */
  async ask(method, target, { token, ...more } = {}) {
    const what = `${method} ${target.replace(/[0-9a-f-]{36}|\d+/g, ':')}`;
    try {
      const answer = await this.server.api(method, target, { token, ...more });
      counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
      if (answer.status >= 500 && !honest.test(answer.text)) faults.push(`${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
      return answer;
    } catch (error) {
      faults.push(`${what}: ${error.message} ${error.cause?.message ?? ''}`);
      return { status: 0 };
    }
  }

  async signUp() {
    const who = { name: name('person'), password: 'a long password' };
    const answer = await this.ask('POST', '/api/v1/users/register', { json: { username: who.name, password: who.password, channel: { name: `${who.name}_main`, displayName: 'Main' } } });
    if (answer.status >= 300) return undefined;
    who.token = await this.server.token(who.name, who.password);
    this.people.push(who);
    this.channels.push({ name: `${who.name}_main`, owner: who, main: true });
    return who;
  }

  handle(other, it) { return other === this ? it.name : `${it.name}@${other.host}`; }
}

const elsewhere = site => sites[1 - sites.indexOf(site)];
const take = (list, it) => list.includes(it) && list.splice(list.indexOf(it), 1);
const own = (list, who) => any(list.filter(it => it.owner === who));

/** What somebody does: (site, who). Each looks for something to do it with, and does nothing without. */
const deeds = {
  async upload(site, who) {
    if (uploads >= UPLOADS) return;
    uploads++;
    const channel = any(site.channels.filter(c => c.owner === who)), id = (await site.ask('GET', `/api/v1/video-channels/${channel.name}`)).json?.id;
    const form = new FormData();
    for (const [field, value] of Object.entries({ name: name('Video '), channelId: id, privacy: 1, 'tags[0]': 'chaos' })) form.append(field, String(value));
    form.append('videofile', new Blob([clip]), 'a.mp4');
    const answer = await site.ask('POST', '/api/v1/videos/upload', { token: who.token, form });
    if (answer.status === 200) site.videos.push({ uuid: answer.json.video.uuid, owner: who, steady: uploads % 2 === 0, at: Date.now() });
  },
  async editVideo(site, who) {
    const v = own(site.videos, who);
    if (!v) return;
    const changes = [{ name: name('Renamed ') }, { description: name('About ') }];
    if (!v.steady && Date.now() - v.at > 5000) changes.push({ privacy: 1 + below(4) }, { privacy: 1 }); // not while it is about to be announced
    await site.ask('PUT', `/api/v1/videos/${v.uuid}`, { token: who.token, json: any(changes) });
  },
  async chapters(site, who) {
    const v = own(site.videos, who);
    if (v) await site.ask('PUT', `/api/v1/videos/${v.uuid}/chapters`, { token: who.token, json: { chapters: below(2) ? [{ timecode: 0, title: name('Part ') }] : [] } });
  },
  async caption(site, who) {
    const v = own(site.videos, who), form = new FormData();
    if (!v) return;
    form.append('captionfile', new Blob([`WEBVTT\n\n00:00.000 --> 00:01.000\n${name('Words ')}\n`]), 'a.vtt');
    await site.ask('PUT', `/api/v1/videos/${v.uuid}/captions/de`, { token: who.token, form });
    if (below(2)) await site.ask('DELETE', `/api/v1/videos/${v.uuid}/captions/de`, { token: who.token });
  },
  async deleteVideo(site, who) {
    const v = own(site.videos, who);
    if (!v || below(3)) return;
    take(site.videos, v);
    await Promise.all([ // changed and gone at once
      site.ask('PUT', `/api/v1/videos/${v.uuid}`, { token: who.token, json: { name: name('Last name ') } }),
      site.ask('DELETE', `/api/v1/videos/${v.uuid}`, { token: who.token })]);
  },
  async addChannel(site, who) {
    const c = { name: name('channel'), owner: who };
    if ((await site.ask('POST', '/api/v1/video-channels', { token: who.token, json: { name: c.name, displayName: 'Another' } })).status === 200) site.channels.push(c);
  },
  async editChannel(site, who) {
    const c = own(site.channels, who);
    if (c) await site.ask('PUT', `/api/v1/video-channels/${c.name}`, { token: who.token, json: { displayName: name('Called '), description: name('About ') } });
  },
  async deleteChannel(site, who) {
    const c = own(site.channels.filter(one => !one.main), who);
    if (!c) return;
    take(site.channels, c);
    const change = site.ask('PUT', `/api/v1/video-channels/${c.name}`, { token: who.token, json: { displayName: name('Last ') } });
    if (below(2)) await change;
    await Promise.all([change, site.ask('DELETE', `/api/v1/video-channels/${c.name}`, { token: who.token })]);
  },
  async editMyself(site, who) {
    await site.ask('PUT', '/api/v1/users/me', { token: who.token, json: { displayName: name('Me '), description: name('About ') } });
  },
  async comeAndGo(site) {
    const who = await site.signUp();
    if (!who) return;
    take(site.people, who);
    site.channels = site.channels.filter(c => c.owner !== who);
    for (let i = below(4); i >= 0; i--) await any([deeds.comment, deeds.rate, deeds.follow, deeds.addChannel, deeds.editMyself])(site, who);
    await Promise.all([
      site.ask('PUT', '/api/v1/users/me', { token: who.token, json: { displayName: 'Gone soon' } }),
      site.ask('DELETE', '/api/v1/users/me', { token: who.token })]);
    site.channels = site.channels.filter(c => c.owner !== who);
    site.comments = site.comments.filter(c => c.owner !== who);
  },
  async comment(site, who) {
    const v = any([...sites[0].videos, ...sites[1].videos]);
    if (!v) return;
    const to = site.comments.filter(c => c.video === v);
    const target = to.length && below(2) ? `comments/${any(to).id}` : 'comment-threads';
    const answer = await site.ask('POST', `/api/v1/videos/${v.uuid}/${target}`, { token: who.token, json: { text: `${name('Comment ')} **bold** @${any(elsewhere(site).people).name}@${elsewhere(site).host}` } });
    if (answer.status === 200) site.comments.push({ id: answer.json.comment.id, video: v, owner: who });
  },
  async editComment(site, who) {
    const c = own(site.comments, who);
    if (c) await site.ask('PUT', `/api/v1/videos/${c.video.uuid}/comments/${c.id}`, { token: who.token, json: { text: name('Edited ') } });
  },
  async deleteComment(site, who) {
    const c = own(site.comments, who);
    if (!c) return;
    take(site.comments, c);
    await Promise.all([
      site.ask('PUT', `/api/v1/videos/${c.video.uuid}/comments/${c.id}`, { token: who.token, json: { text: name('Last words ') } }),
      site.ask('DELETE', `/api/v1/videos/${c.video.uuid}/comments/${c.id}`, { token: who.token })]);
  },
  async rate(site, who) {
    const v = any([...sites[0].videos, ...sites[1].videos]);
    if (v) await site.ask('PUT', `/api/v1/videos/${v.uuid}/rate`, { token: who.token, json: { rating: any(['like', 'dislike', 'none']) } });
  },
  async share(site, who) {
    const v = any([...sites[0].videos, ...sites[1].videos]);
    if (v) await site.ask(any(['PUT', 'DELETE']), `/api/v1/videos/${v.uuid}/share`, { token: who.token });
  },
  async follow(site, who) {
    const there = any(sites), c = any([...there.channels, ...there.people]), handle = `${c.name}@${there.host}`;
    await site.ask('POST', '/api/v1/users/me/subscriptions', { token: who.token, json: { uri: handle } });
    if (below(2)) await site.ask('DELETE', `/api/v1/users/me/subscriptions/${handle}`, { token: who.token });
  },
  async mute(site, who) {
    const handle = `root@${elsewhere(site).host}`; // who says nothing: whoever is muted is not heard, and both sites differ
    await site.ask('POST', '/api/v1/users/me/blocklist/accounts', { token: who.token, json: { accountName: handle } });
    await site.ask('DELETE', `/api/v1/users/me/blocklist/accounts/${handle}`, { token: who.token });
  },
  async report(site, who) {
    const v = any([...sites[0].videos, ...sites[1].videos]), id = v && (await site.ask('GET', `/api/v1/videos/${v.uuid}`, { token: who.token })).json?.id;
    if (id) await site.ask('POST', '/api/v1/abuses', { token: who.token, json: { reason: 'Too much of it', video: { id } } });
  },
  async watch(site, who) {
    const v = any([...sites[0].videos, ...sites[1].videos]);
    if (v) await site.ask('POST', `/api/v1/videos/${v.uuid}/views`, { token: who.token, json: { currentTime: 1 } });
  },
  async search(site, who) {
    const there = any(sites), v = any(there.videos), c = any(there.channels);
    if (v) await site.ask('GET', `/api/v1/search/videos?search=${encodeURIComponent(`http://${there.host}/videos/watch/${v.uuid}`)}`, { token: who.token });
    await site.ask('GET', `/api/v1/search/video-channels?search=${encodeURIComponent(`${c.name}@${there.host}`)}`, { token: who.token });
  },
  async look(site, who) {
    const there = any(sites), v = any(there.videos), c = any(there.channels), handle = site.handle(there, c);
    const pages = ['/', '/api/v1/videos?sort=-trending', '/api/v1/overviews/videos', '/api/v1/users/me/notifications', '/api/v1/users/me/subscriptions/videos', '/api/v1/users/me/videos',
      `/api/v1/video-channels/${handle}`, `/api/v1/video-channels/${handle}/videos`, `/api/v1/accounts/${site.handle(there, c.owner)}`, `/c/${handle}`,
      ...v ? [`/w/${v.uuid}`, `/api/v1/videos/${v.uuid}`, `/api/v1/videos/${v.uuid}/comment-threads`, `/videos/embed/${v.uuid}`] : []];
    await site.ask('GET', any(pages), { token: who.token });
    const documents = [`/accounts/${c.owner.name}`, `/video-channels/${c.name}`, `/video-channels/${c.name}/outbox`, `/video-channels/${c.name}/outbox/page/1`, `/accounts/${c.owner.name}/followers`,
      ...v ? ['', '/comments', '/likes', '/announces'].map(part => `/videos/watch/${v.uuid}${part}`) : []];
    await there.ask('GET', any(documents), { headers: { accept: 'application/activity+json' } });
  },
};
// How often each is done beside the others.
const weights = { upload: 3, deleteVideo: 1, deleteChannel: 3, addChannel: 3, comeAndGo: 1, comment: 6, editComment: 4, deleteComment: 3, look: 8 };
const hat = Object.keys(deeds).flatMap(deed => Array(weights[deed] ?? 2).fill(deed));

before(async () => {
  clip = readFileSync(await testClip({ seconds: 1 }));
  for (const server of await Promise.all([startServer({ env }), startServer({ env })])) sites.push(new Site(server));
  for (const site of sites) for (let i = 0; i < PEOPLE; i++) await site.signUp();
  for (const site of sites) { // root follows everybody there, so that everything has somewhere to go
    const root = await site.server.token();
    for (const c of elsewhere(site).channels) {
      assert.equal((await site.server.api('POST', '/api/v1/users/me/subscriptions', { token: root, json: { uri: `${c.name}@${elsewhere(site).host}` } })).status, 204);
    }
    await until('the follows are accepted', async () => await one(site.server, "SELECT count(*) FROM follow WHERE state <> 'accepted'") === 0);
  }
  for (const site of sites) for (const who of site.people.slice(0, 1)) await deeds.upload(site, who);
});
after(() => Promise.all(sites.map(site => site.server.stop())));

test('whatever people do at once, it is never the server’s fault', { timeout: (SECONDS + 120) * 1000 }, async () => {
  const end = Date.now() + SECONDS * 1000;
  const walk = async (site, who) => {
    while (Date.now() < end && faults.length < 20) await deeds[any(hat)](site, who);
  };
  await Promise.all(sites.flatMap(site => site.people.map(who => walk(site, who))));
  console.log(`# answers: ${[...counts].sort().map(([status, n]) => `${n} of ${status}`).join(', ')}`);
  assert.deepEqual(faults, []);
});

test('both sites agree in the end, and nothing failed behind the scenes', { timeout: 300000 }, async () => {
  const waiting = `SELECT (SELECT count(*) FROM delivery) + (SELECT count(*) FROM incoming WHERE done = 0) + (SELECT count(*) FROM job WHERE state IN ('pending', 'running'))`;
  let quiet = 0; // what one works through may give the other something to do
  await until('all is told', async () => {
    const left = await Promise.all(sites.map(({ server }) => one(server, waiting)));
    quiet = left.every(n => n === 0) ? quiet + 1 : 0;
    return quiet > 5;
  }, 200000);
  for (const site of sites) {
    const there = elsewhere(site), { server } = site;
    assert.deepEqual(await sql(server, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
    assert.deepEqual(await sql(server, 'PRAGMA foreign_key_check'), []);
    assert.deepEqual(await sql(server, "SELECT kind, reason FROM job WHERE state = 'failed' AND NOT (kind = 'import_outbox' AND reason GLOB 'it answered 4*')"), []); // its channel has left
    assert.deepEqual(server.log().match(/^\S+ error .*$/gm) ?? [], []);
    // Of the channels that root follows: the same videos; below those that were public all the time the same comments, but for
    // answers to what was deleted: a site that never had that cannot place them.
    const videos = `SELECT v.uuid, v.name, v.likes, v.dislikes FROM video v JOIN actor c ON c.id = v.channel_id WHERE c.name LIKE '%_main' AND v.listed = 1 AND`;
    const theirs = await sql(there.server, `${videos} v.uri IS NULL ORDER BY uuid`);
    const copies = await sql(server, `${videos} v.uri LIKE 'http://${there.host}/%' ORDER BY uuid`);
    const short = list => list.map(v => `${v.uuid} ${v.name}`);
    assert.deepEqual(short(copies), short(theirs), `videos of ${there.host} as ${site.host} has them`);
    const steady = there.videos.filter(v => v.steady && theirs.some(one => one.uuid === v.uuid)).map(v => `'${v.uuid}'`);
    const comments = `WITH RECURSIVE shown (id, html) AS (
        SELECT c.id, c.html FROM comment c JOIN video v ON v.id = c.video_id WHERE v.uuid IN (${steady}) AND c.parent_id IS NULL AND c.deleted_ms IS NULL
        UNION ALL SELECT c.id, c.html FROM comment c JOIN shown s ON s.id = c.parent_id WHERE c.deleted_ms IS NULL)
      SELECT html AS text FROM shown`;
    const texts = rows => rows.map(row => row.text.replace(/<[^>]*>/g, '').trim()).sort();
    assert.deepEqual(texts(await sql(server, comments)), texts(await sql(there.server, comments)), `comments on videos of ${there.host}`);
  }
});
