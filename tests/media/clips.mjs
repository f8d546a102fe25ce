// clips.mjs — clips for the tests of single tasks, made with ffmpeg, so that a clone tests itself.
import fs from 'node:fs';
import path from 'node:path';
import { tempFolder } from '../folders.mjs';
import { ffmpeg } from './driver.mjs';

const folder = tempFolder('zoetrope-clips');

const picture = (size, rate, seconds) => ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${rate}:d=${seconds}`];
const sound = (seconds, rate = 48000) =>
    ['-f', 'lavfi', '-i', `sine=f=440:b=4:r=${rate}:d=${seconds}`, '-ac', '2'];
const x264 = (gop, ...more) => ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', gop,
    '-keyint_min', gop, '-sc_threshold', '0', ...more];

// name: [ending, ffmpeg's arguments, arguments of a second pass over the first one's file]
export const table = {
    plain: ['mp4', [...picture('640x360', 30, 20), ...sound(20), ...x264('60', '-bf', '3'), '-c:a', 'aac']],
    vp8: ['webm', [...picture('640x360', 25, 14), ...sound(14), '-c:v', 'libvpx', '-deadline', 'realtime',
        '-cpu-used', '8', '-g', '50', '-c:a', 'libvorbis']],
    odd: ['mkv', [...picture('321x241', 25, 5), '-c:v', 'ffv1']],
    portrait: ['mp4', [...picture('640x360', 30, 6), ...x264('60')],
        ['-c', 'copy', '-metadata:s:v:0', 'rotate=90']],
    silent: ['mp4', [...picture('426x240', 24, 6), ...x264('48')]],
    mp3: ['mp3', [...sound(9, 44100), '-c:a', 'libmp3lame']],
    tenbit: ['mp4', [...picture('320x180', 25, 5), '-pix_fmt', 'yuv420p10le', '-c:v', 'libx264', '-preset', 'veryfast',
        '-g', '50']],
    full444: ['mkv', [...picture('320x180', 25, 4), '-vf', 'scale=out_range=pc', '-pix_fmt', 'yuv444p',
        '-color_range', 'pc', '-c:v', 'libx264', '-preset', 'veryfast', '-g', '50']],
    interlaced: ['mp4', [...picture('320x240', 50, 8), '-vf', 'tinterlace=interleave_top,fieldorder=tff',
        ...x264('50', '-flags', '+ilme+ildct', '-x264-params', 'tff=1')]],
    opengop: ['mp4', [...picture('426x240', 30, 20), ...x264('60', '-bf', '3', '-x264-params', 'open-gop=1')]],
    ts: ['ts', [...picture('426x240', 25, 20), ...sound(20), ...x264('50', '-bf', '2'), '-c:a', 'aac']],
    fragmented: ['mp4', [...picture('426x240', 30, 12), ...sound(12), ...x264('60', '-bf', '2'), '-c:a', 'aac',
        '-movflags', '+frag_keyframe+empty_moov+default_base_moof']],
    avi: ['avi', [...picture('320x240', 25, 8), ...sound(8), '-c:v', 'mpeg4', '-g', '25', '-c:a', 'libmp3lame']],
    sixty: ['mp4', [...picture('1280x720', 60, 4), ...x264('60', '-bf', '2')]],
    anamorphic: ['mp4', [...picture('720x576', 25, 5), '-vf', 'setsar=64/45', ...x264('50')]],
    hdr: ['mp4', [...picture('640x360', 25, 3), '-pix_fmt', 'yuv420p10le', '-c:v', 'libx265', '-preset', 'ultrafast',
        '-x265-params', 'log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc',
        '-color_primaries', 'bt2020', '-color_trc', 'smpte2084', '-colorspace', 'bt2020nc']],
    oneframe: ['mp4', [...picture('320x180', 25, 0.04), ...x264('50')]],
    tiny: ['mp4', [...picture('10x8', 25, 5), ...x264('50')]],
};

// The clip's path; made on first use.
export function clip(name) {
    const [ending, args, again] = table[name];
    const file = path.join(folder, `${name}.${ending}`);
    if (!fs.existsSync(file)) {
        const first = again ? path.join(folder, `${name}-first.${ending}`) : file;
        ffmpeg(...args, '-threads', '2', first);
        if (again)
            ffmpeg('-i', first, ...again, file);
    }
    return file;
}

// A file with these bytes.
export function made(name, bytes) {
    const file = path.join(folder, name);
    fs.writeFileSync(file, bytes);
    return file;
}
