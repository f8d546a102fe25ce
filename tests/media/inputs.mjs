// inputs.mjs — about eighty inputs, each a kind of file that somebody uploads. What is expected of
// each is read by inputs.test.mjs. Made by ffmpeg, some with bytes changed afterwards.
import fs from 'node:fs';
import path from 'node:path';
import { tempFolder } from '../folders.mjs';
import { ffmpeg } from './driver.mjs';
import * as bombs from './bombs.mjs';

const folder = tempFolder('zoetrope-inputs');

// Neighbouring pictures differ in brightness, so that one too many or too few is seen.
const picture = ({ size = '256x144', rate = 25, s = 3 } = {}) =>
    ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${rate}:d=${s},eq=brightness='0.12*(mod(n,3)-1)':eval=frame`];
const plain = ({ size = '256x144', rate = 25, s = 3 } = {}) => ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${rate}:d=${s}`];
const sine = ({ rate = 48000, s = 3, f = 440 } = {}) => ['-f', 'lavfi', '-i', `sine=f=${f}:r=${rate}:d=${s}`];
const av = (o) => [...picture(o), ...sine(o)];
const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '25', '-keyint_min', '25',
    '-sc_threshold', '0', '-bf', '2', '-threads', '1'];
const deep = (pix, ...more) => ['-pix_fmt', pix, '-c:v', 'ffv1', ...more];
const aac = ['-c:a', 'aac', '-b:a', '96k'];
const x265 = (primaries, transfer, matrix) => ['-pix_fmt', 'yuv420p10le', '-c:v', 'libx265', '-preset', 'ultrafast',
    '-x265-params', `log-level=none:keyint=25:colorprim=${primaries}:transfer=${transfer}:colormatrix=${matrix}`,
    '-color_primaries', primaries, '-color_trc', transfer, '-colorspace', matrix];

function edited(change) {
    return (file) => fs.writeFileSync(file, change(fs.readFileSync(file)));
}

const matrix = (a, b, c, d) => edited((bytes) => {
    const at = bytes.indexOf('tkhd') + 4 + 4 + 20 + 8 + 8;
    [a, b, 0, c, d, 0].forEach((v, i) => bytes.writeInt32BE(v * 0x10000, at + i * 4));
    return bytes;
});
const cut = (share) => edited((bytes) => bytes.subarray(0, Math.floor(bytes.length * share)));

// Passes over the first file; `FILE` in the arguments is its path.
const again = (...args) => (file, ending) => {
    const from = `${file}.first.${ending}`;
    fs.renameSync(file, from);
    ffmpeg(...args.map((a) => a.replaceAll('FILE', from)), file);
};

// Two files after each other, bytewise; the second is made with other arguments.
const joined = (...args) => (file, ending) => {
    const second = `${file}.second.${ending}`;
    ffmpeg(...args, second);
    fs.appendFileSync(file, fs.readFileSync(second));
};

const hdr = (transfer) => `zscale=tin=${transfer}:min=2020_ncl:pin=2020:t=linear:npl=203,format=gbrpf32le,zscale=p=709,` +
    'tonemap=hable:desat=0,zscale=t=709:m=709:r=limited,format=yuv420p';
const stereo = ['-ac', '2'];

// name: [ending, ffmpeg's arguments, expectations, what is done to the file afterwards]
export const table = {
    // --- what is shown upright, square and even
    rotated90: ['mp4', [...av(), ...x264, ...aac], { head: 'encode', size: [144, 256] }, matrix(0, 1, -1, 0)],
    rotated180: ['mp4', [...picture(), ...x264], { head: 'encode', size: [256, 144] }, matrix(-1, 0, 0, -1)],
    rotated270: ['mp4', [...picture(), ...x264], { head: 'encode', size: [144, 256] }, matrix(0, -1, 1, 0)],
    mirrored: ['mp4', [...picture(), ...x264], { head: 'encode', size: [256, 144] }, matrix(-1, 0, 0, 1)],
    upsidedown: ['mp4', [...picture(), ...x264], { head: 'encode', size: [256, 144] }, matrix(1, 0, 0, -1)],
    transposed: ['mp4', [...picture(), ...x264], { head: 'encode', size: [144, 256] }, matrix(0, 1, 1, 0)],
    wide: ['mp4', [...picture({ size: '180x144' }), '-vf', 'setsar=64/45', ...x264], { head: 'encode', size: [256, 144] }],
    narrow: ['mkv', [...picture({ size: '176x120' }), '-vf', 'setsar=10/11', ...x264], { head: 'encode', size: [160, 120] }],
    turnedwide: ['mp4', [...picture({ size: '180x144' }), '-vf', 'setsar=64/45', ...x264], { size: [144, 256] }, matrix(0, 1, -1, 0)],
    odd: ['mkv', [...picture({ size: '161x91' }), ...deep('yuv444p')], { head: 'encode', size: [160, 90] }],
    portrait: ['mp4', [...picture({ size: '144x256' }), ...x264], { head: 'copy', size: [144, 256] }],
    square: ['mp4', [...picture({ size: '128x128' }), ...x264], { head: 'copy', size: [128, 128] }],
    slit: ['mkv', [...picture({ size: '1600x16' }), ...x264], { size: [1600, 16] }],
    tiny: ['mkv', [...plain({ size: '10x8' }), ...deep('yuv420p')], { size: [10, 8], alike: 20 }],
    resized: ['ts', [...picture({ s: 2 }), ...x264], { head: 'encode', size: [256, 144] },
        joined(...picture({ s: 2, size: '192x144' }), ...x264, '-output_ts_offset', '2.08')],

    // --- when it is shown
    interlacedTop: ['ts', [...plain({ rate: 50 }), '-vf', 'tinterlace=interleave_top,fieldorder=tff', '-c:v', 'mpeg2video',
        '-flags', '+ilme+ildct', '-q:v', '3', '-g', '12', '-threads', '1'], { reference: 'bwdif=mode=send_field:deint=all', double: true }],
    interlacedBottom: ['mov', [...plain({ rate: 50 }), '-vf', 'tinterlace=interleave_bottom,fieldorder=bff', ...x264,
        '-flags', '+ilme+ildct', '-x264-params', 'bff=1'], { reference: 'bwdif=mode=send_field:deint=all', double: true }],
    variable: ['mp4', [...picture({ rate: 30 }), '-vf', "select='not(mod(n\\,3))+gt(mod(n\\,7)\\,4)'", '-vsync', 'vfr', ...x264],
        { vfr: true }],
    variableMkv: ['mkv', [...picture({ rate: 60 }), '-vf', "select='lt(n\\,40)+not(mod(n\\,9))'", '-vsync', 'vfr', '-c:v', 'libvpx',
        '-deadline', 'realtime', '-cpu-used', '8', '-g', '20'], { vfr: true, thinned: true }],
    fps120: ['mp4', [...picture({ rate: 120, s: 2 }), ...x264], { head: 'encode', fps: 60 }],
    fps240: ['mp4', [...picture({ rate: 240, s: 1 }), ...x264], { head: 'encode', fps: 60 }],
    slow: ['mp4', [...picture({ rate: '1/2', s: 8 }), ...x264], {}],
    oneframe: ['mp4', [...picture({ s: 0.04 }), ...x264], { head: 'copy', frames: 1 }],
    sparse: ['mp4', [...av({ s: 20, rate: 10 }), ...x264, '-g', '9999', '-keyint_min', '9999', ...aac], { head: 'encode' }],
    trimmed: ['mp4', [...av({ s: 4 }), ...x264, ...aac], { frames: 61 },
        again('-ss', '1.56', '-i', 'FILE', '-c', 'copy')],
    delayedByEdit: ['mp4', [...picture(), '-itsoffset', '0.7', ...sine({ s: 2 }), ...x264, ...aac], {}],
    negative: ['mp4', [...av(), ...x264, ...aac, '-output_ts_offset', '-1.5', '-avoid_negative_ts', 'disabled', '-use_editlist', '0'], {}],
    wrapped: ['ts', [...av(), ...x264, ...aac, '-muxdelay', '0', '-output_ts_offset', '95442.3'], { seconds: 3 }],
    gap: ['ts', [...av({ s: 1.6 }), ...x264, ...aac], { seconds: 6.6, repeats: true },
        joined(...av({ s: 1.6 }), ...x264, ...aac, '-output_ts_offset', '5')],
    jumpBack: ['ts', [...av({ s: 1.6 }), ...x264, ...aac, '-output_ts_offset', '100'], { seconds: 3.2 },
        joined(...av({ s: 1.6 }), ...x264, ...aac)],
    jumpFar: ['ts', [...av({ s: 1.6 }), ...x264, ...aac], { seconds: 3.2 },
        joined(...av({ s: 1.6 }), ...x264, ...aac, '-output_ts_offset', '30000')],
    gapMkv: ['mkv', [...picture(), '-vf', "setpts='PTS+if(gt(N,30),4/TB,0)'", '-vsync', 'vfr', ...x264], { seconds: 7 }],
    latePicture: ['mkv', [...sine({ s: 4 }), '-itsoffset', '1.5', ...picture({ s: 2.5 }), ...x264, ...aac], { seconds: 4, repeats: true }],
    lateSound: ['mkv', [...picture({ s: 4 }), '-itsoffset', '2', ...sine({ s: 2 }), ...x264, ...aac], { seconds: 4 }],
    earlySoundEnd: ['mp4', [...picture({ s: 4 }), ...sine({ s: 1.5 }), ...x264, ...aac], { seconds: 4 }],
    longSound: ['mp4', [...picture({ s: 2 }), ...sine({ s: 5 }), ...x264, ...aac], { seconds: 5 }],

    // --- containers and codecs
    fragmented: ['mp4', [...av(), ...x264, ...aac, '-movflags', '+frag_keyframe+empty_moov+default_base_moof'], { head: 'copy' }],
    noDuration: ['webm', [...av(), '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-g', '25', '-c:a', 'libopus', '-live', '1'], {}],
    noIndexAvi: ['avi', [...av(), '-c:v', 'mpeg4', '-g', '25', '-c:a', 'libmp3lame'], {},
        edited((b) => b.subarray(0, b.lastIndexOf('idx1')))],
    avi: ['avi', [...av(), '-c:v', 'mpeg4', '-g', '25', '-bf', '2', '-c:a', 'libmp3lame'], {}],
    flv: ['flv', [...av({ rate: 30 }), '-c:v', 'flv', '-c:a', 'libmp3lame', '-ar', '44100'], {}],
    ogv: ['ogv', [...av(), '-c:v', 'libtheora', '-g', '25', '-c:a', 'libvorbis'], {}],
    wmv: ['wmv', [...av(), '-c:v', 'wmv2', '-g', '25', '-c:a', 'wmav2'], {}],
    mxf: ['mxf', [...av(), '-c:v', 'mpeg2video', '-q:v', '3', '-g', '12', '-bf', '2'], {}],
    mpeg1: ['mpg', [...av(), '-c:v', 'mpeg1video', '-q:v', '3', '-c:a', 'mp2'], {}],
    phone: ['3gp', [...plain({ size: '176x144' }), ...sine({ rate: 8000 }), '-c:v', 'h263', '-c:a', 'aac', '-ar', '8000', '-ac', '1'], { alike: 20 }],
    vp9: ['webm', [...av(), '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '25', '-c:a', 'libopus'], {}],
    av1: ['mp4', [...picture({ s: 2 }), '-c:v', 'libsvtav1', '-preset', '12', '-g', '25'], {}],
    rawH264: ['h264', [...picture(), ...x264], {}],
    gif: ['gif', [...plain({ rate: 10 }), '-vf', 'split[a][b];[a]palettegen[p];[b][p]paletteuse'], { alike: 16 }],
    apng: ['apng', [...plain({ rate: 10 }), '-pix_fmt', 'rgb24'], { alike: 16 }],
    mjpeg: ['mov', [...picture(), '-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj422p'], { head: 'encode' }],
    openGop: ['mp4', [...picture(), ...x264, '-x264-params', 'open-gop=1:bframes=3'], { head: 'encode' }],
    wrongName: ['mp3', [...av(), ...x264, ...aac, '-f', 'matroska'], { head: 'copy' }],
    noName: ['dat', [...av(), ...x264, ...aac, '-f', 'mp4'], { head: 'copy' }],

    // --- how pictures are stored
    tenBit: ['mp4', [...picture(), ...x264, '-pix_fmt', 'yuv420p10le'], { head: 'encode' }],
    chroma422: ['mov', [...picture(), '-c:v', 'prores_ks', '-profile:v', '2'], {}],
    chroma444: ['mkv', [...picture(), ...x264, '-pix_fmt', 'yuv444p'], { head: 'encode' }],
    gray: ['mkv', [...picture(), ...deep('gray')], {}],
    rgb: ['mkv', [...picture(), '-c:v', 'libx264rgb', '-preset', 'ultrafast', '-g', '25'], {}],
    fullRange: ['mp4', [...picture(), '-vf', 'scale=out_range=pc', ...x264, '-color_range', 'pc'], {}],
    fullRange444: ['mkv', [...picture(), '-vf', 'scale=out_range=pc,format=yuv444p', ...deep('yuv444p', '-color_range', 'pc')], {}],
    wrongTags: ['mkv', [...picture(), ...deep('yuv420p', '-colorspace', 'rgb', '-color_primaries', 'film', '-color_trc', 'log100')],
        { reference: 'setparams=colorspace=smpte170m' }],
    hdr10: ['mp4', [...plain({ s: 1.5 }), ...x265('bt2020', 'smpte2084', 'bt2020nc')], { head: 'encode', hdr: true, reference: hdr('smpte2084') }],
    hlg: ['mp4', [...plain({ s: 1.5 }), ...x265('bt2020', 'arib-std-b67', 'bt2020nc')], { head: 'encode', hdr: true, reference: hdr('arib-std-b67') }],
    wideGamut: ['mp4', [...plain({ s: 1 }), ...x265('bt2020', 'bt2020-10', 'bt2020nc')], { head: 'encode', hdr: true,
        reference: 'zscale=tin=2020_10:min=2020_ncl:pin=2020:p=709:t=709:m=709:r=limited,format=yuv420p' }],
    alphaProres: ['mov', [...picture(), '-vf', 'format=yuva444p,geq=lum=lum(X\\,Y):cb=cb(X\\,Y):cr=cr(X\\,Y):a=255*gt(X\\,128)', '-c:v', 'prores_ks',
        '-profile:v', '4', '-pix_fmt', 'yuva444p10le'], { reference: 'premultiply=inplace=1' }],
    alphaVp9: ['webm', [...picture({ s: 2 }), '-vf', 'format=yuva420p,geq=lum=lum(X\\,Y):cb=cb(X\\,Y):cr=cr(X\\,Y):a=255*gt(X\\,128)', '-c:v', 'libvpx',
        '-auto-alt-ref', '0', '-deadline', 'realtime', '-cpu-used', '8', '-g', '25'], { reference: 'premultiply=inplace=1', options: ['-c:v', 'libvpx'] }],
    alphaPng: ['mov', [...picture({ rate: 10, s: 2 }), '-vf', 'format=rgba,geq=r=r(X\\,Y):g=g(X\\,Y):b=b(X\\,Y):a=255*gt(X\\,128)', '-c:v', 'png', '-pix_fmt', 'rgba'],
        { reference: 'premultiply=inplace=1,format=gbrp' }],

    // --- sound
    surround51: ['mkv', [...picture(), ...sine({ f: 300 }), '-af', 'pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0', ...x264, '-c:a', 'ac3', '-b:a', '448k'], { tone: 300 }],
    surround71: ['mkv', [...picture(), ...sine({ f: 300 }), '-af', 'volume=18dB,pan=7.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0|c6=c0|c7=c0', ...x264, '-c:a', 'flac'], { tone: 300 }],
    mono8k: ['mov', [...picture(), ...sine({ rate: 8000 }), ...x264, '-c:a', 'pcm_mulaw'], { tone: 440 }],
    rate96k: ['mkv', [...picture(), ...sine({ rate: 96000 }), ...x264, '-c:a', 'flac'], { tone: 440 }],
    rate11k: ['avi', [...picture(), ...sine({ rate: 11025 }), '-c:v', 'mpeg4', '-c:a', 'pcm_u8'], { tone: 440 }],
    copied: ['mp4', [...av(), ...x264, ...aac], { head: 'copy', tone: 440 }],
    loud: ['mkv', [...picture(), ...sine(), '-af', 'volume=18dB', ...x264, '-c:a', 'pcm_s16le'], { tone: 440 }],
    soundHole: ['mkv', [...av({ s: 5 }), '-af', "aselect='not(between(t,1,3))'", ...x264, '-c:a', 'libmp3lame'], {}],
    emptySound: ['mp4', [...av(), '-af', 'aselect=0', ...x264, ...aac], {}],
    tracks: ['mkv', [...picture(), ...sine({ f: 300 }), ...sine({ f: 600, s: 2 }), ...sine({ f: 900, rate: 44100 }), '-map', '0', '-map', '1', '-map', '2', '-map', '3',
        ...x264, '-c:a:0', 'libopus', '-c:a:1', 'aac', '-c:a:2', 'libmp3lame', '-metadata:s:a:0', 'language=ger', '-metadata:s:a:1', 'language=eng',
        '-metadata:s:a:2', 'title=Director', '-disposition:a:0', '0', '-disposition:a:1', 'default', '-disposition:a:2', '0'],
    { tracks: [600, 300, 900], tone: 600 }],
    mp3: ['mp3', [...sine(), ...stereo, '-c:a', 'libmp3lame'], { soundOnly: true }],
    oggSound: ['ogg', [...sine(), '-c:a', 'libvorbis'], { soundOnly: true }],
    opusSound: ['opus', [...sine(), '-c:a', 'libopus'], { soundOnly: true }],
    wav: ['wav', [...sine({ rate: 44100 })], { soundOnly: true }],
    adts: ['aac', [...sine(), ...aac], { soundOnly: true }],
    m4a: ['m4a', [...sine(), ...aac], { soundOnly: true }],
    flacCover: ['flac', [...sine(), '-f', 'lavfi', '-i', 'color=red:s=300x301:d=0.04', '-map', '0', '-map', '1', '-c:a', 'flac', '-c:v', 'png',
        '-frames:v', '1', '-disposition:v', 'attached_pic'], { soundOnly: true, cover: [250, 0, 0] }],
    mp3Cover: ['mp3', [...sine(), '-f', 'lavfi', '-i', 'color=blue:s=64x64:d=0.04', '-map', '0', '-map', '1', '-c:a', 'libmp3lame', '-c:v', 'mjpeg',
        '-frames:v', '1', '-disposition:v', 'attached_pic'], { soundOnly: true, cover: [0, 0, 250] }],

    // --- what is left of a file
    cutMp4: ['mp4', [...av({ s: 6 }), ...x264, ...aac, '-movflags', '+faststart'], { note: /cut off/, seconds: [2.5, 4.5], damaged: true }, cut(0.6)],
    cutMkv: ['mkv', [...av({ s: 6 }), ...x264, ...aac], { note: /cut off/, seconds: [2.5, 4.5], damaged: true }, cut(0.6)],
    cutFragmented: ['mp4', [...av({ s: 6 }), ...x264, ...aac, '-movflags', '+frag_keyframe+empty_moov+default_base_moof'],
        { seconds: [2.5, 4.5], damaged: true }, cut(0.6)],
    cutTs: ['ts', [...av({ s: 6 }), ...x264, ...aac], { seconds: [2.5, 4.5], damaged: true }, cut(0.6)],
    cutAvi: ['avi', [...av({ s: 6 }), '-c:v', 'mpeg4', '-g', '25', '-c:a', 'libmp3lame'], { note: /cut off/, seconds: [2.5, 4.5], damaged: true }, cut(0.6)],
    scratched: ['ts', [...av({ s: 4 }), ...x264, ...aac], { damaged: true, loose: true }, edited((b) => {
        for (let i = Math.floor(b.length / 2); i < b.length / 2 + 9000; i += 7)
            b[i] ^= 0x55;
        return b;
    })],

    ...bombs.table,
};

// The input's path, made on first use.
export function input(name) {
    const [ending, make, , then] = table[name];
    const file = path.join(folder, `${name}.${ending}`);
    if (fs.existsSync(file))
        return file;
    if (typeof make === 'function')
        fs.writeFileSync(file, make());
    else
        ffmpeg('-threads', '1', ...make, file);
    then?.(file, ending);
    return file;
}
