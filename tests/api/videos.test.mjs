// Videos over the API and as files: lists and filters, details, edits, privacy for every kind of
// caller, tokens, views, plain MP4s, torrents, pages. Every refusal that matters is a row of a table.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { decodes, ffprobe, sleep, startServer, testClip } from './server.mjs';

const PUBLIC = 1, UNLISTED = 2, PRIVATE = 3, INTERNAL = 4;
let server, who, videos = {}, file;

const relative = url => { const u = new URL(url); return u.pathname + u.search; };
const get = (target, as, more) => server.api('GET', target, { token: who[as], ...more });

async function user(name) {
  const password = `password of ${name}`;
  const answer = await server.api('POST', '/api/v1/users/register', {
    json: { username: name, password, email: `${name}@example.com`, channel: { name: `${name}_videos`, displayName: `${name} films` } },
  });
  assert.equal(answer.status, 204, answer.text);
  return server.token(name, password);
}

before(async () => {
  server = await startServer({ env: { ZOETROPE_SIGNUP: 'open', ZOETROPE_RESOLUTIONS: '144' } });
  const root = await server.token();
  who = { anonymous: undefined, moderator: root, owner: await user('olga'), other: await user('bob') };
  file = await testClip({ seconds: 4 });
  const made = [
    ['public', PUBLIC, { name: 'Sea lions at play', tags: ['Sea', 'lions'], category: 16, language: 'en', licence: 1,
      description: 'Watch them.\n0:00 They wake up\n0:02 They swim\n<script>alert(1)</script>' }],
    ['unlisted', UNLISTED, { name: 'Unlisted walruses' }],
    ['private', PRIVATE, { name: 'Private penguins' }],
    ['internal', INTERNAL, { name: 'Internal otters' }],
  ];
  for (const [key, privacy, fields] of made)
    videos[key] = await server.upload(who.owner, file, { privacy, ...fields });
  for (const key of Object.keys(videos))
    videos[key] = await server.waitVideo(videos[key].uuid, v => v.state.id === 1 && v.files[0]?.size > 0 && v.files[0].id > 0);
});
after(() => server?.stop());

// --- who may see what -------------------------------------------------------------------------

test('every kind of caller, every privacy, every part of a video', async () => {
  //                    public  unlisted  private  internal
  const expected = {
    anonymous: { public: 200, unlisted: 200, private: 401, internal: 401 },
    other:     { public: 200, unlisted: 200, private: 403, internal: 200 },
    owner:     { public: 200, unlisted: 200, private: 200, internal: 200 },
    moderator: { public: 200, unlisted: 200, private: 200, internal: 200 },
  };
  const parts = v => [
    `/api/v1/videos/${v.uuid}`,
    `/api/v1/videos/${v.shortUUID}`,
    `/api/v1/videos/${v.uuid}/description`,
    `/api/v1/videos/${v.uuid}/captions`,
    `/api/v1/videos/${v.uuid}/chapters`,
    `/api/v1/videos/${v.uuid}/storyboards`,
    `/api/v1/videos/${v.uuid}/comment-threads`,
    `/api/v1/videos/${v.uuid}/progress`,
    relative(v.files[0].metadataUrl),
    relative(v.streamingPlaylists[0].playlistUrl),
    relative(v.streamingPlaylists[0].segmentsSha256Url),
    relative(v.streamingPlaylists[0].files[0].playlistUrl),
    relative(v.streamingPlaylists[0].files[0].fileUrl),
    relative(v.streamingPlaylists[0].files[0].fileDownloadUrl),
    relative(v.streamingPlaylists[0].files[0].torrentUrl),
    relative(v.files[0].fileUrl),
    relative(v.files[0].fileDownloadUrl),
    relative(v.files[0].torrentUrl),
    `/download/videos/generate/${v.uuid}?videoFileIds=${v.files[0].id}`,
    `/download/videos/generate/${v.shortUUID}.mp4?videoFileIds=${v.streamingPlaylists[0].files[0].id}&videoFileIds=1`,
    `/w/${v.shortUUID}`,
    `/videos/watch/${v.uuid}`,
    `/videos/embed/${v.uuid}`,
  ];
  for (const [caller, row] of Object.entries(expected)) {
    for (const [key, status] of Object.entries(row)) {
      for (const target of parts(videos[key])) {
        const answer = await get(target, caller);
        assert.equal(answer.status, status, `${caller} GET ${target} (${key})`);
        if (status !== 200)
          assert.ok(!answer.text.includes(videos[key].name), `${target} tells ${caller} the name`);
      }
    }
  }
});

test('an unlisted video is not found by its number, but by its owner', async () => {
  const target = `/api/v1/videos/${videos.unlisted.id}`;
  assert.equal((await get(target, 'anonymous')).status, 404);
  assert.equal((await get(target, 'other')).status, 404);
  assert.equal((await get(target, 'owner')).status, 200);
  assert.equal((await get(target, 'moderator')).status, 200);
  assert.equal((await get(`/api/v1/videos/${videos.public.id}`, 'anonymous')).status, 200);
});

test('only owners and moderators change, whatever the privacy', async () => {
  const expected = { anonymous: 401, other: 403, owner: 204, moderator: 204 };
  for (const key of Object.keys(videos)) {
    for (const [caller, status] of Object.entries(expected)) {
      const token = who[caller];
      const put = await server.api('PUT', `/api/v1/videos/${videos[key].uuid}`, { token, json: { support: 'Buy fish' } });
      assert.equal(put.status, status, `${caller} PUT ${key}: ${put.text}`);
      const chapters = await server.api('PUT', `/api/v1/videos/${videos[key].uuid}/chapters`, {
        token, json: { chapters: [{ timecode: 1, title: 'One' }] } });
      assert.equal(chapters.status, status, `${caller} PUT chapters ${key}`);
      if (status !== 204)
        assert.equal((await server.api('DELETE', `/api/v1/videos/${videos[key].uuid}`, { token })).status, status);
    }
  }
  assert.equal((await get(`/api/v1/videos/${videos.public.uuid}`, 'anonymous')).json.support, 'Buy fish');
});

test('a file token opens one private video, for whoever may see it', async () => {
  const v = videos.private;
  const ask = (as, id = v.uuid) => server.api('POST', `/api/v1/videos/${id}/token`, { token: who[as] });
  assert.equal((await ask('anonymous')).status, 401);
  assert.equal((await ask('other')).status, 403);
  assert.equal((await ask('anonymous', videos.public.uuid)).status, 401);
  const { files } = (await ask('owner')).json;
  const life = Date.parse(files.expires) - Date.now();
  assert.ok(life > 7.9 * 3600e3 && life < 8.1 * 3600e3, files.expires);

  const with_ = (url, token, more = '') => get(`${relative(url)}?videoFileToken=${token}${more}`, 'anonymous');
  const master = v.streamingPlaylists[0].playlistUrl, mp4 = v.streamingPlaylists[0].files[0].fileUrl;
  assert.equal((await with_(master, files.token)).status, 200);
  assert.equal((await with_(mp4, files.token)).status, 200);
  assert.equal((await with_(v.files[0].fileUrl, files.token)).status, 200);
  assert.equal((await with_(videos.internal.files[0].fileUrl, files.token)).status, 403, 'another video');
  for (const wrong of ['x', '1-1-00', files.token.slice(0, -1), `f${files.token}`])
    assert.equal((await with_(master, wrong)).status, 403, wrong);
  // a plain player: names in playlists carry the token, all the way down to bytes
  const text = (await with_(master, files.token, '&reinjectVideoFileToken=true')).text;
  const rung = text.split('\n').find(line => line.includes('.m3u8') && !line.startsWith('#'));
  assert.match(rung, /\.m3u8\?videoFileToken=[0-9a-f-]+&reinjectVideoFileToken=true$/);
  assert.match(text, /URI="[^"]+\.m3u8\?videoFileToken=[0-9a-f-]+&reinjectVideoFileToken=true"/);
  const rungUrl = new URL(rung, master);
  const rungText = (await server.api('GET', rungUrl.pathname + rungUrl.search)).text;
  assert.match(rungText, /#EXT-X-MAP:URI="[^"]+-fragmented\.mp4\?videoFileToken=[0-9a-f-]+"/);
  await decodes(`${master}?videoFileToken=${files.token}&reinjectVideoFileToken=true`);
});

test('files of private videos are not in the public folder, whatever one asks for', async () => {
  for (const key of ['private', 'internal']) {
    const v = videos[key];
    for (const url of [v.streamingPlaylists[0].playlistUrl, v.streamingPlaylists[0].files[0].fileUrl])
      assert.equal((await get(relative(url).replace('/private/', '/'), 'owner')).status, 404);
    assert.equal((await get(relative(v.files[0].fileUrl).replace('/private/', '/'), 'anonymous')).status, 401);
    assert.ok(!existsSync(path.join(server.dataDir, 'hls', v.uuid)));
  }
});

test('nothing else of the data folder can be had through file routes', async () => {
  const v = videos.public, folder = `/static/streaming-playlists/hls/${v.uuid}`;
  const rung = relative(v.streamingPlaylists[0].files[0].fileUrl);
  for (const target of [
    rung.replace('-fragmented.mp4', '.map'), `${folder}/..%2f..%2fzoetrope.db`, `${folder}/.`, `${folder}/%00`,
    `${folder}/../../zoetrope.db`, '/static/streaming-playlists/hls/private/x/y', '/lazy-static/thumbnails/..%2fzoetrope.db',
    '/lazy-static/thumbnails/.jpg', '/client/assets/..%2f..%2fmanifest.json', '/static/web-videos/..%2f..%2fx.mp4',
    `/static/web-videos/${v.uuid}-99999999999.mp4`, '/lazy-static/avatars/a.png', '/lazy-static/torrents/x.torrent',
  ]) {
    const answer = await get(target, 'moderator');
    assert.ok([400, 404].includes(answer.status), `${target} ${answer.status}`);
  }
});

// --- lists ------------------------------------------------------------------------------------

const names = answer => { assert.equal(answer.status, 200, answer.text); return answer.json.data.map(v => v.name); };

test('strangers list public videos only; owners see theirs', async () => {
  for (const caller of ['anonymous', 'other', 'owner', 'moderator']) {
    for (const target of ['/api/v1/videos', '/api/v1/accounts/olga/videos', '/api/v1/video-channels/olga_videos/videos',
      '/api/v1/search/videos?search=sea', '/api/v1/search/videos']) {
      const answer = await get(target, caller);
      assert.deepEqual(names(answer), ['Sea lions at play'], `${caller} ${target}`);
      assert.equal(answer.json.total, 1);
    }
  }
  assert.equal((await get('/api/v1/users/me/videos', 'anonymous')).status, 401);
  assert.deepEqual(names(await get('/api/v1/users/me/videos', 'other')), []);
  const mine = await get('/api/v1/users/me/videos?sort=name', 'owner');
  assert.deepEqual(names(mine), ['Internal otters', 'Private penguins', 'Sea lions at play', 'Unlisted walruses']);
  assert.equal(mine.json.data[0].state.id, 1);
  assert.deepEqual(names(await get('/api/v1/users/me/videos?search=PENG', 'owner')), ['Private penguins']);
  assert.deepEqual(names(await get('/api/v1/users/me/videos?privacyOneOf=4', 'owner')), ['Internal otters']);
});

test('filters of moderators are refused to others', async () => {
  for (const filter of ['include=1', 'privacyOneOf=3', 'stateOneOf[]=2']) {
    assert.equal((await get(`/api/v1/videos?${filter}`, 'anonymous')).status, 401, filter);
    assert.equal((await get(`/api/v1/videos?${filter}`, 'owner')).status, 401, filter);
    assert.equal((await get(`/api/v1/videos?${filter}`, 'moderator')).status, 200, filter);
  }
  assert.deepEqual(names(await get('/api/v1/videos?privacyOneOf=3', 'moderator')), ['Private penguins']);
  assert.equal((await get('/api/v1/videos?include=1', 'moderator')).json.data.length, 4);
});

test('filters and sorts', async () => {
  const all = ['Sea lions at play'], none = [];
  for (const [query, expected] of [
    ['categoryOneOf=16', all], ['categoryOneOf=1', none], ['categoryOneOf[]=1&categoryOneOf[]=16', all],
    ['licenceOneOf=1', all], ['licenceOneOf=2', none], ['languageOneOf=en', all], ['languageOneOf=fr', none],
    ['languageOneOf=_unknown', none], ['tagsOneOf=sea', all], ['tagsOneOf=SEA&tagsOneOf=x', all], ['tagsOneOf=x', none],
    ['tagsAllOf=sea&tagsAllOf=lions', all], ['tagsAllOf=sea&tagsAllOf=x', none], ['nsfw=both', all], ['nsfw=true', none],
    ['nsfw=false', all], ['isLocal=true', all], ['isLocal=false', none], ['filter=local', all], ['isLive=true', none],
    ['isLive=false', all], ['hasHLSFiles=true', all], ['host=example.com', none], ['search=lions', all], ['search=li', all],
    ['search=tigers', none], ['search=%22%20OR%20*(', none], ['search=%27;DROP%20TABLE', none], ['start=1', none],
    ['count=0', none], ['durationMin=3', all], ['durationMin=60', none], ['durationMax=3', none], ['durationMax=4', all],
    ['startDate=2020-01-01', all], ['endDate=2020-01-01', none], [`uuids=${videos.public.uuid}`, all],
    [`uuids=${videos.private.uuid}`, none],
    ...['name', 'duration', 'createdAt', 'publishedAt', 'originallyPublishedAt', 'views', 'likes', 'comments', 'trending', 'hot',
      'best', 'localVideoFilesSize', 'match'].flatMap(s => [[`sort=${s}`, all], [`sort=-${s}`, all], [`search=sea&sort=-${s}`, all]]),
  ])
    for (const list of ['/api/v1/videos', '/api/v1/search/videos', '/api/v1/videos/'])
      assert.deepEqual(names(await get(`${list}?${query}`, 'anonymous')), expected, `${list}?${query}`);
  for (const bad of ['sort=nothing', 'start=-1', 'count=101', 'count=x', 'nsfw=perhaps', 'isLocal=2x', 'filter=x', 'startDate=x',
    'categoryOneOf=x', 'durationMin=-1', 'excludeAlreadyWatched=true', `search=${'a'.repeat(501)}`]) {
    const answer = await get(`/api/v1/videos?${bad}`, 'anonymous');
    assert.equal(answer.status, 400, bad);
    assert.match(answer.headers.get('content-type'), /problem\+json/);
  }
  assert.equal((await get('/api/v1/videos?skipCount=true', 'anonymous')).json.total, 0);
});

test('a list shows a change at once, though answers are kept', async () => {
  const rename = name => server.api('PUT', `/api/v1/videos/${videos.public.uuid}`, { token: who.owner, json: { name } });
  for (let i = 0; i < 20; i++) {
    assert.equal((await rename(`Sea lions ${i}`)).status, 204);
    assert.deepEqual(names(await get('/api/v1/videos', 'anonymous')), [`Sea lions ${i}`]);
    assert.deepEqual(names(await get(`/api/v1/search/videos?search=${i}`, 'anonymous')), [`Sea lions ${i}`]);
  }
  assert.deepEqual(names(await get('/api/v1/search/videos?search=play', 'anonymous')), []);
  await rename('Sea lions at play');
});

test('pictures and numbers have the types that clients expect', async () => {
  const { json } = await get('/api/v1/videos', 'anonymous');
  const v = json.data[0];
  assert.ok(Number.isInteger(v.id) && Number.isInteger(v.duration) && Number.isInteger(v.views));
  assert.equal(typeof v.thumbnailPath, 'string');
  assert.ok(v.thumbnails.some(t => t.width === 280 && t.height === 157 && t.aspectRatio === '16:9'));
  assert.ok(v.thumbnails.some(t => t.width === 850 && t.height === 480 && t.aspectRatio === '16:9'));
  for (const time of ['createdAt', 'updatedAt', 'publishedAt'])
    assert.match(v[time], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(v.category, { id: 16, label: 'Animals' });
  assert.deepEqual(v.language, { id: 'en', label: 'English' });
  assert.equal(v.account.name, 'olga');
  assert.equal(v.channel.name, 'olga_videos');
  assert.ok(!('videosLength' in v) && !('followersCount' in v), 'NewPipe guesses types by these');
  const image = await get(v.thumbnailPath, 'anonymous');
  assert.equal(image.status, 200);
  assert.equal(image.headers.get('content-type'), 'image/jpeg');
  assert.match(image.headers.get('cache-control'), /immutable/);
});

// --- one video --------------------------------------------------------------------------------

test('details have files that play', async () => {
  const v = (await get(`/api/v1/videos/${videos.public.shortUUID}`, 'anonymous')).json;
  assert.equal(v.description.split('\n')[0], 'Watch them.');
  assert.deepEqual(v.tags, ['Sea', 'lions']);
  const [playlist] = v.streamingPlaylists;
  assert.equal(playlist.type, 1);
  assert.match(playlist.playlistUrl, new RegExp(`/static/streaming-playlists/hls/${v.uuid}/[0-9a-f-]{36}-master\\.m3u8$`));
  const heights = playlist.files.map(f => f.resolution.id);
  assert.deepEqual(heights, [...heights].sort((a, b) => b - a));
  assert.equal(playlist.files.at(-1).resolution.label, 'Audio only');
  for (const f of [...v.files, ...playlist.files]) {
    assert.ok(f.torrentUrl && Number.isInteger(f.size) && Number.isInteger(f.fps) && f.fileUrl);
    const answer = await fetch(f.fileUrl, { method: 'HEAD' });
    assert.equal(Number(answer.headers.get('content-length')), f.size, f.fileUrl);
    assert.match(f.metadataUrl, /metadata\/\d+$/);
  }
  for (const f of playlist.files) // NewPipe makes the one of the other
    assert.equal(f.playlistUrl, f.fileUrl.replace('-fragmented.mp4', '.m3u8'));
  assert.equal(new Set([...v.files, ...playlist.files].map(f => f.id)).size, v.files.length + playlist.files.length);
  await decodes(playlist.playlistUrl);
  await decodes(v.files[0].fileUrl);
  const streams = (await ffprobe(v.files[0].fileUrl)).streams.map(s => s.codec_name);
  assert.deepEqual(streams, ['h264', 'aac']);
  const meta = (await get(relative(v.files[0].metadataUrl), 'anonymous')).json;
  assert.equal(meta.streams.length, 2);
  assert.equal(meta.streams[0].width, v.files[0].width);
  assert.ok(Math.abs(meta.format.duration - 4) < 0.1);
});

test('ranges of a plain MP4 are its bytes', async () => {
  const { fileUrl, size } = videos.public.files[0];
  const whole = Buffer.from(await (await fetch(fileUrl)).arrayBuffer());
  assert.equal(whole.length, size);
  for (let i = 0; i < 40; i++) {
    const from = Math.floor(Math.random() * size), to = Math.min(size - 1, from + Math.floor(Math.random() * 5000));
    const answer = await fetch(fileUrl, { headers: { range: `bytes=${from}-${to}` } });
    assert.equal(answer.status, 206);
    assert.ok(whole.subarray(from, to + 1).equals(Buffer.from(await answer.arrayBuffer())), `${from}-${to}`);
  }
  assert.equal((await fetch(fileUrl, { headers: { range: `bytes=${size}-` } })).status, 416);
});

test('caches are told the truth', async () => {
  const v = videos.public, [playlist] = v.streamingPlaylists;
  const cache = async (url, as) => (await get(relative(url), as)).headers.get('cache-control');
  assert.equal(await cache(playlist.playlistUrl), 'no-cache');
  assert.match(await cache(playlist.files[0].fileUrl), /^public, max-age=86400, immutable$/);
  assert.match(await cache(videos.private.streamingPlaylists[0].files[0].fileUrl, 'owner'), /^private/);
  assert.match(await cache(videos.private.files[0].fileUrl, 'owner'), /^private/);
  const first = await fetch(playlist.playlistUrl);
  await first.arrayBuffer();
  const again = await fetch(playlist.playlistUrl, { headers: { 'if-none-match': first.headers.get('etag') } });
  assert.equal(again.status, 304);
});

test('a storyboard is one picture of many', async () => {
  let board;
  for (let i = 0; i < 100 && !board; i++, await sleep(100))
    [board] = (await get(`/api/v1/videos/${videos.public.uuid}/storyboards`, 'anonymous')).json.storyboards;
  assert.equal(board.spriteDuration, 1);
  assert.equal(Math.max(board.spriteWidth, board.spriteHeight), 192);
  const { streams: [picture] } = await ffprobe(board.fileUrl);
  assert.deepEqual([picture.width, picture.height], [board.totalWidth, board.totalHeight]);
});

test('a download has the name of its video', async () => {
  const answer = await fetch(videos.public.files[0].fileDownloadUrl);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-disposition'), /^attachment; filename="Sea lions at play-240p\.mp4"/);
  await answer.arrayBuffer();
});

test('a torrent holds the file that its web seed serves', async () => {
  const v = videos.public;
  const bytes = Buffer.from(await (await fetch(v.files[0].torrentUrl)).arrayBuffer());
  const text = bytes.toString('latin1');
  const length = Number(/6:lengthi(\d+)e/.exec(text)[1]);
  const seed = /8:url-list(\d+):/.exec(text);
  const url = text.slice(seed.index + seed[0].length, seed.index + seed[0].length + Number(seed[1]));
  assert.equal(url, v.files[0].fileUrl);
  const file_ = Buffer.from(await (await fetch(url)).arrayBuffer());
  assert.equal(length, file_.length);
  const pieces = /6:pieces(\d+):/.exec(text);
  const hashes = bytes.subarray(pieces.index + pieces[0].length, pieces.index + pieces[0].length + Number(pieces[1]));
  assert.ok(hashes.equals(createHash('sha1').update(file_).digest()));
});

test('edits: what is given is changed, what is wrong changes nothing', async () => {
  const target = `/api/v1/videos/${videos.public.uuid}`;
  const put = (json, token = who.owner) => server.api('PUT', target, { token, json });
  const form = new FormData();
  form.append('name', 'By a form');
  form.append('tags[0]', 'one');
  form.append('tags[1]', 'two');
  form.append('category', 'null');
  assert.equal((await server.api('PUT', target, { token: who.owner, form })).status, 204);
  let v = (await get(target, 'anonymous')).json;
  assert.equal(v.name, 'By a form');
  assert.deepEqual(v.tags, ['one', 'two']);
  assert.equal(v.category.id, null);
  for (const bad of [{ name: 'x' }, { name: 'y'.repeat(121) }, { privacy: 9 }, { category: 99 }, { tags: ['x'] }, { language: 'xx-no' }]) {
    const answer = await put({ support: 'never', ...bad });
    assert.equal(answer.status, 400, JSON.stringify(bad));
    assert.ok(answer.json['invalid-params'], answer.text);
  }
  v = (await get(target, 'anonymous')).json;
  assert.equal(v.support, 'Buy fish');
  const bobs = await server.channelId(who.other);
  assert.equal((await put({ channelId: bobs })).status, 403, 'into the channel of another');
  assert.equal((await put({ name: 'Sea lions at play', tags: ['Sea', 'lions'], category: 16 })).status, 204);
});

test('chapters come from the description until somebody sets them', async () => {
  const v = await server.upload(who.owner, file, { name: 'With chapters', description: 'Intro\n0:00 They wake up\n0:02 They swim' });
  const target = `/api/v1/videos/${v.uuid}/chapters`;
  await server.waitVideo(v.uuid);
  assert.deepEqual((await get(target, 'anonymous')).json,
    { chapters: [{ timecode: 0, title: 'They wake up' }, { timecode: 2, title: 'They swim' }] });
  const put = chapters => server.api('PUT', target, { token: who.owner, json: { chapters } });
  assert.equal((await put([{ timecode: 3, title: 'Last' }, { timecode: 1, title: 'First' }])).status, 204);
  assert.deepEqual((await get(target, 'anonymous')).json.chapters.map(c => c.title), ['First', 'Last']);
  for (const bad of [[{ timecode: 1, title: '' }], [{ timecode: -1, title: 'x' }], [{ timecode: 1, title: 'a' }, { timecode: 1, title: 'b' }], 'x'])
    assert.equal((await put(bad)).status, 400, JSON.stringify(bad));
  assert.equal((await server.api('DELETE', `/api/v1/videos/${v.uuid}`, { token: who.owner })).status, 204);
});

test('going private and back: the stream moves, nothing stays behind', async () => {
  const v = videos.public, target = `/api/v1/videos/${v.uuid}`;
  const to = privacy => server.api('PUT', target, { token: who.owner, json: { privacy } });
  const open = relative(v.streamingPlaylists[0].files[0].fileUrl);
  for (let round = 0; round < 3; round++) {
    assert.equal((await to(PRIVATE)).status, 204);
    assert.equal((await get(open, 'anonymous')).status, 404);
    assert.equal((await get(target, 'anonymous')).status, 401);
    assert.deepEqual(names(await get('/api/v1/videos', 'anonymous')), []);
    const mine = (await get(target, 'owner')).json;
    assert.match(mine.streamingPlaylists[0].files[0].fileUrl, /\/hls\/private\//);
    assert.equal((await get(relative(mine.streamingPlaylists[0].files[0].fileUrl), 'owner')).status, 200);
    assert.equal((await get(relative(mine.files[0].fileUrl), 'owner')).status, 200);
    assert.equal((await to(round % 2 ? PUBLIC : UNLISTED)).status, 204);
    assert.equal((await get(open, 'anonymous')).status, 200);
  }
  assert.equal((await to(PUBLIC)).status, 204);
  assert.equal((await get('/api/v1/videos', 'anonymous')).json.total, 1);
  const both = await Promise.all(Array.from({ length: 10 }, (_, i) => to(i % 2 ? PRIVATE : PUBLIC)));
  assert.ok(both.every(answer => answer.status === 204));
  const { json } = await get(target, 'owner');
  const here = existsSync(path.join(server.dataDir, 'hls', v.uuid)), hidden = existsSync(path.join(server.dataDir, 'hls/private', v.uuid));
  assert.deepEqual([here, hidden], json.privacy.id === PUBLIC ? [true, false] : [false, true]);
  assert.equal((await to(PUBLIC)).status, 204);
});

test('a view counts once per viewer after ten seconds or half the video', async () => {
  const target = `/api/v1/videos/${videos.public.uuid}`;
  const ping = (currentTime, agent, more = {}) => server.api('POST', `${target}/views`, {
    json: { currentTime, ...more }, headers: { 'user-agent': agent } });
  const before = (await get(target, 'anonymous')).json.views;
  for (const time of [0, 1, 2, 3, 4, 0, 1, 2, 3]) assert.equal((await ping(time, 'one')).status, 204);
  for (const time of [0, 1, 2.5]) await ping(String(time), 'two');
  for (const time of [0, 4, 0, 4]) await ping(time, 'jumper', { viewEvent: 'seek' });
  for (const time of [0, 1]) await ping(time, 'short');
  assert.equal((await server.api('PUT', `${target}/watching`, { json: { currentTime: 1 } })).status, 204);
  for (const bad of [{}, { currentTime: 'x' }, { currentTime: -1 }, { currentTime: null }])
    assert.equal((await server.api('POST', `${target}/views`, { json: bad })).status, 400, JSON.stringify(bad));
  assert.equal((await server.api('POST', `/api/v1/videos/${videos.private.uuid}/views`, { json: { currentTime: 1 } })).status, 401);
  let views = before;
  for (let i = 0; i < 100 && views < before + 2; i++) {
    await sleep(100);
    views = (await get(target, 'anonymous')).json.views;
  }
  assert.equal(views, before + 2);
  assert.equal((await get('/api/v1/videos?sort=-trending', 'anonymous')).json.data[0].views, before + 2);
});

test('progress is told once and as events; the reason only to owners', async () => {
  const target = `/api/v1/videos/${videos.public.uuid}/progress`;
  const { json } = await get(target, 'anonymous');
  assert.equal(json.percent, 100);
  assert.equal(json.reason, null);
  const abort = new AbortController();
  const events = await fetch(`${server.url}${target}/events`, { signal: abort.signal });
  assert.match(events.headers.get('content-type'), /^text\/event-stream/);
  const reader = events.body.getReader();
  let told = '';
  while (!told.includes('data: ')) told += new TextDecoder().decode((await reader.read()).value);
  assert.match(told, /^(:\n\n)?event: progress\ndata: \{.*"percent":100/);
  abort.abort();
});

test('what is not published is seen by its owner and moderators only', async () => {
  const v = await server.upload(who.owner, file, { name: 'Not yet there', waitTranscoding: true });
  const target = `/api/v1/videos/${v.uuid}`;
  const mine = await get(target, 'owner');
  if (mine.json.state.id !== 1) {
    assert.ok(mine.json.files[0].torrentUrl, 'upload tools wait for files[0].torrentUrl');
    const early = await Promise.all(['anonymous', 'other'].map(as => get(target, as)));
    if ((await get(target, 'owner')).json.state.id !== 1)
      for (const answer of early) assert.equal(answer.status, 404);
  }
  assert.equal((await get(target, 'moderator')).status, 200);
  await server.waitVideo(v.uuid);
  assert.equal((await get(target, 'anonymous')).status, 200);
  assert.equal((await server.api('DELETE', target, { token: who.owner })).status, 204);
});

test('deleting takes rows and files', async () => {
  const v = await server.upload(who.owner, file, { name: 'Soon gone' });
  const full = await server.waitVideo(v.uuid, x => x.state.id === 1 && x.files[0]?.id > 0);
  await fetch(full.files[0].torrentUrl).then(a => a.arrayBuffer());
  let board;
  for (let i = 0; i < 100 && !board; i++, await sleep(100))
    [board] = (await get(`/api/v1/videos/${v.uuid}/storyboards`, 'owner')).json.storyboards;
  assert.equal((await get(board.storyboardPath, 'anonymous')).status, 200);
  assert.equal((await server.api('DELETE', `/api/v1/videos/${v.id}`, { token: who.owner })).status, 204);
  for (const target of [`/api/v1/videos/${v.uuid}`, `/w/${v.shortUUID}`, relative(full.streamingPlaylists[0].playlistUrl),
    relative(full.files[0].fileUrl), full.thumbnailPath, relative(full.files[0].torrentUrl), board.storyboardPath])
    assert.equal((await get(target, 'owner')).status, 404, target);
  for (const folder of ['hls', 'hls/private', 'originals', 'thumbnails', 'torrents']) {
    const at = path.join(server.dataDir, folder);
    for (const name of existsSync(at) ? readdirSync(at) : [])
      assert.ok(!name.includes(v.uuid) && !full.thumbnailPath.endsWith(name), `${folder}/${name}`);
  }
  assert.deepEqual(names(await get('/api/v1/search/videos?search=gone', 'anonymous')), []);
});

// --- pages ------------------------------------------------------------------------------------

test('pages say what they show, safely, and play without scripts', async () => {
  const v = videos.public;
  const page = await get(`/w/${v.shortUUID}`, 'anonymous');
  assert.match(page.headers.get('content-security-policy'), /default-src 'none'; script-src 'self'/);
  for (const part of ['<meta property="og:platform" content="PeerTube" />', '<title>Sea lions at play – Zoetrope</title>',
    `<link rel="canonical" href="${server.url}/w/${v.shortUUID}">`, 'application/ld+json', 'json+oembed', 'twitter:card',
    '<video controls', v.files[0].fileUrl.replace(server.url, ''), 'Watch them.', 'id="boot"'])
    assert.ok(page.text.includes(part), part);
  assert.ok(!page.text.includes('<script>alert'), 'a description is text');
  const boot = JSON.parse(/<script type="application\/json" id="boot">(.*?)<\/script>/s.exec(page.text)[1]);
  assert.equal(boot.video.uuid, v.uuid);
  assert.equal(boot.user, null);
  assert.equal(typeof boot.config.serverVersion, 'string');
  for (const [, code] of page.text.matchAll(/<script type="application\/ld\+json">(.*?)<\/script>/gs))
    assert.equal(JSON.parse(code)['@type'], 'VideoObject');
  const home = await get('/', 'anonymous');
  assert.ok(home.text.includes(`/w/${v.shortUUID}`));
  assert.ok(!home.text.includes('penguins') && !home.text.includes('walruses'));
  assert.equal((await get('/', 'owner')).text.match(/"username":"olga"/g).length, 1);
  assert.match((await get(`/w/${videos.unlisted.shortUUID}`, 'anonymous')).text, /name="robots" content="noindex"/);
  const embed = await get(`/videos/embed/${v.shortUUID}`, 'anonymous');
  assert.match(embed.headers.get('content-security-policy'), /frame-ancestors \*/);
  assert.equal(embed.headers.get('x-frame-options'), null);
  for (const [target, status] of [['/c/olga_videos', 200], ['/a/olga', 200], ['/video-channels/olga_videos', 302], ['/c/olga_videos/videos', 200],
    ['/accounts/olga', 302], ['/@olga', 302], ['/login', 200], ['/signup', 200], ['/upload', 200], ['/my-videos', 200],
    ['/my-account', 200], ['/about', 200], ['/search?search=sea', 200], ['/nowhere', 404], ['/c/nobody', 404], ['/w/nothing', 404],
    ['/w/' + v.uuid, 200], ['/robots.txt', 200]])
    assert.equal((await get(target, 'anonymous')).status, status, target);
});

test('oEmbed tells of public videos only', async () => {
  const ask = (url, more = '') => server.api('GET', `/services/oembed?url=${encodeURIComponent(url)}${more}`);
  const answer = await ask(`${server.url}/w/${videos.public.shortUUID}`, '&maxwidth=280');
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.width, 280);
  assert.match(answer.json.html, /^<iframe .*\/videos\/embed\//);
  assert.equal((await ask(`${server.url}/w/${videos.private.shortUUID}`)).status, 401);
  assert.equal((await ask('https://example.com/w/x')).status, 400);
  assert.equal((await ask(`${server.url}/w/nothing`)).status, 404);
});

test('kill -9 between public and private leaves each stream where its privacy says', async () => {
  const v = videos.public, target = `/api/v1/videos/${v.uuid}`;
  for (let round = 0; round < 4; round++) {
    let stopped = false, privacy = PUBLIC;
    const changing = (async () => {
      while (!stopped) {
        privacy = privacy === PUBLIC ? PRIVATE : PUBLIC;
        await server.api('PUT', target, { token: who.owner, json: { privacy } }).catch(() => {});
      }
    })();
    await sleep(50 + Math.random() * 150);
    await server.kill();
    stopped = true;
    await changing;
    await server.start();
    const { json } = await get(target, 'owner');
    const here = existsSync(path.join(server.dataDir, 'hls', v.uuid)), hidden = existsSync(path.join(server.dataDir, 'hls/private', v.uuid));
    assert.deepEqual([here, hidden], json.privacy.id === PUBLIC ? [true, false] : [false, true]);
    assert.equal((await get(relative(json.streamingPlaylists[0].playlistUrl), 'owner')).status, 200);
  }
  assert.equal((await server.api('PUT', target, { token: who.owner, json: { privacy: PUBLIC } })).status, 204);
});

test('views counted before a stop are kept', async () => {
  const target = `/api/v1/videos/${videos.unlisted.uuid}`;
  for (const time of [0, 1, 2, 3]) await server.api('POST', `${target}/views`, { json: { currentTime: time } });
  await server.restart();
  assert.equal((await get(target, 'anonymous')).json.views, 1);
});

test('a video may go private and back, or be deleted, while it is made', async () => {
  const long = await testClip({ seconds: 40, size: '640x360' });
  const v = await server.upload(who.owner, long, { name: 'Toggled' });
  const gone = await server.upload(who.owner, long, { name: 'Deleted early' });
  const target = `/api/v1/videos/${v.uuid}`;
  let done = false;
  for (let i = 0; i < 500 && !done; i++) {
    const put = await server.api('PUT', target, { token: who.owner, json: { privacy: i % 2 ? PUBLIC : PRIVATE } });
    assert.equal(put.status, 204, put.text);
    await sleep(20 + Math.random() * 100);
    if (i === 5) assert.equal((await server.api('DELETE', `/api/v1/videos/${gone.uuid}`, { token: who.owner })).status, 204);
    const { json } = await get(`${target}/progress`, 'owner');
    assert.notEqual(json.state.id, 7, json.reason);
    done = json.percent === 100;
  }
  assert.equal((await server.api('PUT', target, { token: who.owner, json: { privacy: PUBLIC } })).status, 204);
  const made = await server.waitVideo(v.uuid, x => x.files[0]?.id > 0);
  assert.equal(made.failureReason ?? null, null);
  await decodes(made.streamingPlaylists[0].playlistUrl);
  await decodes(made.files[0].fileUrl);
  for (const folder of ['hls', 'hls/private'])
    assert.ok(!existsSync(path.join(server.dataDir, folder, gone.uuid)), folder);
});
