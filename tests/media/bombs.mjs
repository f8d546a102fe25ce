// bombs.mjs — small files that would cost a careless reader its memory or its day. Part of the table
// of inputs.mjs; each must be refused with a sentence, or cost no more than it looks like.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { removeFolder, tempFolder } from '../folders.mjs';
import { ffmpeg } from './driver.mjs';

function pipe(format, ...args) {
    const r = spawnSync('ffmpeg', ['-v', 'error', '-nostdin', ...args, '-f', format, '-'], { maxBuffer: 1 << 26, timeout: 60000 });
    if (r.status !== 0)
        throw new Error(`ffmpeg ${args.join(' ')}: ${r.stderr}`);
    return r.stdout;
}

const source = ['-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=10:d=1'];

// Every JPEG in an AVI says that it is 65500 pixels square.
function hugeJpeg() {
    const bytes = pipe('avi', ...source, '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p');
    for (let at = 0; (at = bytes.indexOf(Buffer.from([0xff, 0xc0, 0x00, 0x11]), at)) >= 0; at += 9)
        bytes.writeUInt32BE(0xffdcffdc, at + 5);
    return bytes;
}

function hugePng() {
    const bytes = pipe('matroska', ...source, '-c:v', 'png');
    for (let at = 0; (at = bytes.indexOf('IHDR', at)) >= 0; at += 12) {
        bytes.writeUInt32BE(65535, at + 4);
        bytes.writeUInt32BE(65535, at + 8);
    }
    return bytes;
}

// Bits of an H.264 sequence parameter set: numbers as Exp-Golomb codes.
function hugeH264() {
    let bits = '';
    const ue = (n) => { const b = (n + 1).toString(2); bits += '0'.repeat(b.length - 1) + b; };
    ue(0); ue(0); ue(2); ue(0); bits += '0'; // id, frame numbers, order of pictures, references, gaps
    ue(4095); ue(4095); bits += '1100'; // 65536 pixels square; frames, 8x8, not cropped, no VUI
    bits += '1';
    bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
    const sps = Buffer.from([0, 0, 0, 1, 0x67, 66, 0, 51, ...bits.match(/.{8}/g).map((b) => parseInt(b, 2))]);
    const bytes = pipe('h264', ...source, '-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', 'baseline');
    const first = bytes.indexOf(Buffer.from([0, 0, 0, 1, 0x68])); // its own SPS goes
    return Buffer.concat(Array(20).fill(Buffer.concat([sps, bytes.subarray(first)])));
}

// The track of an MP4, n times.
function manyTracks() {
    const bytes = pipe('mp4', ...source, '-c:v', 'mpeg4', '-movflags', '+empty_moov+frag_keyframe');
    const moov = bytes.indexOf('moov') - 4, trak = bytes.indexOf('trak') - 4, size = bytes.readUInt32BE(trak), count = 3000;
    const more = Buffer.concat(Array(count).fill(bytes.subarray(trak, trak + size)));
    bytes.writeUInt32BE(bytes.readUInt32BE(moov) + more.length, moov);
    for (let i = 0; i < count; i++)
        more.writeUInt32BE(i + 2, i * size + more.indexOf('tkhd') + 16); // track ids differ
    return Buffer.concat([bytes.subarray(0, trak + size), more, bytes.subarray(trak + size)]);
}

// A sample table that promises two thousand million samples of one byte.
function promisedSamples() {
    const folder = tempFolder();
    ffmpeg(...source, '-c:v', 'mpeg4', path.join(folder, 'clip.mp4'));
    const file = fs.readFileSync(path.join(folder, 'clip.mp4'));
    removeFolder(folder);
    const stsz = file.indexOf('stsz'), stts = file.indexOf('stts'), stsc = file.indexOf('stsc');
    file.writeUInt32BE(1, stsz + 8);
    file.writeUInt32BE(2000000000, stsz + 12);
    file.writeUInt32BE(2000000000, stts + 12);
    file.writeUInt32BE(2000000000, stsc + 16);
    return file;
}

// A header that never ends: void elements up to the end of the file, which says that it goes on.
function endlessHeader() {
    const head = Buffer.from('1a45dfa301000000000000144282886d6174726f736b6142878104428581024286810142f28104'
        .replace(/^(.{8}).{16}/, '$18f'), 'hex');
    const voids = Buffer.alloc(4 << 20);
    for (let at = 0; at + 2 <= voids.length; at += 2)
        voids.writeUInt16BE(0xec80, at);
    return Buffer.concat([head, Buffer.from('18538067ffffffffffffff', 'hex').subarray(0, 4),
        Buffer.from('01ffffffffffffff', 'hex'), voids]);
}

// Pictures of one pixel on a large canvas: 20 bytes each on disk, 60 million pixels each in memory.
function hugeGif() {
    const number = (n) => [n & 255, n >> 8];
    const head = [...Buffer.from('GIF89a'), ...number(7800), ...number(7800), 0x80, 0, 0, 0, 0, 0, 255, 255, 255];
    const frame = [0x21, 0xf9, 4, 4, ...number(2), 0, 0, 0x2c, ...number(0), ...number(0), ...number(1), ...number(1), 0, 2, 2, 0x44, 1, 0];
    return Buffer.from([...head, ...Array(2000).fill(frame).flat(), 0x3b]);
}

// Two pictures, four years apart.
function yearsApart() {
    const bytes = pipe('matroska', ...source, '-frames:v', '2', '-c:v', 'mpeg4', '-bsf:v', 'setts=ts=N*126000000000');
    return bytes;
}

export const table = {
    hugeJpeg: ['avi', hugeJpeg, { refuse: /too large|no picture/ }],
    hugePng: ['mkv', hugePng, { refuse: /too large|no picture/ }],
    hugeH264: ['h264', hugeH264, { refuse: /too large|damaged|neither/ }],
    manyTracks: ['mp4', manyTracks, { refuse: /too many|streams/ }],
    promisedSamples: ['mp4', promisedSamples, { refuse: /./ }],
    endlessHeader: ['mkv', endlessHeader, { refuse: /./ }],
    hugeGif: ['gif', hugeGif, { refuse: /more processor time|too large/ }],
    yearsApart: ['mkv', yearsApart, { refuse: /times in the file are broken|longer than a week/ }],
};
