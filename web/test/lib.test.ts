import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { backoffSeconds, clampChunk, MAX_CHUNK, MIN_CHUNK, nextChunkSize, offsetFromRange } from '../src/lib/chunks'
import { formatAge, formatBytes, formatCount, formatLeft } from '../src/lib/format'
import { fullHandle, hostOf, isAddress, isRemote, localHandle, parseHandle } from '../src/lib/handle'
import { linkify } from '../src/lib/linkify'
import { formatDuration, parseTime, spokenDuration } from '../src/lib/time'
import { withoutRungs } from '../src/player/master'

describe('times', () => {
    const cases: [string, number | null][] = [
        ['90', 90], ['90.5', 90.5], ['1m30s', 90], ['1h2m3s', 3723], ['2h', 7200], ['45s', 45], ['1:30', 90], ['1:02:03', 3723],
        ['0m7s', 7], [' 12 ', 12], ['', null], ['abc', null], ['-5', null], ['1:2', null], ['5x', null], ['s', null]
    ]
    for (const [text, seconds] of cases)
        it(`parseTime(${JSON.stringify(text)})`, () => assert.equal(parseTime(text), seconds))
    it('formatDuration', () => {
        assert.deepEqual([0, 5, 75, 3600, 3675, 36000, -1, NaN].map(formatDuration), ['0:00', '0:05', '1:15', '1:00:00', '1:01:15', '10:00:00', '0:00', '0:00'])
    })
    it('spokenDuration', () => {
        assert.equal(spokenDuration(3661), '1 hour 1 minute 1 second')
        assert.equal(spokenDuration(120), '2 minutes')
        assert.equal(spokenDuration(0), '0 seconds')
    })
})

describe('chunks of an upload', () => {
    const MiB = 1024 * 1024
    it('grow when the line is fast, at most four times', () => assert.equal(nextChunkSize(4 * MiB, 0.1, 0), 16 * MiB))
    it('shrink when it is slow, at most four times', () => assert.equal(nextChunkSize(16 * MiB, 600, 0), 4 * MiB))
    it('stay when the time is right', () => assert.equal(nextChunkSize(8 * MiB, 8, 0), 8 * MiB))
    it('keep to the bounds', () => {
        assert.equal(nextChunkSize(MAX_CHUNK, 0.01, 0), MAX_CHUNK)
        assert.equal(nextChunkSize(MIN_CHUNK, 1000, 0), MIN_CHUNK)
        assert.equal(nextChunkSize(8 * MiB, 0, 0), 32 * MiB)
    })
    it('keep to what the server asks for, even below our own least', () => {
        assert.equal(nextChunkSize(4 * MiB, 0.1, 5 * MiB), 5 * MiB)
        assert.equal(clampChunk(4 * MiB, 1000), 1000)
    })
    it('the offset is the byte after the range', () => {
        assert.equal(offsetFromRange('bytes=0-99'), 100)
        assert.equal(offsetFromRange(null), 0)
        assert.equal(offsetFromRange('nonsense'), 0)
    })
    it('waits longer each time, never more than 30 s and a little', () => {
        assert.deepEqual([1, 2, 3, 4, 5, 6, 20].map(n => backoffSeconds(n, 0.5)), [1, 2, 4, 8, 16, 30, 30])
        assert.ok(Math.abs(backoffSeconds(20, 1) - 36) < 0.001)
    })
})

describe('numbers for people', () => {
    it('bytes', () => assert.deepEqual([0, 1023, 1024, 1536, 5e6, 150 * 2 ** 20, 3 * 2 ** 40].map(formatBytes),
        ['0 B', '1023 B', '1.0 KiB', '1.5 KiB', '4.8 MiB', '150 MiB', '3.0 TiB']))
    it('counts', () => assert.deepEqual([0, 999, 1200, 1250000].map(formatCount), ['0', '999', '1.2K', '1.3M']))
    it('ages', () => {
        const now = Date.parse('2026-11-24T12:00:00Z')
        assert.equal(formatAge('2026-11-24T11:59:30Z', now), 'now')
        assert.equal(formatAge('2026-11-24T12:00:30Z', now), 'now', 'a clock that is ahead')
        assert.equal(formatAge('2026-11-24T09:00:00Z', now), '3 hours ago')
        assert.equal(formatAge('2026-11-23T11:00:00Z', now), 'yesterday')
        assert.equal(formatAge('2024-11-01T00:00:00Z', now), '2 years ago')
        assert.equal(formatAge('not a date', now), '')
    })
    it('time left', () => assert.deepEqual([3, 42, 300, 3700, Infinity, -1].map(formatLeft),
        ['a few seconds left', '45 s left', '5 min left', '1 h 2 min left', '', '']))
})

describe('linkify', () => {
    const kinds = (text: string, duration?: number) => linkify(text, duration).map(p => `${p.kind}:${p.text}`)
    it('keeps every character', () => {
        for (const text of ['a https://x.org/b. c', '1:02 and 99:99 (https://x.org/a_(b))', '<script>alert(1)</script>', ''])
            assert.equal(linkify(text, 100).map(p => p.text).join(''), text)
    })
    it('links, without the punctuation around them', () => {
        assert.deepEqual(kinds('see https://x.org/a.'), ['text:see ', 'link:https://x.org/a', 'text:.'])
        assert.deepEqual(kinds('(https://x.org/a)'), ['text:(', 'link:https://x.org/a', 'text:)'])
        assert.deepEqual(kinds('https://x.org/a_(b)'), ['link:https://x.org/a_(b)'])
    })
    it('only http and https', () => assert.deepEqual(kinds('javascript:alert(1) data:text/html,x'), ['text:javascript:alert(1) data:text/html,x']))
    it('nothing that is no address', () => assert.deepEqual(kinds('https://['), ['text:https://[']))
    it('times inside the video only', () => {
        assert.deepEqual(kinds('0:10 start', 60), ['time:0:10', 'text: start'])
        assert.deepEqual(kinds('at 1:02:03', 60), ['text:at 1:02:03'])
        assert.deepEqual(kinds('ratio 16:9, 1:2:3', 60), ['text:ratio 16:9, 1:2:3'])
    })
})

describe('withoutRungs', () => {
    const master = ['#EXTM3U', '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",URI="0.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=640x360,CODECS="avc1"', '360.m3u8',
        '#EXT-X-STREAM-INF:BANDWIDTH=2,RESOLUTION=720x1280', '720.m3u8', ''].join('\n')
    it('drops a rung by its short side', () => {
        const left = withoutRungs(master, rung => rung !== 720)
        assert.ok(left.includes('360.m3u8') && left.includes('URI="0.m3u8"') && !left.includes('720.m3u8') && !left.includes('BANDWIDTH=2'))
    })
    it('keeps all when all are wanted, or none is', () => {
        assert.equal(withoutRungs(master, () => true), master)
        assert.equal(withoutRungs(master, () => false), master)
    })
})

describe('handles', () => {
    const cases: [string, string | null][] = [
        ['@me@my.server', 'me@my.server'], ['me@my.server', 'me@my.server'], ['acct:me@My.Server', 'me@my.server'], [' @a_b.c-d@localhost:9000 ', 'a_b.c-d@localhost:9000'],
        ['https://my.server/@me', 'me@my.server'], ['https://my.server/users/me/', 'me@my.server'], ['https://my.server/accounts/me', 'me@my.server'], ['@jürgen@bücher.example', 'jürgen@xn--bcher-kva.example'], ['me@my.server:99999', null],
        ['me', null], ['@me', null], ['@me@', null], ['https://my.server/', null], ['https://my.server/@me/12', null], ['me@my server', null], ['javascript:@me', null], ['', null]
    ]
    for (const [text, handle] of cases)
        it(`parseHandle(${JSON.stringify(text)})`, () => assert.equal(parseHandle(text), handle))
    it('what names one thing is told from words', () => {
        for (const text of ['@me@my.server', 'me@my.server', 'https://my.server/videos/1', ' http://localhost:9000/w/x ', 'me@localhost:9000', 'acct:me@my.server', '@me@bücher.example'])
            assert.equal(isAddress(text), true, text)
        for (const text of ['boats', 'boats @ night', '@me', 'https://', 'https://my.server', 'https://my server/x', 'a@b', 'see https://my.server/x'])
            assert.equal(isAddress(text), false, text)
    })
    it('names of people here are short, those of others whole', () => {
        const here = 'here.example'
        assert.equal(localHandle({ name: 'a', host: here }, here), 'a')
        assert.equal(localHandle({ name: 'a', host: 'there.example' }, here), 'a@there.example')
        assert.equal(fullHandle({ name: 'a' }, here), 'a@here.example')
        assert.equal(isRemote({ name: 'a', host: here }, here), false)
        assert.equal(isRemote({ name: 'a' }, here), false)
        assert.equal(hostOf('@me@my.server'), 'my.server')
        assert.equal(hostOf('https://my.server:8443/x@y'), 'my.server:8443')
    })
})
