// The plain MP4 that every rung has without being stored twice, over HTTP: ordinary players' tools see an
// ordinary file, any range is the same bytes as the whole, and it costs next to nothing on disk.
import assert from 'node:assert/strict';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { clip, command, ffprobe, startServer, testClip } from './server.mjs';
import { tempFolder } from '../folders.mjs';

let server, token;
const folder = tempFolder();

const noisy = seconds => ['-f', 'lavfi', '-i', `testsrc2=s=320x180:r=25:d=${seconds},noise=alls=12:allf=t`];
const sources = {
  'copied, with sound': () => testClip({ seconds: 9 }),
  'copied, silent': () => testClip({ seconds: 5, sound: false }),
  'encoded, of several chunks': () => clip('plain-chunks', [...noisy(40), '-f', 'lavfi', '-i', 'sine=frequency=300:duration=40', '-ac', '2',
    '-c:v', 'mpeg4', '-q:v', '5', '-g', '25', '-c:a', 'libmp3lame', '-t', '40'], 'avi'),
  'sound that starts late and ends early': () => clip('plain-late', [...noisy(8), '-f', 'lavfi', '-itsoffset', '2', '-i', 'sine=duration=3',
    '-map', '0', '-map', '1', '-c:v', 'libx264', '-preset', 'veryfast', '-c:a', 'aac'], 'mkv'),
  'frames of many lengths': () => clip('plain-vfr', ['-f', 'lavfi', '-i', "testsrc2=s=320x180:r=30:d=6,select='not(mod(n,3))+lt(mod(n,20),7)'",
    '-fps_mode', 'vfr', '-c:v', 'libx264', '-g', '30'], 'mkv'),
  'sound alone': () => clip('plain-sound', ['-f', 'lavfi', '-i', 'sine=duration=6', '-c:a', 'libmp3lame'], 'mp3'),
};
const videos = {};

before(async () => {
  server = await startServer({ env: { ZOETROPE_RESOLUTIONS: '144' } });
  token = await server.token();
  for (const [name, make] of Object.entries(sources))
    videos[name] = await server.upload(token, await make(), { name });
  for (const name of Object.keys(videos))
    videos[name] = await server.waitVideo(videos[name].uuid, v => v.state.id === 1 && v.files[0]?.id > 0, 300000);
});
after(() => server?.stop());

/** Bytes [first, last] of a file, as a client asks for them. */
async function range(url, first, last) {
  const answer = await fetch(url, { headers: { range: `bytes=${first}-${last}` } });
  assert.equal(answer.status, 206);
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.equal(bytes.length, last - first + 1);
  return bytes;
}

for (const name of Object.keys(sources))
  test(`plain MP4s: ${name}`, async () => {
    const v = videos[name];
    assert.ok(v.files.length >= 1);
    for (const f of v.files) {
      const what = `${name}, ${f.resolution.label}`;
      const answer = await fetch(f.fileUrl);
      assert.equal(answer.status, 200);
      const whole = Buffer.from(await answer.arrayBuffer());
      assert.equal(whole.length, f.size, what);
      const file = path.join(folder, `${v.uuid}-${f.resolution.id}.mp4`);
      writeFileSync(file, whole);

      // an ordinary MP4 with its index in front, of the right streams and length
      const { format, streams } = await ffprobe(f.fileUrl);
      assert.match(format.format_name, /mp4/);
      assert.deepEqual(streams.map(s => s.codec_name).sort(), [...f.hasAudio ? ['aac'] : [], ...f.hasVideo ? ['h264'] : []], what);
      assert.ok(Math.abs(Number(format.duration) * 1000 - v.duration * 1000) < 1100, `${what}: ${format.duration} s, not ${v.duration}`);
      assert.ok(whole.indexOf('moov', 0, 'latin1') < 64 && whole.indexOf('moof', 0, 'latin1') < 0, `${what}: index first, no fragments`);
      const { err } = await command('ffmpeg', ['-nostdin', '-v', 'warning', '-i', file, '-map', '0', '-f', 'null', '-']);
      assert.equal(err, '', what);

      // as many pictures and as much sound as the stream it is made of
      const count = async input => (await command('ffprobe', ['-v', 'error', '-count_packets', '-show_entries', 'stream=codec_name,nb_read_packets', '-of', 'json', input]))
        .out;
      const counts = JSON.parse(await count(file)).streams;
      const rung = v.streamingPlaylists[0].files.find(r => r.resolution.id === f.resolution.id);
      const inStream = JSON.parse(await count(rung.fileUrl)).streams[0];
      assert.equal(counts.find(s => s.codec_name === inStream.codec_name).nb_read_packets, inStream.nb_read_packets, what);

      // random ranges, and those at every edge of interest
      const end = whole.length - 1, moov = whole.readUInt32BE(whole.indexOf('moov', 0, 'latin1') - 4);
      const edges = [[0, 0], [0, 1], [end, end], [end - 5, end], [moov, moov + 100], [0, end]];
      for (let i = 0; i < 40; i++) {
        const first = Math.floor(Math.random() * whole.length);
        edges.push([first, Math.min(end, first + Math.floor(Math.random() * (i % 2 ? 3000 : whole.length)))]);
      }
      for (const [first, last] of edges)
        assert.ok((await range(f.fileUrl, first, last)).equals(whole.subarray(first, last + 1)), `${what}: ${first}-${last}`);
      assert.equal((await fetch(f.fileUrl, { headers: { range: `bytes=${whole.length}-` } })).status, 416);

      // seeking by ffmpeg over HTTP gives the picture of that time
      if (f.hasVideo && v.duration > 4) {
        const at = v.duration / 2;
        const sha = async input => (await command('ffmpeg', ['-nostdin', '-v', 'error', '-ss', String(at), '-i', input, '-frames:v', '1', '-f', 'framemd5', '-'])).out;
        assert.equal(await sha(f.fileUrl), await sha(file), what);
      }
    }
  });

test('they cost less than one per cent of the disk', () => {
  let maps = 0, media = 0;
  const lines = [];
  for (const [name, v] of Object.entries(videos)) {
    const stream = path.join(server.dataDir, 'hls', v.uuid);
    let own = 0, of = 0;
    for (const file of readdirSync(stream)) {
      const { size } = statSync(path.join(stream, file));
      if (file.endsWith('.map')) own += size;
      else if (file.endsWith('.mp4')) of += size;
    }
    lines.push(`${name}: ${own} of ${of} (${(own / of * 100).toFixed(2)} %)`);
    maps += own, media += of;
  }
  assert.ok(maps <= media * 0.0075, `${maps} of ${media}: ${lines.join('; ')}`);
});
