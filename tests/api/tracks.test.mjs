// What becomes of several sound tracks, of sound alone, and of a file that is cut off: through the API,
// as its owner and as a player sees it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { clip, decodes, ffprobe, sleep, startServer } from './server.mjs';

let server, admin;
before(async () => {
  server = await startServer();
  admin = await server.token();
});
after(() => server?.stop());

const picture = ['-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=25:d=3'];
const sine = f => ['-f', 'lavfi', '-i', `sine=f=${f}:d=3`];
const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '25'];

async function published(file, name) {
  const { uuid } = await server.upload(admin, file, { name });
  return server.waitVideo(uuid, v => v.state.id === 1 && v.files.some(f => f.fileUrl.includes('/web-videos/')));
}

async function master(v) {
  return (await fetch(v.streamingPlaylists[0].playlistUrl)).text();
}

const plain = v => v.files.find(f => f.fileUrl.includes('/web-videos/')).fileUrl;

test('every sound track is offered by its language and title; files hold the default one', async () => {
  const file = await clip('tracks', [...picture, ...sine(300), ...sine(600), ...sine(900), '-map', '0', '-map', '1', '-map', '2', '-map', '3',
    ...x264, '-c:a', 'aac', '-metadata:s:a:0', 'language=ger', '-metadata:s:a:1', 'language=eng', '-metadata:s:a:2', 'title=Director "D"',
    '-disposition:a:0', '0', '-disposition:a:1', 'default', '-disposition:a:2', '0'], 'mkv');
  const v = await published(file, 'three tracks');
  const text = await master(v);
  const media = text.split('\n').filter(l => l.startsWith('#EXT-X-MEDIA:TYPE=AUDIO'));
  assert.deepEqual(media.map(l => [/NAME="([^"]*)"/.exec(l)[1], /LANGUAGE="([^"]*)"/.exec(l)?.[1], /DEFAULT=(\w+)/.exec(l)[1]]),
    [['English', 'en', 'YES'], ['German', 'de', 'NO'], ["Director 'D'", undefined, 'NO']]);
  const base = v.streamingPlaylists[0].playlistUrl;
  for (const line of media)
    await decodes(new URL(/URI="([^"]*)"/.exec(line)[1], base).href);
  assert.equal(v.streamingPlaylists[0].files.filter(f => f.resolution.id === 0).length, 1);
  const { streams } = await ffprobe(plain(v));
  assert.deepEqual(streams.map(s => s.codec_type).sort(), ['audio', 'video']);

  // moved with the rest
  const moved = `${server.dataDir}/hls/private/${v.uuid}`;
  assert.equal((await server.api('PUT', `/api/v1/videos/${v.uuid}`, { token: admin, json: { privacy: 3 } })).status, 204);
  for (let i = 0; i < 300 && !fs.existsSync(moved); i++)
    await sleep(100);
  assert.equal(fs.readdirSync(moved).filter(n => n.endsWith('-0.m3u8')).length, 3);
});

test('sound alone is a video with its cover as the picture', async () => {
  const file = await clip('song', [...sine(440), '-f', 'lavfi', '-i', 'color=red:s=300x300:d=0.04', '-map', '0', '-map', '1', '-c:a', 'libmp3lame',
    '-c:v', 'mjpeg', '-frames:v', '1', '-disposition:v', 'attached_pic'], 'mp3');
  const v = await published(file, 'a song');
  assert.deepEqual(v.streamingPlaylists[0].files.map(f => f.resolution.id), [720, 0]);
  assert.match(await master(v), /RESOLUTION=1280x720/);
  await decodes(plain(v));
  assert.ok(v.aspectRatio > 1.7 && v.aspectRatio < 1.8, String(v.aspectRatio));
});

test('what is there of a file that is cut off is published, with a note to its owner', async () => {
  const whole = await clip('whole', ['-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=25:d=8', ...sine(440).map(a => a.replace('d=3', 'd=8')), ...x264, '-c:a', 'aac',
    '-movflags', '+faststart'], 'mp4');
  const half = whole.replace(/\.mp4$/, '-half.mp4');
  const bytes = fs.readFileSync(whole);
  fs.writeFileSync(half, bytes.subarray(0, bytes.length / 2));
  const v = await published(half, 'half a film');
  assert.ok(v.duration >= 2 && v.duration <= 6, String(v.duration));
  await decodes(v.streamingPlaylists[0].playlistUrl);
  const mine = (await server.api('GET', '/api/v1/users/me/videos', { token: admin })).json.data.find(one => one.uuid === v.uuid);
  assert.match(JSON.stringify(mine), /cut off/);
});
